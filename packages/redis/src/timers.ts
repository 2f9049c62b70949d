/** What makes something happen later. Passed in, so that tests own the time. */
export interface RedisTimers {
  /** Calls back once, unless the process ends before. @returns Ends the wait. */
  after(milliseconds: number, work: () => void): () => void
}

/** In how many parts a time is waited for. */
const parts = 4

/**
 * The machine's timers. A process that is held up itself, as by many requests at once, has not read what came meanwhile: so
 * that it is not taken for the server's silence, a wait is one of several turns of the event loop, with a look at the network
 * in each.
 */
export const systemTimers: RedisTimers = {
  after(milliseconds, work) {
    let left = parts
    const next = (): void => {
      left -= 1
      // An immediate is due after the network was looked at.
      if (left === 0) setImmediate(work)
      else timer = setTimeout(next, milliseconds / parts).unref()
    }
    let timer = setTimeout(next, milliseconds / parts).unref()
    return () => clearTimeout(timer)
  },
}
