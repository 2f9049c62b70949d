import type { StatementEvent } from '@cardea/storage'
import { monotonicMilliseconds } from './time.js'

type Listener = (event: StatementEvent) => void

/** Tells a listener of every statement. Without one it costs a comparison. */
export class StatementLog {
  readonly #listener: Listener | undefined

  constructor(listener: Listener | undefined) {
    this.#listener = listener
  }

  /** Runs a statement that answers at once. */
  sync<Result>(kind: StatementEvent['kind'], sql: string, run: () => Result): Result {
    if (this.#listener === undefined) return run()
    const start = monotonicMilliseconds()
    try {
      return run()
    } finally {
      this.#tell(kind, sql, start)
    }
  }

  /** Runs a statement that answers later. */
  async async<Result>(kind: StatementEvent['kind'], sql: string, run: () => Promise<Result>): Promise<Result> {
    if (this.#listener === undefined) return run()
    const start = monotonicMilliseconds()
    try {
      return await run()
    } finally {
      this.#tell(kind, sql, start)
    }
  }

  #tell(kind: StatementEvent['kind'], sql: string, start: number): void {
    try {
      this.#listener?.({ kind, sql, durationMilliseconds: monotonicMilliseconds() - start })
    } catch {
      // A listener that fails must not make a statement look as if it had failed.
    }
  }
}
