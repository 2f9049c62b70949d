import type { RedisTimers } from '../timers.js'
import { withinTime } from './within-time.js'

/** How long after an attempt that failed the next one is made: recovery is noticed well within 5 seconds. */
const pauseMilliseconds = 1_000

/** Keeps requests from waiting, one after the other, for a server that does not answer. */
export interface Breaker {
  /** Whether the server is not to be asked. */
  readonly isOpen: boolean
  /** It failed: nobody asks any more, until an attempt of the breaker's own succeeds. */
  readonly trip: (error: unknown) => void
}

/** @param options.attempt Does with the server what requests need of it. */
export function createBreaker({
  attempt,
  patienceMilliseconds,
  timers,
  onChange,
}: {
  readonly attempt: () => Promise<unknown>
  readonly patienceMilliseconds: number
  readonly timers: RedisTimers
  /** @param error Why it is open now; undefined when it is closed again. */
  readonly onChange: (error: unknown) => void
}): Breaker {
  let isOpen = false
  const tryLater = (): void => {
    timers.after(pauseMilliseconds, tryAgain)
  }
  const tryAgain = (): void => {
    const answer = attempt()
    withinTime(answer, patienceMilliseconds, timers).then(
      () => {
        isOpen = false
        onChange(undefined)
      },
      // Never a second attempt behind one that waits, which would fill the client's queue while the server is away.
      () => answer.then(tryLater, tryLater),
    )
  }
  return {
    get isOpen() {
      return isOpen
    },
    trip(error) {
      if (isOpen) return
      isOpen = true
      onChange(error)
      tryLater()
    },
  }
}
