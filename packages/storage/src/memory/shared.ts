import type { Clock } from '@cardea/core/crypto'
import type { StatementEvent } from '../contract/statement-event.js'
import type { StorageOperations } from '../contract/storage.js'
import type { Catalog } from './catalog.js'

/** A transaction that a storage can join. */
export interface Level {
  readonly operations: StorageOperations
  /** Runs work in a savepoint. */
  nest<Result>(work: (operations: StorageOperations) => Promise<Result>): Promise<Result>
  /** Throws when the transaction has ended or a verb in it failed. */
  requireOpen(): void
}

/** What all parts of one storage have in common. */
export interface Shared {
  readonly catalog: Catalog
  readonly clock: Clock
  readonly log: (event: StatementEvent) => void
  /** The open and former transactions of this storage, by the object that their work was given. */
  readonly levels: WeakMap<StorageOperations, Level>
}
