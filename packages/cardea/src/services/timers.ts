/** What makes something happen later. Passed in, so that tests own the time. */
export interface Timers {
  /**
   * Calls back once.
   *
   * @param options.background Whether the process may end before. Default false.
   * @returns Ends the wait.
   */
  after(milliseconds: number, work: () => void, options?: { readonly background?: boolean }): () => void
}

/** The machine's timers. */
export const systemTimers: Timers = {
  after(milliseconds, work, { background = false } = {}) {
    const timer = setTimeout(work, milliseconds)
    if (background) timer.unref()
    return () => clearTimeout(timer)
  },
}
