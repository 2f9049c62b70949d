import type { Timers } from '../services/timers.js'
import { MailStepError } from './failure.js'

/**
 * Waits for work, but not for ever. Work that is given up on goes on by itself, and what becomes of it is lost.
 *
 * @param step Names the failure.
 */
export function withinTime<Result>(
  timers: Timers,
  milliseconds: number,
  step: string,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = timers.after(milliseconds, () => {
      reject(new MailStepError({ code: `${step}:timeout`, permanent: false }))
    })
    // Started by a promise, so that a throw is a rejection.
    Promise.resolve().then(work).then(resolve, reject).finally(stop)
  })
}
