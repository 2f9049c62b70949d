/**
 * Lets any number of callers share reads: at most one runs at a time, and whoever comes while one runs shares the next.
 * So an answer was never read before it was asked for, and a flood of callers is one read after the other.
 *
 * @param failsAll Whether whoever waits for the next read fails with the one that runs. Default: the next is tried all the same.
 */
export function createSharedRead<Result>(
  read: () => Promise<Result>,
  failsAll: (error: unknown) => boolean = () => false,
): () => Promise<Result> {
  let running: Promise<Result> | undefined
  let next: Promise<Result> | undefined
  const begin = (): Promise<Result> => {
    const reading = read()
    const end = (): void => {
      if (running === reading) running = undefined
    }
    reading.then(end, end)
    running = reading
    return reading
  }
  return () => {
    if (next !== undefined) return next
    if (running === undefined) return begin()
    const following = (): Promise<Result> => {
      next = undefined
      return begin()
    }
    next = running.then(following, (error: unknown) => {
      if (!failsAll(error)) return following()
      next = undefined
      throw error
    })
    return next
  }
}
