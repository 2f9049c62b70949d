/** Resolves after some milliseconds: for waits that have an end. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

/** Resolves once what is under way has been handed out. */
export const answered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
