import type { MailKind } from '../mail/kinds.js'
import type { SignInMethod } from '../pipeline/proof.js'

/** Who asks, as far as that is known. */
export interface HookRequest {
  readonly ip: string | null
  readonly userAgent: string | null
}

/** A value of a claim. */
export type ClaimValue =
  | string
  | number
  | boolean
  | null
  | readonly ClaimValue[]
  | { readonly [name: string]: ClaimValue }

/**
 * What a hook that comes before says: nothing, to let it happen, or why not. The text is shown to the client, with the
 * code `forbidden`.
 */
export type HookAnswer = undefined | { readonly refuse: string }

/** Somebody is about to get an account. */
export interface RegisterHook {
  readonly collection: string
  readonly email: string
  /** Values of the collection's own fields, checked. */
  readonly values: Readonly<Record<string, unknown>>
  readonly request: HookRequest
}

/** Somebody has proved who it is, and is about to get a session. */
export interface SignInHook {
  readonly collection: string
  readonly principalId: string
  /** How it was proved; two with a second factor. */
  readonly methods: readonly SignInMethod[]
  /** The record: before the session with its hidden fields, after it as the API shows it. */
  readonly user: Readonly<Record<string, unknown>>
  readonly request: HookRequest
}

/** An address is about to be verified, or to become that of an account. */
export interface VerificationHook {
  readonly collection: string
  readonly principalId: string
  readonly email: string
  /** `change` where the account had another address before. */
  readonly purpose: 'verify' | 'change'
}

/** An access token is about to be made. */
export interface TokenHook {
  readonly collection: string
  readonly principalId: string
  readonly sessionId: string
}

/** A mail is about to be sent. It is told of once more where sending fails and is tried again. */
export interface MailHook {
  readonly kind: MailKind
  readonly collection: string
  /** Undefined where the mail goes to nobody's account. */
  readonly principalId: string | undefined
}

type Before<About> = (about: About) => HookAnswer | Promise<HookAnswer>
type After<About> = (about: About) => unknown

/**
 * Functions of the app that take part.
 *
 * Those that come before are awaited, for five seconds at most: an error or a time-out refuses (fail closed), with
 * `internal_error` or `unavailable`. They are called outside of transactions, where they may do what they like. Those that
 * come after are not awaited; what they throw is logged and changes nothing.
 *
 * In `auth.with(transaction)` the app's own transaction is open: those that come before are called in it, and must not wait
 * for what it has locked; those that come after are called by `committed()`.
 */
export interface Hooks {
  readonly beforeRegister?: Before<RegisterHook>
  readonly afterRegister?: After<RegisterHook & { readonly principalId: string }>
  /** The collection's own rule of who may sign in, whatever the method: comes after the proof and before the session. */
  readonly beforeSignIn?: Before<SignInHook>
  readonly afterSignIn?: After<SignInHook & { readonly sessionId: string }>
  readonly beforeVerification?: Before<VerificationHook>
  readonly afterVerification?: After<VerificationHook>
  /**
   * Further claims of access tokens, at most 4,096 bytes as JSON. They are part of a token until it expires, whatever
   * happens to the account. Names that a token has already, or that RFC 7519 gives a meaning, are refused.
   */
  readonly accessTokenClaims?: (
    about: TokenHook,
  ) => Readonly<Record<string, ClaimValue>> | undefined | Promise<Readonly<Record<string, ClaimValue>> | undefined>
  /** To refuse a mail drops it. */
  readonly beforeMail?: Before<MailHook>
  readonly afterMail?: After<MailHook>
}

/** The names of hooks, for the check of options. */
export const hookNames = [
  'beforeRegister',
  'afterRegister',
  'beforeSignIn',
  'afterSignIn',
  'beforeVerification',
  'afterVerification',
  'accessTokenClaims',
  'beforeMail',
  'afterMail',
] as const satisfies readonly (keyof Hooks)[]
