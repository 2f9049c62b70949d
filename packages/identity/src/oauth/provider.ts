import type { Clock } from '@cardea/core/crypto'

/** The platform's `fetch`, or one that a test owns. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** What a provider works with. It has no storage: state, code verifier and nonce are the caller's to keep. */
export interface OAuthEnvironment {
  readonly clock: Clock
  readonly fetch: Fetch
  /** When an answer of the provider is no longer waited for. Default five seconds from the call. */
  readonly deadline?: () => AbortSignal
}

/** Whether a provider proves with an ID token who somebody is (`oidc`), or is asked with the access token (`oauth2`). */
export type OAuthKind = 'oidc' | 'oauth2'

/** How the provider brings the answer back: as the query of a redirect, or as a form that the browser posts. */
export type OAuthResponseMode = 'query' | 'form_post'

/** What a sign-in begins with. All of it is made by the caller; nothing comes from a request. */
export interface AuthorizationRequest {
  /** Unguessable, single use, bound to the browser. */
  readonly state: string
  /** Unguessable; an ID token has to repeat it. */
  readonly nonce: string
  /** 43 to 128 characters of RFC 7636 §4.1. Only its SHA-256 leaves before the code comes back. */
  readonly codeVerifier: string
  /** Where the provider sends the browser back to; registered there. */
  readonly redirectUri: string
  /** Whether the user has to sign in there once more, where the provider can be asked for that. Default false. */
  readonly fresh?: boolean
}

/** What came back, and what belongs to it. */
export interface CallbackRequest {
  readonly code: string
  readonly codeVerifier: string
  readonly nonce: string
  /** The same as when it began, as is the next. */
  readonly redirectUri: string
  readonly fresh?: boolean
  /** All that the provider sent back, for what is looked at beside the code: `iss` of RFC 9207. */
  readonly params: Readonly<Record<string, string>>
}

/** Who somebody is at the provider. */
export interface OAuthProfile {
  /** The provider's name for the account, which never changes and is never empty. An address is none. */
  readonly subject: string
  /** As the provider wrote it; absent where it has none or does not tell. */
  readonly email: string | undefined
  /** Whether the provider says that the account owns the address: true only for a literal `true`. */
  readonly emailVerified: boolean
  readonly name: string | undefined
}

/** What the provider handed out, to call its interfaces with. Secret. */
export interface OAuthTokens {
  readonly access: string
  readonly refresh?: string
  /** When the access token expires, in milliseconds since 1970. */
  readonly expiresAt?: number
  readonly idToken?: string
}

/**
 * Why a provider did not tell who somebody is.
 *
 * * `provider_unavailable`: no answer in time, none at all, or a failure on its side (5xx, 429).
 * * `provider_answer_invalid`: too large, redirected elsewhere, not JSON, or not of the promised form.
 * * `code_rejected`: it does not accept the code (used, expired, another client's), or not us.
 * * `id_token_invalid`: an ID token that proves nothing: signature, issuer, audience, nonce or time are wrong, or it is missing.
 * * `issuer_mismatch`: the answer comes from another issuer than the one that was asked (RFC 9207).
 * * `subject_missing`: the profile has no usable identifier.
 */
export type OAuthFailureReason =
  | 'provider_unavailable'
  | 'provider_answer_invalid'
  | 'code_rejected'
  | 'id_token_invalid'
  | 'issuer_mismatch'
  | 'subject_missing'

export interface OAuthFailure {
  readonly ok: false
  readonly reason: OAuthFailureReason
  /** What exactly, for logs: never a token, a code or an address. */
  readonly detail: string
}

export type AuthorizationResult = { readonly ok: true; readonly url: string } | OAuthFailure

export type ExchangeResult =
  | { readonly ok: true; readonly profile: OAuthProfile; readonly tokens: OAuthTokens }
  | OAuthFailure

/** A provider in an environment, with what it remembers: documents and keys of the provider, for minutes. */
export interface OAuthConnection {
  /** Where to send the browser. */
  authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationResult>
  /** Redeems a code and finds out who signed in. */
  exchange(request: CallbackRequest): Promise<ExchangeResult>
}

/**
 * Somebody who can say who a user is. Those that this package makes are one implementation; an app can write another.
 */
export interface OAuthProvider {
  /** Its name in URLs and in the database: lower-case letters, digits, `-` and `_`, at most 64 characters. Never reuse one. */
  readonly name: string
  /** Its name for people. */
  readonly label: string
  readonly kind: OAuthKind
  readonly responseMode: OAuthResponseMode
  /** Called once for each instance. No I/O: what has to be loaded or fetched is, when it is first needed. */
  connect(environment: OAuthEnvironment): OAuthConnection
}

export const failure = (reason: OAuthFailureReason, detail: string): OAuthFailure => ({ ok: false, reason, detail })
