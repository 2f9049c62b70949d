import { CardeaError } from '@cardea/core'

/** How long one writer may keep the others waiting, as SQLite writers wait for each other. */
const patienceMilliseconds = 2_000

interface Waiter {
  start(): void
  giveUp(error: CardeaError): void
}

const tooLate = (): CardeaError => new CardeaError('unavailable', 'storage: another transaction did not end in time')

/** Lets writers in one at a time, in the order in which they came. */
export class Turns {
  readonly #waiting: Waiter[] = []
  #taken = false
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * Waits for a turn.
   *
   * @param patience After how many milliseconds to give up, if that is sooner.
   * @returns Ends the turn.
   * @throws CardeaError `unavailable` when the writer ahead does not finish within 2 s; it may be waiting for this one.
   */
  async take(patience?: number): Promise<() => void> {
    if (this.#taken) await this.#wait(patience)
    this.#taken = true
    return () => this.#next()
  }

  #wait(patience: number | undefined): Promise<void> {
    return new Promise((resolve, giveUp) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const waiter: Waiter = {
        start: () => {
          clearTimeout(timer)
          resolve()
        },
        giveUp: (error) => {
          clearTimeout(timer)
          giveUp(error)
        },
      }
      this.#waiting.push(waiter)
      this.#watch()
      if (patience === undefined || patience >= patienceMilliseconds) return
      timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        giveUp(tooLate())
      }, patience)
    })
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
      for (const waiter of this.#waiting.splice(0)) waiter.giveUp(tooLate())
    }, patienceMilliseconds)
  }
}
