import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import {
  type Budget,
  findIdentifiedPrincipal,
  type GuessPolicy,
  type IdentifiedPrincipal,
  type ThrottleKey,
} from '@cardea/identity'
import type { Services } from '../services/services.js'
import { keyInSessions } from './key-in-sessions.js'
import { countAtAccount } from './lock.js'

/** Of passwords tried from sessions of one account, by its owner or whoever has got hold of one. */
const budget: Budget = { limit: 5, periodSeconds: 300 }

const yearSeconds = 365 * 86_400

/**
 * After ten wrong ones in a row no password is looked at in sessions, until one is right at a sign-in, or is reset. They are
 * among those that lock the account, and too few to lock it by themselves: whoever has got hold of a session must not keep
 * its owner from signing in. No more than five are under way at once, so there are 14 at most.
 */
const inSessions: GuessPolicy = {
  free: 10,
  firstDelaySeconds: yearSeconds,
  longestDelaySeconds: yearSeconds,
  rememberedSeconds: yearSeconds,
}

const budgetKey = (principalId: string): ThrottleKey => ['own-password', principalId]

/**
 * Checks the password that somebody gives who is signed in already. The attempt is counted before it is looked at; a right
 * one gives it back.
 *
 * @throws CardeaError `invalid_credentials`, `rate_limited`, `unavailable`.
 */
export async function proveOwnPassword(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  password: string,
): Promise<IdentifiedPrincipal> {
  const { throttle, storage } = services
  const failed = (reason: string): void => {
    const about = { at: services.clock(), collection: collection.name, principalId, reason }
    services.emit({ type: 'session.reauthentication_failed', ...about })
  }
  if (!(await throttle.take(storage, budgetKey(principalId), budget))) {
    failed('rate_limited')
    throw new CardeaError('rate_limited', 'Too many passwords were tried. Wait before the next one.', {
      retryAfterSeconds: budget.periodSeconds / budget.limit,
    })
  }
  const { blocked } = await throttle.look(storage, keyInSessions(principalId))
  if (blocked) {
    failed('locked')
    throw new CardeaError('rate_limited', 'Too many wrong passwords were tried in sessions. Sign in again to go on.', {
      retryAfterSeconds: yearSeconds,
    })
  }
  const found = await findIdentifiedPrincipal(storage, principalId)
  const proof = await services.passwords.prove(found?.credential, password)
  if (found === undefined || !proof.proved || !found.principal.active) {
    // At the account first, so that these are never left when those are forgotten.
    await countAtAccount(services, collection, found?.principal ?? { id: principalId, failedAttempts: 0 }, {})
    await throttle.fail(storage, keyInSessions(principalId), inSessions)
    failed('wrong_password')
    throw new CardeaError('invalid_credentials', 'The password is not right.')
  }
  await throttle.forgive(storage, [budgetKey(principalId), keyInSessions(principalId)])
  return found
}
