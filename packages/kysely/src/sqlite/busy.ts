import { backoffMilliseconds, monotonicMilliseconds, pause } from '../driver/time.js'
import { unavailable } from '../driver/unavailable.js'
import { isBusy } from './sqlite-failures.js'

/**
 * How long SQLite itself waits for a lock. It sleeps meanwhile, and the whole process with it, so the rest of the waiting
 * is done here, where others can go on.
 */
export const busyTimeoutMilliseconds = 5

/**
 * Tries until nobody else holds the lock.
 *
 * @throws CardeaError `unavailable` when that takes longer than `patience` milliseconds.
 */
export function whileBusy<Result>(attempt: () => Result, patience: number): Promise<Result> {
  return whileBusyLater(async () => attempt(), patience)
}

/** The same for what answers later. */
export async function whileBusyLater<Result>(attempt: () => Promise<Result>, patience: number): Promise<Result> {
  const start = monotonicMilliseconds()
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!isBusy(error)) throw error
      if (monotonicMilliseconds() - start > patience) {
        throw unavailable(
          'another connection or process keeps the database locked; inside a transaction of the app, work goes through it',
          error,
        )
      }
    }
    await pause(backoffMilliseconds(tries, 4, 24))
  }
}
