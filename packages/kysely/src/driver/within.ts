import { unavailable } from './unavailable.js'

const tooLate = 'the database did not answer in time'

/** In how many parts a time is waited for. */
const parts = 4

/**
 * Calls back after a time. A process that is held up itself, as by many requests at once, has not read what came meanwhile: so
 * that this is not taken for the database's silence, a wait is several turns of the event loop, with a look at the network
 * before the last one is over.
 *
 * @returns Ends the wait.
 */
function after(milliseconds: number, work: () => void): () => void {
  let left = parts
  const next = (): void => {
    left -= 1
    // An immediate is due after the network was looked at.
    if (left === 0) immediate = setImmediate(work)
    else timer = setTimeout(next, milliseconds / parts)
  }
  let immediate: NodeJS.Immediate | undefined
  let timer = setTimeout(next, milliseconds / parts)
  return () => {
    clearTimeout(timer)
    clearImmediate(immediate)
  }
}

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
