import { type AnyCollection, type CollectionRow, isAuthCollection, isMapped } from '@cardea/collections'
import { and, type Condition, eq } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import { withPrincipals } from '../mapped/with-principals.js'
import type { Services } from '../services/services.js'
import { conditionOf, type MetRule } from './rule.js'

/** The record of an id that meets a rule, by one statement; of a principal in a table of the app's by two. */
export async function findRow(
  { records, collections }: Services,
  operations: StorageOperations,
  collection: AnyCollection,
  id: string,
  rule: MetRule,
): Promise<CollectionRow | undefined> {
  if (isMapped(collection) && isAuthCollection(collection)) {
    // By its own id, whether there is a principal of it or not.
    const row = await operations.findOne(collections.table(collection), { where: underRule(id, rule) })
    return row && (await withPrincipals(operations, collection, [row]))[0]
  }
  if (rule.kind === 'all') return await records.find(operations, collection, id)
  return await operations.findOne(collections.table(collection), { where: underRule(id, rule) })
}

/**
 * Keeps the record of an id that meets a rule from all other changes until the transaction ends.
 *
 * @returns Whether there is one.
 */
export async function lockRow(
  { collections }: Services,
  transaction: StorageOperations,
  collection: AnyCollection,
  id: string,
  rule: MetRule,
): Promise<boolean> {
  // Every table has an id, and one that stays as it is takes the lock on every database.
  const matched = await transaction.update(collections.table(collection), {
    where: underRule(id, rule),
    set: { id },
  })
  return matched === 1
}

/** That a record has an id and meets a rule. */
export function underRule(id: string, rule: MetRule): Condition {
  const condition = conditionOf(rule)
  return condition === undefined ? eq('id', id) : and(eq('id', id), condition)
}
