import type { Client } from '../client.js'

/** One answer of a route that needs nothing. */
interface Beat {
  readonly startedAt: number
  endedAt: number
}

/** Enough to see every time that a server is held up for longer than this, in milliseconds. */
const pauseMilliseconds = 50

/**
 * How long a server takes for a request that needs nothing, all the time: what a machine that is busy with other things adds to
 * every answer.
 */
export class Pulse {
  readonly #client: Client
  readonly #beats: Beat[] = []
  #stopped = false
  #running: Promise<void> | undefined

  constructor(client: Client) {
    this.#client = client
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  /** The longest that such an answer took of those that were under way since an instant, in milliseconds. */
  slowestSince(instant: number): number {
    const since = this.#beats.filter(({ endedAt }) => endedAt >= instant)
    return Math.max(0, ...since.map(({ startedAt, endedAt }) => Math.min(endedAt, performance.now()) - startedAt))
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const beat = { startedAt: performance.now(), endedAt: Number.POSITIVE_INFINITY }
      this.#beats.push(beat)
      await this.#client.get('/health')
      beat.endedAt = performance.now()
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds))
    }
  }
}
