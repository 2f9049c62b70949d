import type { FactorAttempt, TotpEnrolment } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import type { SessionAuthentication, SignIn, SignInContext } from './sign-in.js'
import type { AskedBy } from './users.js'

/** What second factors a principal has. */
export interface MfaState {
  /** Whether a sign-in asks for one. */
  readonly enabled: boolean
  /** What may be presented. */
  readonly methods: readonly ('totp' | 'backup_code')[]
  readonly backupCodesRemaining: number
  /** Whether the collection, or a role that the principal has, wants one. */
  readonly required: boolean
}

/** A session that goes on: its new cookie, where it has one. */
export interface RenewedSession {
  readonly cookieToken?: string
  readonly cookieMaxAgeSeconds: number | null
}

/** New backup codes, shown this once. */
export interface NewBackupCodes extends RenewedSession {
  readonly backupCodes: readonly string[]
}

/** Who sets a second factor up: somebody who is signed in, or who holds a ticket because one is required. */
export type MfaActor = SessionAuthentication | { readonly ticket: string }

/** What somebody who is signed in proves once more. */
export type Reauthentication = { readonly password: string } | EmailCodeAttempt | FactorAttempt

/** A code that was sent to the principal's own address, as `requestOtp` does; the collection needs `otp.enabled`. */
export interface EmailCodeAttempt {
  readonly emailCode: string
  /** From the request for the code. Without it the newest code is meant, with fewer tries. */
  readonly flowId?: string | undefined
}

/**
 * Second factors of the principals of one auth collection. Whatever changes them bumps the principal's epoch: all sessions
 * end but the one that asks, which goes on with a new cookie token.
 */
export interface MfaApi<User> {
  /**
   * Completes a sign-in that ended in `mfa_required`. A wrong code counts, but the ticket stays good for four more.
   *
   * @throws CardeaError `token_invalid` for a ticket that is no longer good, `mfa_invalid` for a wrong code,
   * `rate_limited`, `unavailable`; and what `login` throws after a right proof.
   */
  verify(ticket: string, attempt: FactorAttempt, context?: SignInContext): Promise<SignIn<User>>

  /** What somebody who is signed in has; one statement while roles are cached. */
  state(authentication: SessionAuthentication): Promise<MfaState>

  /**
   * Begins to set up a generator of one-time passwords. It does not count before {@link MfaApi.activate}.
   *
   * @throws CardeaError `reauthentication_required` ten minutes after the last proof; `method_disabled` where the collection
   * has no second factors; `conflict` when there is one; `token_invalid` for a ticket that is no longer good.
   */
  enroll(actor: MfaActor): Promise<TotpEnrolment>

  /**
   * Confirms the generator by a code of it. A ticket stays good, for {@link MfaApi.verify} with the next code.
   *
   * @throws CardeaError as `enroll`, and `mfa_invalid`, `rate_limited`.
   */
  activate(actor: MfaActor, code: string, context?: ClientDetails): Promise<NewBackupCodes>

  /**
   * Makes new backup codes; the old ones are worth nothing from then on.
   *
   * @throws CardeaError `reauthentication_required`, `mfa_invalid`, `rate_limited`.
   */
  renewBackupCodes(
    authentication: SessionAuthentication,
    attempt: FactorAttempt,
    context?: ClientDetails,
  ): Promise<NewBackupCodes>

  /**
   * Takes the second factor away, with its backup codes.
   *
   * @throws CardeaError `mfa_invalid`, `rate_limited`; `forbidden` where one is required.
   */
  disable(
    authentication: SessionAuthentication,
    attempt: FactorAttempt,
    context?: ClientDetails,
  ): Promise<RenewedSession>

  /**
   * Takes all second factors from a principal without asking for one, also where one is required: the next sign-in asks to
   * set it up then. Every session ends. For administrators who have made sure who it is that has lost them.
   *
   * With `by`, this needs `users:update` (of another collection, `update` of its name) and all rights that the principal has, and
   * is not for one's own factors.
   *
   * @throws CardeaError `not_found`, `forbidden`.
   */
  reset(principalId: string, options?: AskedBy): Promise<void>
}
