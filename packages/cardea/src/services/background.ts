import type { Logger } from '../options/logger.js'
import { isolate } from './isolate.js'

/** Work that an answer does not wait for. */
export interface Background {
  /** Lets work run on; a failure is logged. */
  run(work: Promise<unknown>): void
  /** Waits for all that is under way. */
  drain(): Promise<void>
}

/**
 * @param hand Gives the work to the platform, which may need to know of it to keep the process alive.
 */
export function createBackground(hand: ((work: Promise<unknown>) => unknown) | undefined, logger: Logger): Background {
  const running = new Set<Promise<unknown>>()
  return {
    run(work) {
      const settled = work.catch((error: unknown) => logger.error('Work in the background failed.', { error }))
      const tracked = settled.finally(() => running.delete(tracked))
      running.add(tracked)
      isolate(
        () => hand?.(tracked),
        (error) => logger.error('The background option failed.', { error }),
      )
    },
    async drain() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
