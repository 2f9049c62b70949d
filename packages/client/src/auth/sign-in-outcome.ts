import type { Problem } from '@cardea/http/contract'
import { isClientError } from '../errors/client-error.js'

/** Somebody is signed in. */
export interface SignedIn<User> {
  readonly status: 'signed-in'
  readonly user: User
  readonly session_id: string
}

/** The first proof was good, and a second one is wanted. */
export interface MfaRequired {
  readonly status: 'mfa-required'
  /** Goes to `mfa.verify`, or where a factor has to be set up first to `mfa.enroll`. Secret; good for ten minutes. */
  readonly mfa_token: string
  readonly expires_at: string
  /** What may be presented: `totp`, `backup_code`. */
  readonly methods: readonly string[]
  /** Whether there is no factor yet: set one up by `mfa.enroll` and `mfa.activate`, and sign in once more. */
  readonly enrollment_required: boolean
}

/** How a sign-in ends. */
export type SignInOutcome<User> = SignedIn<User> | MfaRequired

/** How a registration ends. */
export type RegistrationOutcome<User> =
  | SignInOutcome<User>
  /** There is an account, and a mail with a link: nobody is signed in until the address is verified. */
  | { readonly status: 'verification-required'; readonly user: User }
  /** There is an account that the collection's sign-in rule does not let in, or not yet. */
  | { readonly status: 'sign-in-not-allowed'; readonly user: User }
  /** The server does not say whether there is one: what comes next is in a mail. */
  | { readonly status: 'accepted'; readonly message: string }

/** The second step that an error asks for. @throws What it was given, where it asks for none. */
export function mfaRequiredBy(error: unknown): MfaRequired {
  if (!isClientError(error, 'mfa_required') || !('problem' in error)) throw error
  // What the server says with this code.
  const { mfa_token, expires_at, methods, enrollment_required } = error.problem as Required<Problem>
  return { status: 'mfa-required', mfa_token, expires_at, methods, enrollment_required }
}
