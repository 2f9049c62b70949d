import type { ApiKeyView } from '@cardea/identity'
import type { ClientDetails, IssuedSession, RefusedSession, SessionView, StartedSession } from '@cardea/sessions'

/** The request that a sign-in comes with. */
export interface SignInContext extends ClientDetails {
  /** What the browser keeps to be known by, from an earlier {@link SignIn.deviceToken}. */
  readonly deviceToken?: string | undefined
  /** Whether the client is a browser that will keep a token to be known by. Default false. */
  readonly keepsDeviceToken?: boolean
  /**
   * How long the browser keeps the cookie: for `sessions.lifetimes.rememberSeconds` (true), until it is closed (false), or the
   * usual time (absent).
   */
  readonly rememberMe?: boolean | undefined
}

/** A completed sign-in: whose it is, and the session with what was handed out for it. */
export interface SignIn<User> extends Omit<StartedSession, 'displaced'> {
  readonly user: User
  /** For a browser that was not known: to be kept in a cookie, so that strangers' guesses do not lock it out. */
  readonly deviceToken?: string
}

/** A refreshed session. A cookie that came along and is valid lives on; none is made. */
export interface Refreshed<User> extends IssuedSession {
  readonly user: User
  /** Whether the cookie that came along is to be sent again, with the new Max-Age. */
  readonly cookieExtended: boolean
}

/** A registration: signed in at once, or waiting for the address to be verified or for the sign-in rule. */
export type Registered<User> =
  | { readonly status: 'signed_in'; readonly signIn: SignIn<User> }
  | { readonly status: 'verification_required'; readonly user: User }
  /** There is an account, which the collection's sign-in rule does not let in, or not yet. */
  | { readonly status: 'sign_in_not_allowed'; readonly user: User }
  /** With `registrationAnswer: 'uniform'`: what comes of it is said by mail. */
  | { readonly status: 'accepted' }

/** Who is behind a credential, as checked against the database for this request. */
interface Authenticated {
  readonly principalId: string
  readonly collection: string
  /** Versions read in the same statement; hand the whole object to `auth.permissions.subject`. */
  readonly versions: { readonly authz: number; readonly policy: number; readonly config: number } | undefined
}

/** Somebody who has signed in. */
export interface SessionAuthentication extends Authenticated {
  readonly session: SessionView
  readonly apiKey: undefined
  /** How the caller came: with the cookie or with an access token. */
  readonly credential: 'cookie' | 'access_token'
}

/** A program with an API key of a principal: there is no session, and scopes may limit what it may do. */
export interface ApiKeyAuthentication extends Authenticated {
  readonly session: undefined
  readonly apiKey: ApiKeyView
  readonly credential: 'api_key'
}

/** Who is behind a credential: `session` or `apiKey` is there, never both. */
export type Authentication = SessionAuthentication | ApiKeyAuthentication

/** Why a credential was not accepted. */
export type AuthenticationFailure = RefusedSession['code']

export type AuthenticationResult<Found extends Authentication = Authentication> =
  | { readonly authenticated: true; readonly authentication: Found }
  | { readonly authenticated: false; readonly code: AuthenticationFailure }
