/** What makes something happen later. Passed in, so that tests own the time. */
export interface RedisTimers {
  /** Calls back once, unless the process ends before. @returns Ends the wait. */
  after(milliseconds: number, work: () => void): () => void
}

/** The machine's timers. */
export const systemTimers: RedisTimers = {
  after(milliseconds, work) {
    // A process that was busy itself has not read what came meanwhile: it does so before an immediate is due.
    const timer = setTimeout(() => setImmediate(work), milliseconds).unref()
    return () => clearTimeout(timer)
  },
}
