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
  /**
   * What is different for a collection, by its name: the providers that it has, in this order. A name is that of one of `providers`;
   * one of its own, such as with another client at the same company, may have the name of one of them, and counts here alone. A
   * collection that is not named has all of `providers`.
   */
  readonly collections?: Readonly<Record<string, readonly (string | OAuthProvider)[]>>
  /** How providers are asked. Default: the platform's `fetch`, with five seconds for an answer. */
  readonly fetch?: Fetch
  /** When an answer of a provider is no longer waited for. Default: five seconds after it was asked. */
  readonly deadline?: () => AbortSignal
}
