import type { StorageOperations } from '@cardea/storage'
import type { Budget, Throttle, ThrottleKey } from '../throttle/throttle.js'

/**
 * Codes that are looked at for one principal until one is right, wherever they come from: with a chance of 3 in 1,000,000
 * each, 20 a day need thirty years for even odds.
 *
 * @see NIST SP 800-63B-4 §3.2.2
 */
const shortBudget: Budget = { limit: 5, periodSeconds: 300 }
const dailyBudget: Budget = { limit: 20, periodSeconds: 86_400 }

const shortKey = (principalId: string): ThrottleKey => ['factor', principalId]
const dailyKey = (principalId: string): ThrottleKey => ['factor-day', principalId]

/**
 * Counts an attempt at a second factor before it is looked at: codes of generators and backup codes together, at signing in
 * and afterwards. Of n at once, no more pass than are left.
 *
 * @returns Whether the code may be looked at.
 * @throws CardeaError `unavailable`.
 */
export async function takeFactorAttempt(
  throttle: Throttle,
  storage: StorageOperations,
  principalId: string,
): Promise<boolean> {
  if (!(await throttle.take(storage, shortKey(principalId), shortBudget))) return false
  return await throttle.take(storage, dailyKey(principalId), dailyBudget)
}

/**
 * Gives back what a right code and the guesses before it have taken, of both budgets: they are there against whoever guesses,
 * and must not lock out an owner who signs in often. One statement.
 *
 * @throws CardeaError `unavailable`.
 */
export async function forgiveFactorAttempts(
  throttle: Throttle,
  storage: StorageOperations,
  principalId: string,
): Promise<void> {
  await throttle.forgive(storage, [shortKey(principalId), dailyKey(principalId)])
}
