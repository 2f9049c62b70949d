import type { SignIn, SignInContext } from './sign-in.js'

/** A code as it is typed. */
export interface OtpInput {
  readonly email: string
  readonly code: string
  /** From the request for the code. Without it the newest code is meant, with fewer tries. */
  readonly flowId?: string | undefined
}

/**
 * Signing in with a code that is sent by mail. Whoever reads the mail gets in, so it is one factor, and no more than NIST's
 * AAL1.
 *
 * @throws CardeaError `method_disabled` unless the collection has `otp.enabled`, and where no mail can be sent.
 */
export interface OtpOperations<User> {
  /**
   * Sends a code of 6 digits, good for 10 minutes and 5 tries. The answer is the same for an address that nobody has.
   *
   * @param context With the `deviceToken` of a device that the account knows, the code comes from a budget of that device, which
   * strangers cannot use up.
   * @throws CardeaError `invalid_request`, `method_disabled`, `unavailable`.
   */
  requestOtp(email: string, context?: SignInContext): Promise<{ readonly flowId: string }>

  /**
   * Signs in with a code. An account whose address was not verified is stripped of whatever else signs in to it, and verified.
   *
   * @throws CardeaError `invalid_credentials` for every reason; `mfa_required`, `method_disabled`, `unavailable`.
   */
  verifyOtp(input: OtpInput, context?: SignInContext): Promise<SignIn<User>>
}
