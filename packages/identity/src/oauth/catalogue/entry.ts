import type { ProfilePaths } from '../profile/read-profile.js'
import type { OAuthResponseMode } from '../provider.js'
import type { ClientAuthentication } from '../token/request-tokens.js'

/**
 * A provider as data. Texts may hold `{at}` (where the app's own installation or tenant is), `{host}` and `{path}` (the
 * parts of it), and `{clientId}`.
 */
export interface CatalogueEntry {
  readonly label: string
  /** The class of arctic that knows how its sign-in begins. */
  readonly arctic: string
  /**
   * What the option `at` has to be: a host name, a host name with one segment of a path, or an address.
   * Without it, the provider is in one place.
   */
  readonly at?: 'host' | 'host_and_path' | 'url'
  /** What the class is made with, when that is not `{at}`, client, secret and redirect address. */
  readonly construct?: 'without_secret' | 'host_and_path' | 'apple'
  /** What `createAuthorizationURL` takes, in order. */
  readonly begin: readonly ('state' | 'codeVerifier' | 'scopes')[]
  /** Whether PKCE is used; with `added`, beside what arctic does, since the provider has learned it later. */
  readonly pkce: 'yes' | 'added' | 'no'
  /** Parameters of the authorization request beside those that arctic sets. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly scopes: readonly string[]
  readonly responseMode?: OAuthResponseMode
  readonly token: {
    readonly url: string
    readonly authentication: Exclude<ClientAuthentication, 'basic_encoded'> | 'apple'
    readonly clientIdField?: string
    readonly fields?: Readonly<Record<string, string>>
    /** Whether the scopes are repeated here. */
    readonly scope?: true
    readonly at?: string
  }
  readonly identify: Identification
  readonly profile: ProfilePaths
}

/** Where the profile is. */
export type Identification =
  /** In the ID token, which is verified. The issuer `entra` stands for that of each tenant. */
  | { readonly from: 'id_token'; readonly issuer: string; readonly jwks: string }
  /** Beside the tokens. */
  | { readonly from: 'tokens' }
  /** To be asked for with the access token. */
  | ({ readonly from: 'interface' } & InterfaceRequest & {
        /** A list of addresses elsewhere; the primary one counts, when it is verified. */
        readonly addresses?: AddressList
      })

export interface InterfaceRequest {
  readonly url: string
  /** JSON to post; without it, the request is a GET. */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Word before the access token in the header; default `Bearer`. */
  readonly scheme?: string
}

export interface AddressList {
  readonly url: string
  /** Path of the list; empty when the answer is the list. */
  readonly list: string
  readonly address: string
  readonly primary: string
  readonly verified: string
}
