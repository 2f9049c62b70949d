import type { Timers } from 'cardea'
import { type Duration, millisecondsOf } from './duration.js'

/** A clock that only moves when told. Timers of the instance ring when it passes them. */
export interface TestClock {
  /** The current time in milliseconds since 1970. */
  readonly now: () => number
  /**
   * Moves on, and rings what becomes due, in its order. What that sets off is awaited by `settle()`.
   *
   * @throws TypeError for a duration that is none.
   */
  readonly advance: (duration: Duration) => void
  /**
   * Sets the time. Forward is as {@link TestClock.advance}; back rings nothing.
   *
   * @throws TypeError for an instant that is none.
   */
  readonly set: (instant: number | Date) => void
}

interface Waiting {
  readonly at: number
  readonly work: () => void
}

/** A clock, and the timers that go by it. */
export function createTestClock(start: number | Date): { readonly clock: TestClock; readonly timers: Timers } {
  let now = instantOf(start)
  const waiting = new Set<Waiting>()
  const nextUntil = (end: number): Waiting | undefined =>
    [...waiting].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0]
  const moveTo = (end: number): void => {
    for (let next = nextUntil(end); next !== undefined; next = nextUntil(end)) {
      waiting.delete(next)
      now = Math.max(now, next.at)
      next.work()
    }
    now = end
  }
  return {
    clock: Object.freeze<TestClock>({
      now: () => now,
      advance: (duration) => moveTo(now + millisecondsOf(duration)),
      set: (instant) => moveTo(instantOf(instant)),
    }),
    timers: {
      after(milliseconds, work) {
        const timer = { at: now + Math.max(0, milliseconds), work }
        waiting.add(timer)
        return () => {
          waiting.delete(timer)
        }
      },
    },
  }
}

function instantOf(instant: number | Date): number {
  const milliseconds = typeof instant === 'number' ? instant : instant.getTime()
  if (Number.isSafeInteger(milliseconds) && milliseconds >= 0) return milliseconds
  throw new TypeError('not an instant: take a Date, or milliseconds since 1970')
}
