import type { AuthCollection } from '@cardea/collections'
import type { PrincipalState } from '@cardea/identity'
import type { SessionActor } from '@cardea/sessions'

/** Ways to prove who one is. */
export type SignInMethod = 'password' | 'email_otp' | 'oauth' | 'totp' | 'backup_code' | 'impersonation'

/**
 * Evidence that somebody is a principal, whatever the method.
 *
 * `active`, `epoch` and `secondFactors` of the principal come from the statement that read the credential, before it was
 * compared: a session that is written with an epoch that has passed meanwhile is born dead.
 */
export interface Proof {
  readonly collection: AuthCollection
  readonly principal: Pick<PrincipalState, 'id' | 'active' | 'epoch' | 'secondFactors'>
  /** How, in their order: one, or a second that differs from the first. */
  readonly methods: readonly [SignInMethod] | readonly [SignInMethod, SignInMethod]
  readonly provedAt: number
  /** Who acts as the principal: with `impersonation`, and with nothing else. */
  readonly actor?: SessionActor
  /** Versions of the same read, so that roles need no further statement while nothing changed. */
  readonly versions?: { readonly authz: number; readonly policy: number } | undefined
}

/** Names of methods in access tokens and sessions, as RFC 8176 has them where it does. */
const references: Readonly<Record<SignInMethod, string>> = {
  password: 'pwd',
  email_otp: 'email',
  oauth: 'fed',
  totp: 'otp',
  backup_code: 'backup',
  impersonation: 'impersonation',
}

/** The `amr` of a session. @see RFC 8176 */
export const methodReferences = (methods: readonly SignInMethod[]): readonly string[] => [
  ...methods.map((method) => references[method]),
  ...(methods.length > 1 ? ['mfa'] : []),
]
