/** Circumstances of a request that a session remembers. */
export interface RequestContext {
  /** The client's address as the app trusts it; not a header. */
  readonly ip?: string | null
  readonly userAgent?: string | null
}

/** What everybody may know of a session. */
export interface SessionView {
  readonly id: string
  readonly principalId: string
  /** Instants are milliseconds since 1970. */
  readonly createdAt: number
  readonly lastUsedAt: number
  /** The earliest of the idle and the absolute limit. */
  readonly expiresAt: number
  readonly ip: string | null
  readonly userAgent: string | null
  /** Methods of the sign-in, as in RFC 8176. */
  readonly amr: readonly string[]
  readonly aal: number
  readonly authTime: number
}

/** A completed sign-in. */
export interface SignIn<User> {
  readonly user: User
  readonly session: SessionView
  /** JWT for `Authorization: Bearer`; absent with `delivery: 'cookie'`. */
  readonly accessToken?: string
  readonly refreshToken?: string
  /** For the session cookie; absent with `delivery: 'token'`. */
  readonly cookieToken?: string
  /** Life of the access token in seconds, and its end in milliseconds since 1970. */
  readonly expiresInSeconds: number
  readonly expiresAt: number
  /** Life of the cookie in seconds. */
  readonly cookieMaxAgeSeconds: number
}

/** A refreshed session. A cookie that came along and is valid lives on; none is made. */
export type Refreshed<User> = Omit<SignIn<User>, 'cookieToken'> & { readonly cookieExtended: boolean }

/** A registration: signed in at once, or waiting for the address to be verified. */
export type Registered<User> =
  | { readonly status: 'signed_in'; readonly signIn: SignIn<User> }
  | { readonly status: 'verification_required'; readonly user: User }

/** Who is behind a credential, as checked against the database for this request. */
export interface Authentication {
  readonly principalId: string
  readonly collection: string
  readonly session: SessionView
  /** How the caller came: with the cookie or with an access token. */
  readonly credential: 'cookie' | 'access_token'
  /** Versions read in the same statement; hand the whole object to `auth.permissions.subject`. */
  readonly versions: { readonly authz: number; readonly policy: number; readonly config: number } | undefined
}

/** Why a credential was not accepted. */
export type AuthenticationFailure = 'unauthenticated' | 'token_invalid' | 'token_expired' | 'session_revoked'

export type AuthenticationResult =
  | { readonly authenticated: true; readonly authentication: Authentication }
  | { readonly authenticated: false; readonly code: AuthenticationFailure }
