import { CardeaError } from '@cardea/core'

export interface WorkQueueOptions {
  /** How many pieces of work run at once. */
  readonly concurrency: number
  /** How many may wait beyond those; asked each time that somebody has to. */
  readonly queueLimit: () => number
  /** What a refused caller is told, in seconds. */
  readonly retryAfterSeconds: number
}

/** Runs work, a few pieces at a time and in order. */
export interface WorkQueue {
  /**
   * The place is held until the work itself ends, even if whoever asked has gone: only then is the core free again.
   *
   * @throws CardeaError `unavailable` at once when the queue is full.
   */
  run<Result>(work: () => Promise<Result>): Promise<Result>
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const waiting: (() => void)[] = []
  let running = 0

  const acquire = async (): Promise<void> => {
    if (running < options.concurrency) {
      running += 1
      return
    }
    if (waiting.length >= options.queueLimit()) {
      throw new CardeaError('unavailable', 'too many passwords are being checked; try again shortly', {
        retryAfterSeconds: options.retryAfterSeconds,
      })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  const release = (): void => {
    const next = waiting.shift()
    // The place goes straight to the one who waited longest, so that no newcomer can slip in between.
    if (next === undefined) running -= 1
    else next()
  }

  return {
    run: async (work) => {
      await acquire()
      try {
        return await work()
      } finally {
        release()
      }
    },
  }
}
