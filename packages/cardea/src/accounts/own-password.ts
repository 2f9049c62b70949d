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
const budget: Budget = { limit: 5, periodSeconds: 300 }
const dailyBudget: Budget = { limit: 50, periodSeconds: 86_400 }

const keyOf = (principalId: string): ThrottleKey => ['own-password', principalId]
const dailyKeyOf = (principalId: string): ThrottleKey => ['own-password-day', principalId]

/**
 * Checks the password that somebody gives who is signed in already. The attempt is counted before it is looked at; a right
 * one gives it back.
 *
 * @throws CardeaError `invalid_credentials`, `rate_limited`, `unavailable`.
 */
export async function proveOwnPassword(
  services: Services,
  principalId: string,
  password: string,
): Promise<IdentifiedPrincipal> {
  const { throttle, storage } = services
  const mayTry =
    (await throttle.take(storage, keyOf(principalId), budget)) &&
    (await throttle.take(storage, dailyKeyOf(principalId), dailyBudget))
  const failed = (reason: string, collection: string | null): void =>
    services.emit({ type: 'session.reauthentication_failed', at: services.clock(), collection, principalId, reason })
  if (!mayTry) {
    failed('rate_limited', null)
    throw new CardeaError('rate_limited', 'Too many passwords were tried. Wait before the next one.', {
      retryAfterSeconds: budget.periodSeconds / budget.limit,
    })
  }
  const found = await findIdentifiedPrincipal(storage, principalId)
  const proof = await services.passwords.prove(found?.credential, password)
  if (found === undefined || !proof.proved || !found.principal.active) {
    await countFailedAttempt(storage, principalId)
    failed('wrong_password', found?.principal.collection ?? null)
    throw new CardeaError('invalid_credentials', 'The password is not right.')
  }
  await throttle.forgive(storage, [keyOf(principalId), dailyKeyOf(principalId)])
  return found
}
