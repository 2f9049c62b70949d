import type { RedisTimers } from '../timers.js'

/**
 * Gives up waiting after some time. The work goes on; what becomes of it is nobody's business any more.
 *
 * @throws Error `no answer within … ms`, or what the work rejects with.
 */
export function withinTime<Result>(work: Promise<Result>, milliseconds: number, timers: RedisTimers): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = timers.after(milliseconds, () => reject(new Error(`no answer within ${milliseconds} ms`)))
    work.then(
      (result) => {
        stop()
        resolve(result)
      },
      (error: unknown) => {
        stop()
        reject(error)
      },
    )
  })
}
