import { after } from './after.js'
import { unavailable } from './unavailable.js'

const tooLate = 'the database did not answer in time'

/**
 * Waits for an answer, but not for ever. What comes too late is dropped.
 *
 * @param onLate Runs when the time is over.
 * @throws CardeaError `unavailable` after `milliseconds`.
 */
export function within<Result>(milliseconds: number, answer: Promise<Result>, onLate?: () => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = after(milliseconds, () => {
      onLate?.()
      reject(unavailable(tooLate))
    })
    answer.then(
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

/**
 * The same for work that can be called off while it waits for a connection.
 *
 * @param run Calls `settle` once there is nothing left to call off.
 * @throws CardeaError `unavailable` after `milliseconds`.
 */
export async function withinSignal<Result>(
  milliseconds: number,
  run: (signal: AbortSignal, settle: () => void) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController()
  const settle = after(milliseconds, () => abort.abort())
  try {
    return await run(abort.signal, settle)
  } catch (error) {
    throw abort.signal.aborted ? unavailable(tooLate, error) : error
  } finally {
    settle()
  }
}
