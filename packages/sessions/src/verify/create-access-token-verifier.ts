import { CardeaError } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import { refusalAt } from '../token/access-token-checks.js'
import type { AccessTokenAuthority, AccessTokenClaims } from '../token/access-token-claims.js'
import { readAccessToken } from '../token/read-access-token.js'
import type { VerifyingKey } from '../token/verifying-key.js'
import { createKeySet, type KeySetOptions } from './key-set.js'
import { type AccessTokenVerificationKey, prepareKey } from './verification-key.js'

/** Who makes the tokens that a service accepts, and how it knows them. */
export interface AccessTokenVerifierOptions {
  /** The `iss` claim, letter by letter: the `baseUrl` of the app that signs people in. */
  readonly issuer: string
  /** The `aud` claim without its `:<collection>`: the same, unless the app says otherwise. */
  readonly audience: string
  /** Keys that count. While keys rotate, the old and the new one. Needed where there is no `jwks`. */
  readonly keys?: readonly AccessTokenVerificationKey[]
  /** Where the public keys of the app are published. Only EdDSA and ES256 keys are taken from there. */
  readonly jwks?: KeySetOptions
  /** Whose principals are accepted. Default `['users']`. */
  readonly collections?: readonly string[]
  /** The current instant in milliseconds: `Date.now` outside of tests. */
  readonly clock: Clock
}

/** What a token says, or why it does not count: `token_expired` when it once did. */
export type VerifiedAccessToken =
  | { readonly valid: true; readonly claims: AccessTokenClaims }
  | { readonly valid: false; readonly code: 'token_invalid' | 'token_expired' }

/** Verifies access tokens by their signature alone. */
export interface AccessTokenVerifier {
  /**
   * Never rejects because of what a token holds.
   *
   * @throws CardeaError `configuration_invalid` when the key that a token names cannot be imported; `unavailable` when `jwks`
   * would have to be asked and does not answer, which says nothing of the token: answer 503, not 401.
   */
  verify(token: string): Promise<VerifiedAccessToken>
}

/**
 * Makes a verifier for services that have neither database nor secret, in Node, at the edge or in a browser: all it needs
 * is WebCrypto. It sees no logout and no disabled account; a token counts until it expires.
 *
 * @throws CardeaError `configuration_invalid`, whose message names the option and never a key.
 * @see RFC 9068, RFC 8725
 */
export function createAccessTokenVerifier(options: AccessTokenVerifierOptions): AccessTokenVerifier {
  const { clock } = options
  const authority: AccessTokenAuthority = {
    issuer: textOf(options.issuer, 'issuer'),
    audience: textOf(options.audience, 'audience'),
  }
  const collections = new Set(listOf(options.collections ?? ['users'], 'collections'))
  for (const [index, name] of [...collections].entries()) textOf(name, `collections[${index}]`)
  if (typeof clock !== 'function') throw refused('clock must be a function, such as Date.now')
  const { jwks } = options
  if (jwks !== undefined && (typeof jwks !== 'object' || jwks === null)) throw refused('jwks must be an object')
  const keys = keysById(options.keys === undefined && jwks !== undefined ? [] : listOf(options.keys, 'keys'))
  const keySet = jwks === undefined ? undefined : createKeySet(jwks, clock)

  const find = async (id: unknown): Promise<VerifyingKey | undefined> => {
    if (typeof id !== 'string') return undefined
    const key = keys.get(id)
    return key === undefined ? await keySet?.find(id) : await key()
  }

  return {
    verify: async (token) => {
      const claims = await readAccessToken(token, find, authority)
      if (claims === undefined || !collections.has(claims.collection)) return { valid: false, code: 'token_invalid' }
      const code = refusalAt(clock(), claims)
      return code === undefined ? { valid: true, claims } : { valid: false, code }
    },
  }
}

function keysById(entries: readonly AccessTokenVerificationKey[]): ReadonlyMap<string, () => Promise<VerifyingKey>> {
  const keys = new Map<string, () => Promise<VerifyingKey>>()
  for (const [index, entry] of entries.entries()) {
    const place = `keys[${index}]`
    const id = textOf(entry?.id, `${place}.id`)
    if (keys.has(id)) throw refused(`${place}.id is that of another key`)
    keys.set(id, prepareKey(entry, place))
  }
  return keys
}

const refused = (reason: string): CardeaError =>
  new CardeaError('configuration_invalid', `createAccessTokenVerifier: ${reason}`)

function textOf(value: unknown, place: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw refused(`${place} must be a text that is not empty`)
}

function listOf<Item>(value: readonly Item[] | undefined, place: string): readonly Item[] {
  const list: unknown = value
  if (!Array.isArray(list) || list.length === 0) throw refused(`${place} must be a list that is not empty`)
  // What was checked.
  return list as readonly Item[]
}
