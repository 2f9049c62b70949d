import { after } from './after.js'
import { patienceMilliseconds, unavailable } from './unavailable.js'

interface Waiter {
  readonly enter: () => void
  readonly giveUp: () => void
}

/** Lets one at a time in, in the order in which they came, and nobody wait for ever. */
export class Mutex {
  readonly #waiting: Waiter[] = []
  #held = false

  get held(): boolean {
    return this.#held
  }

  /**
   * Waits for its turn.
   *
   * @returns Ends the turn.
   * @throws CardeaError `unavailable` when the turn does not come in time: whoever holds it may be waiting for this one.
   */
  async acquire(patience = patienceMilliseconds): Promise<() => void> {
    if (this.#held) await this.#wait(patience)
    // A waiter was handed the turn while it stayed held, so nobody slipped in between.
    this.#held = true
    let released = false
    return () => {
      if (released) return
      released = true
      this.#next()
    }
  }

  #wait(patience: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = after(patience, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        waiter.giveUp()
      })
      const waiter: Waiter = {
        enter: () => {
          stop()
          resolve()
        },
        giveUp: () => reject(unavailable('another transaction did not end in time')),
      }
      this.#waiting.push(waiter)
    })
  }

  #next(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#held = false
    else next.enter()
  }
}
