import { CardeaError, isCardeaError } from '@cardea/core'
import type { StorageOperations } from '../contract/storage.js'
import { createEngine, type Engine } from './engine.js'
import { Layer } from './layer.js'
import { Operations, type Runner } from './operations.js'
import type { Level, Shared } from './shared.js'
import { Turns } from './turns.js'

/** A transaction, or a savepoint inside one. */
export class TransactionLevel implements Runner, Level {
  readonly operations: Operations
  readonly #shared: Shared
  readonly #layer: Layer
  /** Savepoints of one level, and verbs beside them, come one after the other. */
  readonly #turns = new Turns()
  #nesting = false
  #failure: { readonly error: unknown } | undefined
  #ended = false

  constructor(shared: Shared, below: Layer) {
    this.#shared = shared
    this.#layer = new Layer(below)
    this.operations = new Operations(this, shared.log)
    shared.levels.set(this.operations, this)
  }

  /** A verb beside an open savepoint waits for its end: it must not be undone with it. */
  async read<Result>(work: (engine: Engine) => Result): Promise<Result> {
    this.requireOpen()
    const release = this.#nesting ? await this.#turns.take() : undefined
    try {
      this.requireOpen()
      return this.#run(work)
    } finally {
      release?.()
    }
  }

  #run<Result>(work: (engine: Engine) => Result): Result {
    try {
      return work(createEngine(this.#shared.catalog, this.#layer, this.#shared.clock))
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }

  write<Result>(work: (engine: Engine) => Result): Promise<Result> {
    return this.read(work)
  }

  /** Runs work in a savepoint of this level. */
  async nest<Result>(work: (operations: StorageOperations) => Promise<Result>): Promise<Result> {
    this.requireOpen()
    const release = await this.#turns.take()
    try {
      this.requireOpen()
      this.#nesting = true
      return await new TransactionLevel(this.#shared, this.#layer).run(async (operations) => {
        const result = await work(operations)
        // Nothing can be kept in a transaction that ended meanwhile.
        this.requireOpen()
        return result
      })
    } finally {
      this.#nesting = false
      release()
    }
  }

  /** Runs work and keeps its changes, unless it or any verb in it failed. */
  async run<Result>(work: (operations: StorageOperations) => Promise<Result>): Promise<Result> {
    const { log } = this.#shared
    log({ kind: 'transaction', sql: 'begin' })
    try {
      const result = await work(this.operations)
      this.requireOpen()
      this.#layer.commit()
      log({ kind: 'transaction', sql: 'commit' })
      return result
    } catch (error) {
      log({ kind: 'transaction', sql: 'rollback' })
      // A conflict stays worth a retry, whatever the work made of it.
      if (isCardeaError(this.#failure?.error, 'transaction_conflict')) throw this.#failure.error
      throw error
    } finally {
      this.#ended = true
    }
  }

  /** When a verb failed, throws its error again. */
  requireOpen(): void {
    if (this.#ended) throw new CardeaError('internal_error', 'a transaction was used after its end')
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
