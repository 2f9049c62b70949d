import { isCardeaError } from '@cardea/core'
import { backoffMilliseconds, monotonicMilliseconds, pause } from '../driver/time.js'
import { patienceMilliseconds, unavailable } from '../driver/unavailable.js'

const maximumTries = 5

/**
 * Runs work again while others are in its way.
 *
 * @param work Is told which try it is, from 1 up.
 * @param patience Milliseconds after which no further try begins.
 * @param most How many tries there are at most.
 * @throws CardeaError `unavailable` when that was not enough.
 */
export async function retryConflicts<Result>(
  work: (tries: number) => Promise<Result>,
  patience = patienceMilliseconds,
  most = maximumTries,
): Promise<Result> {
  const start = monotonicMilliseconds()
  for (let tries = 1; ; tries += 1) {
    try {
      return await work(tries)
    } catch (error) {
      if (!isCardeaError(error, 'transaction_conflict')) throw error
      if (tries === most || monotonicMilliseconds() - start > patience) {
        throw unavailable('a transaction met conflicts at every try', error)
      }
    }
    await pause(backoffMilliseconds(tries, 10, 200))
  }
}
