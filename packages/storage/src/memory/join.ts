import { CardeaError } from '@cardea/core'
import type { Storage, StorageOperations } from '../contract/storage.js'
import { examineMemory } from './examine.js'
import type { Level, Shared } from './shared.js'

/**
 * The storage inside a transaction of its own.
 *
 * @throws CardeaError `configuration_invalid` for anything but the object that a transaction's work was given.
 */
export function joinTransaction(shared: Shared, transaction: unknown): Storage {
  // WeakMap.get answers undefined for whatever is no key of it.
  const level = shared.levels.get(transaction as StorageOperations)
  if (level === undefined) {
    throw new CardeaError('configuration_invalid', 'join: this is no transaction of this memory storage')
  }
  return joinLevel(shared, level)
}

function joinLevel(shared: Shared, level: Level): Storage {
  const { operations } = level
  const joined: Storage = {
    dialect: 'memory',
    insert: operations.insert.bind(operations),
    find: operations.find.bind(operations),
    findOne: operations.findOne.bind(operations),
    update: operations.update.bind(operations),
    consume: operations.consume.bind(operations),
    delete: operations.delete.bind(operations),
    count: operations.count.bind(operations),
    transaction: (work) => level.nest(work),
    join: (transaction) => joinTransaction(shared, transaction),
    migrate: async () => {
      throw new CardeaError('configuration_invalid', 'migrate: not possible inside a transaction')
    },
    verify: async (tables) => shared.catalog.problems(tables),
    examine: async () => examineMemory(),
    ping: async () => level.requireOpen(),
    // The transaction belongs to who opened it.
    close: async () => {},
  }
  shared.levels.set(joined, level)
  return joined
}
