/**
 * Lets any number of callers share reads: at most one runs at a time, and whoever comes while one runs shares the next.
 * So an answer was never read before it was asked for, and a flood of callers is one read after the other.
 */
export function createSharedRead<Result>(read: () => Promise<Result>): () => Promise<Result> {
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
    next = running.then(following, following)
    return next
  }
}
