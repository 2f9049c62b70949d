const tickMilliseconds = 10

/**
 * How long something takes, in milliseconds, without the time for which this process was held up itself: as by others on a busy
 * machine, which no limit of a wait can do anything about.
 */
export async function unhinderedMilliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  let held = 0
  let last = start
  const look = (): void => {
    const now = performance.now()
    held += Math.max(0, now - last - 2 * tickMilliseconds)
    last = now
  }
  const ticking = setInterval(look, tickMilliseconds)
  try {
    await work()
  } finally {
    look()
    clearInterval(ticking)
  }
  return last - start - held
}
