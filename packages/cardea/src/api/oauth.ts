import type { ErrorCode, MfaChallenge } from '@cardea/core'
import type { OAuthKind, OAuthResponseMode, OAuthTokens } from '@cardea/identity/oauth'
import type { SessionAuthentication, SignIn, SignInContext } from './sign-in.js'

/** A provider, as a sign-in page shows it. */
export interface OAuthProviderView {
  readonly name: string
  readonly label: string
  readonly kind: OAuthKind
  readonly responseMode: OAuthResponseMode
}

/** An account at a provider that signs somebody in. */
export interface OAuthConnectionView {
  readonly id: string
  readonly provider: string
  /** The provider's name for people; that in URLs where the provider is no longer configured. */
  readonly label: string
  /** As the provider last gave it. */
  readonly email: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** What a sign-in through a provider is begun with. */
export interface OAuthBeginning {
  readonly provider: string
  /** Where the browser goes in the end; default the base URL. One of the allowed targets. */
  readonly redirectTo?: string | undefined
  /**
   * `cookie` (default) signs the browser in. `token` sends a one-time code to the target, which {@link OAuthApi.exchange}
   * takes, for apps that keep tokens.
   */
  readonly mode?: 'cookie' | 'token' | undefined
  /** With `token`: SHA-256 of a verifier that the app keeps, as base64url (RFC 7636, S256). */
  readonly codeChallenge?: string | undefined
  /** Default: sign in. `link` adds the account at the provider; `reauth` makes the session fresh. Both need a session. */
  readonly intent?: 'link' | 'reauth' | undefined
  /** {@link SignInContext.rememberMe} of the sign-in that this ends in. */
  readonly rememberMe?: boolean | undefined
}

/** A sign-in that was begun. */
export interface BegunOAuth {
  /** The provider's page. */
  readonly url: string
  /** What comes back. */
  readonly state: string
  /** Binds what comes back to this browser: to be kept in an HttpOnly cookie that is sent along with cross-site GETs. */
  readonly browserToken: string
  readonly lifetimeSeconds: number
}

/** What came back from the provider. */
export interface OAuthCallback {
  /** The provider that the address is for, where it names one. */
  readonly provider?: string | undefined
  /** All that the provider sent. */
  readonly params: Readonly<Record<string, string>>
  /** {@link BegunOAuth.browserToken}, as the browser has kept it. */
  readonly browserToken: string | undefined
}

/** How it ends. `redirectTo` is where the browser goes next, as an absolute URL. */
export type OAuthOutcome<User> = { readonly redirectTo: string } & (
  | { readonly status: 'signed_in'; readonly signIn: SignIn<User> }
  /** The ticket goes into an HttpOnly cookie, never into the URL. */
  | { readonly status: 'mfa_required'; readonly challenge: MfaChallenge }
  /** The code is in the URL already. */
  | { readonly status: 'code_issued' }
  | { readonly status: 'linked' }
  | { readonly status: 'reauthenticated'; readonly cookieToken?: string; readonly cookieMaxAgeSeconds: number | null }
  /** The code is in the URL already. */
  | { readonly status: 'failed'; readonly code: ErrorCode }
)

/** Accounts at OAuth providers, of the principals of one auth collection. */
export interface OAuthApi<User> {
  /** The providers that the collection has; none while it has OAuth off. */
  providers(): readonly OAuthProviderView[]

  /**
   * Begins a sign-in.
   *
   * @param authentication Who asks, for an `intent`.
   * @throws CardeaError `method_disabled`, `not_found` for an unknown provider, `invalid_request` for a target that is not
   * allowed; `unauthenticated` and `reauthentication_required` for an `intent`; `unavailable` when the provider is.
   */
  begin(beginning: OAuthBeginning, authentication?: SessionAuthentication): Promise<BegunOAuth>

  /**
   * Ends it. What can be said to the app is said by the outcome; an error is for who has begun nothing here.
   *
   * @throws CardeaError `invalid_request` for a state that is unknown, used, too old, or another browser's, provider's or
   * collection's; `unavailable`.
   */
  callback(callback: OAuthCallback, context?: SignInContext): Promise<OAuthOutcome<User>>

  /**
   * Exchanges a one-time code of the mode `token`.
   *
   * @throws CardeaError `token_invalid` for a code or verifier that is not right; what `login` throws after a right proof.
   */
  exchange(code: string, codeVerifier: string, context?: SignInContext): Promise<SignIn<User>>

  /** The accounts at providers that sign a principal in. */
  connections(principalId: string): Promise<readonly OAuthConnectionView[]>

  /**
   * The tokens that the provider gave last, for code that calls its interfaces. No route serves them; they may have expired.
   *
   * @returns Undefined when the principal has no such connection.
   * @throws CardeaError `unavailable` when the root secret that they were encrypted under is no longer listed.
   */
  tokens(principalId: string, id: string): Promise<OAuthTokens | undefined>

  /**
   * Takes one away.
   *
   * @throws CardeaError `not_found`; `conflict` when there would be no way in any more; `reauthentication_required`.
   */
  disconnect(authentication: SessionAuthentication, id: string): Promise<void>
}
