import { CardeaError, isCardeaError } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'

/**
 * The verbs inside one transaction.
 *
 * They run one after the other, since they share a connection. The first that fails ends the transaction, also when the
 * work catches the error: databases differ in what they would still do then, and half of a work is never what it meant.
 */
export class TransactionGuard {
  readonly operations: StorageOperations
  #tail: Promise<unknown> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined
  #ended = false

  constructor(operations: StorageOperations) {
    this.operations = {
      insert: (table, rows, options) => this.#guard(() => operations.insert(table, rows, options)),
      find: (table, query, params) => this.#guard(() => operations.find(table, query, params)),
      findOne: (table, query, params) => this.#guard(() => operations.findOne(table, query, params)),
      update: (table, query) => this.#guard(() => operations.update(table, query)),
      consume: (table, where) => this.#guard(() => operations.consume(table, where)),
      delete: (table, where) => this.#guard(() => operations.delete(table, where)),
      count: (table, where) => this.#guard(() => operations.count(table, where)),
    }
  }

  /**
   * Runs the work to its end, verbs included that it did not wait for.
   *
   * @throws What the work throws, or else what a verb threw. A conflict stays worth a retry, whatever the work made of it.
   */
  async run<Result>(work: (operations: StorageOperations) => Promise<Result>): Promise<Result> {
    try {
      const result = await work(this.operations)
      await this.#end()
      if (this.#failure !== undefined) throw this.#failure.error
      return result
    } catch (error) {
      await this.#end()
      if (isCardeaError(this.#failure?.error, 'transaction_conflict')) throw this.#failure.error
      throw error
    }
  }

  async #end(): Promise<void> {
    this.#ended = true
    await this.#tail
  }

  #guard<Result>(verb: () => Promise<Result>): Promise<Result> {
    if (this.#ended) return Promise.reject(new CardeaError('internal_error', 'a transaction was used after its end'))
    const result = this.#tail.then(() => {
      if (this.#failure !== undefined) throw this.#failure.error
      return verb()
    })
    this.#tail = result.catch((error: unknown) => {
      this.#failure ??= { error }
    })
    return result
  }
}
