import { CardeaError } from '@cardea/core'
import {
  type Budget,
  countFailedAttempt,
  findIdentifiedPrincipal,
  type IdentifiedPrincipal,
  type ThrottleKey,
} from '@cardea/identity'
import type { Services } from '../services/services.js'

/** Of passwords tried from a session, by its owner or whoever has got hold of it (NIST SP 800-63B-4 §3.2.2). */
const passwordBudget: Budget = { limit: 5, periodSeconds: 300 }
const dailyPasswordBudget: Budget = { limit: 50, periodSeconds: 86_400 }

/** Under which tries are counted: those of five minutes, which a right password forgives, and those of the day. */
export const ownPasswordKeys = (principalId: string): readonly [ThrottleKey, ThrottleKey] => [
  ['reauthentication', principalId],
  ['reauthentication-day', principalId],
]

/**
 * Has whoever has a session prove its principal's password. The try is counted before the comparison, for all that asks for the
 * password from a session together.
 *
 * @returns The principal as it was read with the password's hash.
 * @throws CardeaError `invalid_credentials`, `rate_limited`, `unavailable`.
 */
export async function proveOwnPassword(
  { throttle, storage, passwords }: Services,
  principalId: string,
  password: string,
): Promise<IdentifiedPrincipal> {
  const [key, dailyKey] = ownPasswordKeys(principalId)
  const mayTry =
    (await throttle.take(storage, key, passwordBudget)) && (await throttle.take(storage, dailyKey, dailyPasswordBudget))
  if (!mayTry) {
    const retryAfterSeconds = passwordBudget.periodSeconds / passwordBudget.limit
    throw new CardeaError('rate_limited', 'Too many passwords were tried. Wait before the next one.', {
      retryAfterSeconds,
    })
  }
  const found = await findIdentifiedPrincipal(storage, principalId)
  const proof = await passwords.prove(found?.credential, password)
  if (found === undefined || !proof.proved) {
    await countFailedAttempt(storage, principalId)
    throw new CardeaError('invalid_credentials', 'The password is not right.')
  }
  return found
}
