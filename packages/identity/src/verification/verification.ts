import type { PrincipalState } from '../principal/principal-state.js'

/** What a pending secret is for. One of one purpose proves nothing for another. */
export type VerificationPurpose =
  | 'email_verification'
  | 'password_reset'
  | 'email_change'
  | 'otp'
  | 'reauthentication'
  | 'mfa_ticket'
  | 'oauth_transaction'
  | 'oauth_exchange'
  | 'invitation'

/** What a new secret is about. */
export interface NewVerification {
  readonly purpose: VerificationPurpose
  readonly collection: string
  /** A principal's id or the key of an address, at most 255 bytes. */
  readonly subject: string
  /** Tells several at the same time apart. By default there is one: a new one ends the old. */
  readonly flowId?: string
  /**
   * Whose it is, with the epoch of the read that it rests on: the secret is worth nothing once the principal has moved on,
   * is disabled or gone. Absent where nobody is known.
   */
  readonly principal?: { readonly id: string; readonly epoch: number }
  /** What it counts for alone, such as a new address; any JSON value. Kept in the clear. */
  readonly bound?: unknown
  readonly lifetimeSeconds: number
}

/** A new link, as it is sent. */
export interface IssuedToken {
  readonly id: string
  /** `<id>.<256 random bits in base64url>`, 80 characters that need no encoding in a URL. */
  readonly token: string
  readonly expiresAt: number
}

/** A link whose secret was made anew. */
export interface RenewedToken extends IssuedToken {
  readonly createdAt: number
  readonly subject: string
  readonly bound: unknown
}

/** A secret that waits to be presented, as those see it who administer such secrets. */
export interface WaitingVerification {
  readonly id: string
  readonly subject: string
  readonly bound: unknown
  readonly createdAt: number
  readonly expiresAt: number
  /** Whose it is; null where nobody is known. */
  readonly principalId: string | null
  /**
   * Whether it counts still: false once it is over, and once its principal is disabled or has moved on from the epoch that it was
   * made under.
   */
  readonly holds: boolean
}

/** A new code, as it is sent. */
export interface IssuedCode {
  readonly id: string
  /** Decimal digits. */
  readonly code: string
  readonly expiresAt: number
}

/** A secret that was presented and is right; it is used up by `consume`, which at most one caller succeeds with. */
export interface PendingVerification {
  readonly id: string
  readonly purpose: VerificationPurpose
  readonly collection: string
  readonly subject: string
  readonly flowId: string
  readonly bound: unknown
  readonly createdAt: number
  readonly expiresAt: number
  /** Whose it is, read in the same statement; active, and at the epoch that the secret was made under. */
  readonly principal: PrincipalState | undefined
  /** What caches are checked against. */
  readonly versions: { readonly policy: number; readonly config: number }
  /** The condition under which it is consumed. */
  readonly secretHash: string
}

/** Why a code does not count. For logs, never for the client. */
export type CodeRefusal = 'unknown' | 'expired' | 'exhausted' | 'mismatch' | 'outdated'

export type CodeResult =
  | { readonly accepted: true; readonly pending: PendingVerification }
  | {
      readonly accepted: false
      readonly reason: CodeRefusal
      /** Whose code was meant, where it is somebody's. */
      readonly principal: PrincipalState | undefined
    }
