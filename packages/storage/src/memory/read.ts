import type { ReadField, ResolveReference } from '@cardea/core'
import type { Joined } from '../codec/field.js'
import type { StoredRow } from '../codec/stored.js'
import type { Params } from '../contract/query.js'
import type { RowOf, Table } from '../schema/table.js'
import { findByColumn } from './constraints.js'
import type { Engine } from './engine.js'

/** A row with those that a read brings along; null where an optional one is missing. */
export interface JoinedRow {
  readonly own: StoredRow
  readonly others: ReadonlyMap<string, StoredRow | null>
}

/** Reads `column` or `alias.column`. */
export function readerOf(own: StoredRow, others?: JoinedRow['others']): ReadField {
  return (field) => {
    const dot = field.indexOf('.')
    return dot === -1 ? own[field] : others?.get(field.slice(0, dot))?.[field.slice(dot + 1)]
  }
}

/** Answers for the database's clock and, once they are checked, a query's parameters. */
export function resolverOf({ now }: Engine, params?: Params): ResolveReference {
  return (ref) => (ref === 'database.now' ? now() : params?.[ref.slice('param.'.length)])
}

/** Brings the other rows along; undefined when one that must exist does not. */
export function joinRow(engine: Engine, own: StoredRow, joined: readonly Joined[]): JoinedRow | undefined {
  const others = new Map<string, StoredRow | null>()
  for (const { alias, reference } of joined) {
    const table = engine.catalog.existing(reference.table)
    const { on } = reference
    const other =
      on === undefined
        ? first(engine.layer.rows(table.name))
        : findByColumn(engine, table, on.target, own[on.column] ?? null)
    if (other === undefined && reference.optional !== true) return undefined
    others.set(alias, other ?? null)
  }
  return { own, others }
}

/** A copy of a row as its owner knows it: only the columns of the given table, JSON read anew. */
export function present<T extends Table>(table: T, row: StoredRow): RowOf<T> {
  const result: Record<string, unknown> = {}
  for (const [name, { kind }] of Object.entries(table.columns)) {
    const value = row[name] ?? null
    result[name] = kind === 'json' && typeof value === 'string' ? JSON.parse(value) : value
  }
  // Every row went through checkRow of this or a wider table, so the values are of the columns' types.
  return result as RowOf<T>
}

function first(rows: Iterable<StoredRow>): StoredRow | undefined {
  for (const row of rows) return row
  return undefined
}
