import { isCardeaError } from '@cardea/core'
import { backoffMilliseconds, monotonicMilliseconds, pause } from '../driver/time.js'
import { patienceMilliseconds, unavailable } from '../driver/unavailable.js'

const maximumTries = 5

/**
 * Runs work again while others are in its way, at most five times.
 *
 * @param work Is told which try it is, from 1 up.
 * @param patience Milliseconds for all tries together. None begins that would end later if it took as long as the last one.
 * @throws CardeaError `unavailable` when that was not enough.
 */
export async function retryConflicts<Result>(
  work: (tries: number) => Promise<Result>,
  patience = patienceMilliseconds - 100,
): Promise<Result> {
  const start = monotonicMilliseconds()
  for (let tries = 1; ; tries += 1) {
    const began = monotonicMilliseconds()
    try {
      return await work(tries)
    } catch (error) {
      if (!isCardeaError(error, 'transaction_conflict')) throw error
      const now = monotonicMilliseconds()
      if (tries === maximumTries || now - start + (now - began) > patience) {
        throw unavailable('a transaction met conflicts at every try', error)
      }
    }
    await pause(backoffMilliseconds(tries, 10, 200))
  }
}
