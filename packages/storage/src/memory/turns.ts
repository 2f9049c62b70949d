import { CardeaError } from '@cardea/core'

/** How long one writer may keep the others waiting, as SQLite writers wait for each other. */
const patienceMilliseconds = 2_000

interface Waiter {
  start(): void
  giveUp(error: CardeaError): void
}

/** Lets writers in one at a time, in the order in which they came. */
export class Turns {
  readonly #waiting: Waiter[] = []
  #taken = false
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * Waits for a turn.
   *
   * @returns Ends the turn.
   * @throws CardeaError `unavailable` when the writer ahead does not finish within 2 s; it may be waiting for this one.
   */
  async take(): Promise<() => void> {
    if (this.#taken) {
      await new Promise<void>((start, giveUp) => {
        this.#waiting.push({ start, giveUp })
        this.#watch()
      })
    }
    this.#taken = true
    return () => this.#next()
  }

  #next(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const next = this.#waiting.shift()
    if (next === undefined) {
      this.#taken = false
      return
    }
    // The turn stays taken while the next one wakes up, so that nobody slips in between.
    if (this.#waiting.length > 0) this.#watch()
    next.start()
  }

  #watch(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const error = new CardeaError('unavailable', 'storage: another transaction did not end in time')
      for (const waiter of this.#waiting.splice(0)) waiter.giveUp(error)
    }, patienceMilliseconds)
  }
}
