import type { ClientDetails } from '@cardea/sessions'
import type { SessionAuthentication } from './sign-in.js'

/** Who confirms an address: somebody who is signed in to the account, or knows its password. */
export type VerificationProof =
  | { readonly authentication: SessionAuthentication }
  | { readonly password: string }
  | undefined

/** A session that may go on after the account has changed. */
export interface ConfirmedEmailChange {
  /** The address that the account has from now on. */
  readonly email: string
  /** A cookie that replaces the caller's, whose session goes on. */
  readonly cookieToken?: string
  readonly cookieMaxAgeSeconds: number | null
}

/**
 * Verifying addresses and getting back in.
 *
 * What is asked for with an address answers everybody alike: one job is written, and the rest happens apart from the answer.
 * Every method throws CardeaError `method_disabled` where no mail can be sent, `rate_limited` never: too many mails to one
 * address are left out in silence.
 */
export interface RecoveryOperations {
  /** Sends a link that verifies the address, if it is that of an account and not verified. @throws CardeaError `invalid_request`. */
  requestVerification(email: string): Promise<void>

  /**
   * Verifies an address by a link's token. The token alone proves the mailbox but not the account, which a stranger may have
   * made with the address: a session of the account or its password is needed as well. Without it nothing is used up.
   *
   * @throws CardeaError `token_invalid`, `reauthentication_required`, `invalid_credentials`, `unavailable`.
   */
  confirmVerification(token: string, proof?: VerificationProof): Promise<void>

  /** Sends a link that sets a new password; it is good for an hour and ends the one before. @throws CardeaError `invalid_request`. */
  requestPasswordReset(email: string): Promise<void>

  /**
   * Sets a new password by a link's token. Every session ends, second factors stay, nobody is signed in. An account that was
   * never verified is stripped of whatever else signs in to it, since its maker may have been somebody else.
   *
   * @throws CardeaError `token_invalid`, `weak_password` (the token stays good), `method_disabled`, `unavailable`.
   */
  confirmPasswordReset(token: string, newPassword: string, context?: ClientDetails): Promise<void>

  /**
   * Sends a link to a new address; the old one stays until the link is followed.
   *
   * @param password The current one. An account without a password needs a session that is fresh instead.
   * @throws CardeaError `invalid_credentials`, `reauthentication_required`, `invalid_request`, `unavailable`.
   */
  requestEmailChange(
    authentication: SessionAuthentication,
    input: { readonly newEmail: string; readonly password?: string | undefined },
  ): Promise<void>

  /**
   * Changes the address by a link's token. The old address is told; other sessions end.
   *
   * @param authentication The session of the same account that asks, if there is one: it goes on.
   * @throws CardeaError `token_invalid`, `email_taken`, `unavailable`.
   */
  confirmEmailChange(
    token: string,
    authentication?: SessionAuthentication,
    context?: ClientDetails,
  ): Promise<ConfirmedEmailChange>
}
