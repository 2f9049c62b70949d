/** What makes something happen later. Passed in, so that tests own the time. */
export interface HintTimers {
  /** Calls back once, unless the process ends before. @returns Ends the wait. */
  after(milliseconds: number, work: () => void): () => void
}

/** The machine's timers, which keep no process from ending. */
export const systemTimers: HintTimers = {
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds).unref()
    return () => clearTimeout(timer)
  },
}
