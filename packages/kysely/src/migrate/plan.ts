import { CardeaError } from '@cardea/core'
import type { StoredRow } from '@cardea/storage'
import type { Change, ColumnSpec, Keys, TableSpec } from './spec.js'

/** A table as it is wanted. */
export interface Wanted {
  readonly spec: TableSpec
  readonly initialRows: readonly StoredRow[]
}

/**
 * What has to change for a table to be at least what is wanted; undefined when it is. Nothing is ever taken away.
 *
 * @param recorded What the ledger says of the table.
 * @throws CardeaError `configuration_invalid` for a difference that adding cannot make up for.
 */
export function planTable(recorded: TableSpec | undefined, { spec, initialRows }: Wanted): Change | undefined {
  const { name } = spec
  if (spec.mirrors !== undefined) {
    throw refuse(`${name} can have columns that mirror others only in an exact migration of a table that is there`)
  }
  if (recorded === undefined) return { kind: 'create', table: spec, initialRows }
  if (spec.primaryKey.join() !== recorded.primaryKey.join()) throw refuse(`table ${name} has another primary key`)
  const columns: Record<string, ColumnSpec> = {}
  const nullable: string[] = []
  const longer: Record<string, number> = {}
  for (const [column, wanted] of Object.entries(spec.columns)) {
    const present = own(recorded.columns, column)
    if (present === undefined) {
      requireAddable(`${name}.${column}`, wanted)
      columns[column] = wanted
    } else {
      requireSame(`${name}.${column}`, present, wanted)
      if (wanted.nullable && !present.nullable) nullable.push(column)
      if ((wanted.maxBytes ?? 0) > (present.maxBytes ?? Number.POSITIVE_INFINITY)) longer[column] = wanted.maxBytes ?? 0
    }
  }
  const change = {
    kind: 'widen',
    columns,
    nullable,
    ...(Object.keys(longer).length === 0 ? {} : { longer }),
    unique: newKeys(name, 'unique key', recorded.unique, spec.unique),
    indexes: newKeys(name, 'index', recorded.indexes, spec.indexes),
    ...(sameJson(spec.afterDelete, recorded.afterDelete) || spec.afterDelete === undefined
      ? {}
      : { afterDelete: spec.afterDelete }),
  } as const
  const changes = [change.columns, change.nullable, longer, change.unique, change.indexes, change.afterDelete ?? {}]
  return changes.every((part) => Object.keys(part).length === 0) ? undefined : change
}

/** @param cause What the driver threw, where the message quotes the server: such words are for the log, not for clients. */
export const refuse = (message: string, cause?: unknown): CardeaError =>
  new CardeaError('configuration_invalid', `migrate: ${message}`, cause === undefined ? {} : { cause })

export function requireAddable(place: string, wanted: ColumnSpec): void {
  if (wanted.nullable) return
  if (wanted.default === undefined) {
    throw refuse(`column ${place} must be nullable or have a default, since the table has rows already`)
  }
  if (wanted.foreignKey !== undefined) {
    throw refuse(`column ${place} must be nullable, since no row has anything to refer to yet`)
  }
}

function requireSame(place: string, present: ColumnSpec, wanted: ColumnSpec): void {
  if (present.kind !== wanted.kind) {
    throw refuse(`column ${place} is of kind ${present.kind} and cannot become ${wanted.kind}`)
  }
  if (!sameJson(present.foreignKey, wanted.foreignKey)) throw refuse(`column ${place} has another foreign key`)
}

function newKeys(table: string, what: string, present: Keys, wanted: Keys): Keys {
  const added: Record<string, readonly string[]> = {}
  for (const [key, columns] of Object.entries(wanted)) {
    const known = own(present, key)
    if (known === undefined) added[key] = columns
    else if (known.join() !== columns.join()) throw refuse(`${what} ${table}.${key} is over other columns`)
  }
  return added
}

const own = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

/** Whether two specs are the same, whatever the order of their members: one may have been read from the ledger. */
export function sameJson(left: unknown, right: unknown): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right))
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)])
}
