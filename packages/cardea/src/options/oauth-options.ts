import type { Fetch, OAuthProvider } from '@cardea/identity/oauth'

/** Signing in through providers. */
export interface OAuthOptions {
  /** Who may vouch for users, such as `google({ … })` and `oidc({ … })` of `cardea/oauth`. Their names differ. */
  readonly providers: readonly OAuthProvider[]
  /**
   * Where the browser may be sent after a sign-in, beside the base URL: addresses such as `https://shop.example/welcome`,
   * or paths of the base URL such as `/welcome`. Origin and path have to be equal; a query may come besides.
   */
  readonly redirects?: readonly string[]
  /** For collections that not all providers are for: the names of theirs. */
  readonly collections?: Readonly<Record<string, readonly string[]>>
  /** How providers are asked. Default: the platform's `fetch`, with five seconds for an answer. */
  readonly fetch?: Fetch
  /** When an answer of a provider is no longer waited for. Default: five seconds after it was asked. */
  readonly deadline?: () => AbortSignal
}
