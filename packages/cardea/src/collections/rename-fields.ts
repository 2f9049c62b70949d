import type { AnyCollection } from '@cardea/collections'
import { type DefinitionChange, definitionOf, formerNameOf, isKeyOf, keyUnderName } from '@cardea/collections/later'
import { and, eq, isCardeaError, isNull, not, oneOf } from '@cardea/core'
import { identifiers, type Storage, type StorageOperations, type Table } from '@cardea/storage'
import type { Services } from '../services/services.js'
import type { FormerNames, StoredFormerNames } from './former-names.js'
import { identifiersOf } from './rows-in-the-way.js'
import type { CollectionRecord } from './stored-collections.js'

/** How many former names a field is known by: those that what waits, such as an invitation, may still use. */
const maximumFormerNames = 10

const batch = 500

/**
 * A table while fields get other names: each has two columns, and both hold the same.
 *
 * @param after The table as it will be.
 */
export function withFormerColumns(after: Table, renamed: DefinitionChange['renamed']): Table {
  if (renamed.length === 0) return after
  /** What belongs to a field under its new name, beside it under its former one. */
  const former = <Value>(record: Readonly<Record<string, Value>>) =>
    renamed.flatMap(({ from, to }) =>
      Object.entries(record).flatMap(([key, value]) =>
        isKeyOf(to, key) ? [{ from, to, key: keyUnderName(key, to, from), value }] : [],
      ),
    )
  const keys = (record: Table['unique']) => ({
    ...record,
    ...Object.fromEntries(
      former(record).map(({ from, to, key, value }) => [key, value.map((column) => (column === to ? from : column))]),
    ),
  })
  return {
    ...after,
    columns: {
      ...after.columns,
      ...Object.fromEntries(former(after.columns).map(({ key, value }) => [key, value])),
    },
    unique: keys(after.unique),
    indexes: keys(after.indexes),
    mirrors: Object.fromEntries(renamed.map(({ from, to }) => [to, from])),
  }
}

/**
 * Gives every record what it has under the former name of a field under the new one, some records at a time. The database keeps
 * both the same from the moment in which either is written.
 *
 * @param renew Called before each of these steps.
 */
export async function copyRenamed(
  storage: Storage,
  between: Table,
  renamed: DefinitionChange['renamed'],
  renew: () => Promise<void>,
): Promise<void> {
  for (const { from, to } of renamed) {
    const lacking = and(isNull(to), not(isNull(from)))
    let last: string | undefined
    for (;;) {
      const rows: readonly Readonly<Record<string, unknown>>[] = await storage.find(between, {
        where: lacking,
        orderBy: [{ field: 'id', direction: 'asc' }],
        limit: batch,
        ...(last === undefined ? {} : { after: [last] }),
      })
      const ids = rows.map((row) => String(row['id']))
      last = ids.at(-1)
      if (last === undefined) break
      await renew()
      // Writing what is there already is enough: it is what the former name has, once this is written.
      await storage.update(between, { where: and(oneOf('id', ids), lacking), set: { [to]: null } })
    }
  }
}

/** The definition as it is stored, with what its fields were called before. */
export function storedDefinition(
  collection: AnyCollection,
  renamed: DefinitionChange['renamed'],
  before: CollectionRecord,
): object {
  const known = (before.definition as StoredFormerNames).formerNames ?? {}
  const formerNames: FormerNames = Object.fromEntries(
    Object.keys(collection.fields).flatMap((name) => {
      const former = formerNameOf(name, renamed)
      const names = [...(former === name ? [] : [former]), ...(known[former] ?? [])]
      // A name that a field has now is that field's.
      const free = names.filter((each) => !Object.hasOwn(collection.fields, each)).slice(0, maximumFormerNames)
      return free.length === 0 ? [] : [[name, free] as const]
    }),
  )
  return { ...definitionOf(collection), ...(Object.keys(formerNames).length === 0 ? {} : { formerNames }) }
}

/** Lets everybody sign in by identifiers under another name, within the transaction that makes it the one that is served. */
export async function moveKinds(
  transaction: StorageOperations,
  collection: string,
  renamed: DefinitionChange['renamed'],
): Promise<void> {
  for (const { from, to } of renamed) await moveKind(transaction, collection, from, to)
}

async function moveKind(operations: StorageOperations, collection: string, from: string, to: string): Promise<void> {
  for (;;) {
    const keys = await keysOf(operations, collection, from)
    if (keys.length === 0) return
    const where = and(eq('collection', collection), eq('kind', from), oneOf('key', keys))
    await operations.update(identifiers, { where, set: { kind: to } })
  }
}

async function keysOf(operations: StorageOperations, collection: string, kind: string): Promise<readonly string[]> {
  const where = and(eq('collection', collection), eq('kind', kind))
  const orderBy = [{ field: 'key', direction: 'asc' }] as const
  return (await operations.find(identifiers, { where, orderBy, limit: batch })).map(({ key }) => key)
}

/**
 * Moves identifiers that requests have written by a former name of their field after the others were moved: such requests began
 * with the definition of before. Once the column of that name is gone there can be no more of them.
 */
export async function moveLateKinds(
  { storage, config }: Services,
  collection: AnyCollection,
  formerNames: FormerNames,
): Promise<void> {
  for (const to of identifiersOf(collection)) {
    for (const from of formerNames[to] ?? []) {
      try {
        await moveKind(storage, collection.name, from, to)
      } catch (error) {
        if (!isCardeaError(error, 'unique_violation')) throw error
        config.logger.warn(
          `collections: two principals of ${collection.name} have the same ${to}: the later one keeps none`,
        )
        await moveEach(storage, collection.name, from, to)
      }
    }
  }
}

/** What another principal has by now goes: it must not sign anybody in by a field that gets the former name some day. */
async function moveEach(storage: Storage, collection: string, from: string, to: string): Promise<void> {
  for (;;) {
    const keys = await keysOf(storage, collection, from)
    if (keys.length === 0) return
    for (const key of keys) {
      const where = and(eq('collection', collection), eq('kind', from), eq('key', key))
      try {
        await storage.update(identifiers, { where, set: { kind: to } })
      } catch (error) {
        if (!isCardeaError(error, 'unique_violation')) throw error
        await storage.delete(identifiers, where)
      }
    }
  }
}
