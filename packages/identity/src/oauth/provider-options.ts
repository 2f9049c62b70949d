import { CardeaError } from '@cardea/core'
import { isTrustworthyUrl } from './http/guarded-fetch.js'

/** Where a provider is asked, in place of its own addresses. For a proxy in front of it, or a test. */
export interface EndpointOptions {
  readonly authorization?: string
  readonly token?: string
  readonly userInfo?: string
  /** The list of addresses that GitHub and Bitbucket have. */
  readonly addresses?: string
  readonly jwks?: string
  /** What the ID token has to name as its issuer. */
  readonly issuer?: string
}

/** What every provider takes. All of it is fixed when the app starts: nothing of a request changes any of it. */
export interface ProviderOptions {
  /** The app's id at the provider. */
  readonly clientId: string
  /** Its secret. Left out for providers that give none to apps in a browser or on a phone. */
  readonly clientSecret?: string
  /** What the user is asked to allow. Default: what the profile needs. */
  readonly scopes?: readonly string[]
  /** Its name in URLs and in the database; default its usual one. At most 64 of `a-z 0-9 - _`. */
  readonly name?: string
  /** Its name for people. */
  readonly label?: string
  /**
   * Whether the provider's word that an address is verified counts, so that an account of that address is linked. Default
   * true. Set false for one whose addresses somebody else writes.
   */
  readonly trustEmail?: boolean
  /** Parameters for the provider's sign-in page, such as `prompt` or `hd`. Those of the protocol are refused. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly endpoints?: EndpointOptions
}

/** Parameters that the protocol owns. One that could be set from outside would undo what they are there for. */
const ownParameters: ReadonlySet<string> = new Set([
  'response_type',
  'response_mode',
  'client_id',
  'client_key',
  'client_secret',
  'redirect_uri',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
])

/** @throws CardeaError `configuration_invalid`, which names the option and never its value. */
export function checkProviderOptions(caller: string, options: ProviderOptions, defaultName: string): string {
  const wrong = (path: string, what: string): CardeaError =>
    new CardeaError('configuration_invalid', `${caller}: ${path} ${what}`)
  if (typeof options !== 'object' || options === null) throw wrong('options', 'is required')
  if (typeof options.clientId !== 'string' || options.clientId === '') throw wrong('clientId', 'is required')
  if (options.clientSecret !== undefined && (typeof options.clientSecret !== 'string' || options.clientSecret === '')) {
    throw wrong('clientSecret', 'must be a text that is not empty')
  }
  const name = options.name ?? defaultName
  if (typeof name !== 'string' || !isProviderName(name)) throw wrong('name', 'must be 1 to 64 of a-z, 0-9, - and _')
  for (const [key, url] of Object.entries(options.endpoints ?? {})) {
    if (typeof url !== 'string' || !isTrustworthyUrl(url)) {
      throw wrong(`endpoints.${key}`, 'must be an https address (http for localhost alone)')
    }
  }
  for (const key of Object.keys(options.parameters ?? {})) {
    if (ownParameters.has(key)) throw wrong(`parameters.${key}`, 'belongs to the protocol and cannot be set')
  }
  for (const [index, scope] of (options.scopes ?? []).entries()) {
    if (typeof scope !== 'string' || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)) {
      throw wrong(`scopes.${index}`, 'is no scope')
    }
  }
  return name
}

/** Whether a text can name a provider in a path and in the database. */
export const isProviderName = (text: string): boolean => /^[a-z0-9][a-z0-9_-]{0,63}$/.test(text)
