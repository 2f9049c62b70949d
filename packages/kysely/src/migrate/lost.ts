import { afterDeleteName, type IndexNames, indexNames, mirrorName, uniqueIndexNames } from '../dialect/names.js'
import type { LiveTable } from './live.js'
import type { Keys, TableSpec } from './spec.js'

/**
 * The table as the ledger records it, without what is gone from the database: dropped by hand, or left out when a dump
 * was restored. What is left is what a migration can count on.
 */
export function withoutLost(recorded: TableSpec, live: LiveTable): TableSpec {
  const { name, afterDelete, mirrors = {}, ...rest } = recorded
  const kept = (keys: Keys, namesOf: (table: string, key: string) => IndexNames): Keys =>
    pick(keys, (key) => {
      const names = namesOf(name, key)
      return live.indexes.has(names.name) || live.indexes.has(names.formerName)
    })
  const whole = pick(mirrors, (column) =>
    (['insert', 'update', 'write'] as const).some((by) => live.triggers.has(mirrorName(name, column, by))),
  )
  return {
    ...rest,
    name,
    columns: pick(recorded.columns, (column) => live.columns.has(column)),
    unique: kept(recorded.unique, uniqueIndexNames),
    indexes: kept(recorded.indexes, indexNames),
    ...(afterDelete !== undefined && live.triggers.has(afterDeleteName(name)) ? { afterDelete } : {}),
    ...(Object.keys(whole).length === 0 ? {} : { mirrors: whole }),
  }
}

const pick = <Value>(
  record: Readonly<Record<string, Value>>,
  isKept: (name: string) => boolean,
): Readonly<Record<string, Value>> => Object.fromEntries(Object.entries(record).filter(([name]) => isKept(name)))
