import { type AnyCollection, isAuthCollection } from '@cardea/collections'
import {
  type DefinitionChange,
  formerNameOf,
  isNarrower,
  isUnique,
  storedDefault,
  unfitnessOf,
} from '@cardea/collections/later'
import { isNull, not } from '@cardea/core'
import type { Storage, Table } from '@cardea/storage'

/** Records that keep a change from being made. */
export interface Obstacle {
  /** Where in the input the change was asked for, such as `fields.0`. */
  readonly path: string
  readonly field: string
  /** How many records are in the way, at the moment of looking. */
  readonly rows: number
  readonly message: string
}

const pageSize = 1_000

/** What a change would leave behind that its definition refuses. Reads the whole table where a field becomes narrower. */
export async function findObstacles(
  storage: Storage,
  table: Table,
  current: AnyCollection,
  change: DefinitionChange,
): Promise<readonly Obstacle[]> {
  const found: Obstacle[] = []
  const say = (field: string, rows: number, reason: string): void => {
    if (rows > 0)
      found.push({ path: change.placeOf(field), field, rows, message: `${recordsAre(rows)} in the way, ${reason}` })
  }
  for (const name of change.added) {
    const field = change.collection.fields[name]
    if (field === undefined || field.optional === true || storedDefault(field) !== undefined) continue
    say(name, await storage.count(table), 'which would have no value: make it optional, or give it a default')
  }
  for (const { name, before, after } of change.changed) {
    if (before.optional !== true || after.optional === true) continue
    say(name, await storage.count(table, isNull(formerNameOf(name, change.renamed))), 'which have no value')
  }
  for (const name of identifiersOf(change.collection)) {
    const former = formerNameOf(name, change.renamed)
    const isNew = !identifiersOf(current).includes(former)
    if (!isNew || !Object.hasOwn(current.fields, former)) continue
    // Whose values they are was never checked as that of identifiers is.
    say(name, await storage.count(table, not(isNull(former))), 'whose value nobody could sign in by')
  }
  const narrower = change.changed.filter(({ before, after }) => isNarrower(before, after))
  if (narrower.length > 0) {
    for (const [name, rows] of await countUnfit(storage, table, narrower, change.renamed)) {
      say(name, rows, 'whose value the field would refuse, or another record has as well')
    }
  }
  return found
}

/** How many values of fields go with them. */
export async function findLosses(
  storage: Storage,
  table: Table,
  dropped: readonly string[],
): Promise<readonly { readonly field: string; readonly rows: number }[]> {
  const losses: { field: string; rows: number }[] = []
  for (const field of dropped) losses.push({ field, rows: await storage.count(table, not(isNull(field))) })
  return losses
}

/** Fields beside the e-mail address by which principals of a collection sign in. */
export const identifiersOf = (collection: AnyCollection): readonly string[] =>
  isAuthCollection(collection) ? (collection.auth.identifiers ?? []) : []

const recordsAre = (rows: number): string => (rows === 1 ? '1 record is' : `${rows} records are`)

async function countUnfit(
  storage: Storage,
  table: Table,
  narrower: DefinitionChange['changed'],
  renamed: DefinitionChange['renamed'],
): Promise<ReadonlyMap<string, number>> {
  const checks = narrower.map(({ name, after }) => ({
    name,
    column: formerNameOf(name, renamed),
    // Those without a value are counted where a value is asked for.
    isUnfit: unfitnessOf({ ...after, optional: true }),
    seen: isUnique(after) ? new Map<unknown, number>() : undefined,
    rows: 0,
  }))
  let last: string | undefined
  for (;;) {
    const page: readonly Readonly<Record<string, unknown>>[] = await storage.find(table, {
      orderBy: [{ field: 'id', direction: 'asc' }],
      limit: pageSize,
      ...(last === undefined ? {} : { after: [last] }),
    })
    for (const row of page) {
      for (const check of checks) {
        const value = row[check.column]
        if (check.isUnfit(value)) check.rows += 1
        else if (check.seen !== undefined && value !== null) check.seen.set(value, (check.seen.get(value) ?? 0) + 1)
      }
    }
    const lastRow = page.at(-1)
    if (page.length < pageSize || lastRow === undefined) break
    last = String(lastRow['id'])
  }
  return new Map(checks.map(({ name, rows, seen }) => [name, rows + repeated(seen)]))
}

const repeated = (seen: ReadonlyMap<unknown, number> | undefined): number =>
  [...(seen?.values() ?? [])].reduce((sum, count) => sum + (count > 1 ? count : 0), 0)
