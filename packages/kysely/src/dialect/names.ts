import { CardeaError } from '@cardea/core'
import { sha256 } from '@cardea/core/crypto'

/** What Cardea's own tables are called in the schema that is data. */
const ownPrefix = 'cardea_'

/** The longest name that every dialect takes whole: 63 bytes in PostgreSQL, 64 characters in MySQL. */
const maximumBytes = 63

/** How tables, and what belongs to them, are called in the database. */
export interface Names {
  /** The table of the schema that is data, such as `cardea_sessions`, as it is called in the database. */
  table(name: string): string
  readonly ledger: string
}

/**
 * @param prefix Takes the place of `cardea_`.
 * @throws CardeaError `configuration_invalid` for anything but lower-case letters, digits and `_`, at most 32 of them.
 */
export function createNames(prefix = ownPrefix): Names {
  if (!/^[a-z_][a-z0-9_]{0,31}$/.test(prefix)) {
    throw new CardeaError(
      'configuration_invalid',
      'prefix: must be 1 to 32 of a to z, 0 to 9 and _, and start with no digit',
    )
  }
  const table = (name: string): string =>
    name.startsWith(ownPrefix) ? `${prefix}${name.slice(ownPrefix.length)}` : name
  return { table, ledger: table(`${ownPrefix}migrations`) }
}

/** How an index is called, and how Cardea called it before: tables that were migrated then keep their names. */
export interface IndexNames {
  readonly name: string
  readonly formerName: string
}

/** The index behind a unique key. */
export const uniqueIndexNames = (table: string, key: string): IndexNames => namesOf(table, `${key}_key`)
export const indexNames = (table: string, index: string): IndexNames => namesOf(table, `${index}_idx`)
export const primaryKeyNames = (table: string): IndexNames => namesOf(table, 'pkey')
export const foreignKeyName = (table: string, column: string): string => namesOf(table, `${column}_fkey`).name
/** Triggers share their names with nothing else, and only a table's own has its name in front of this. */
export const afterDeleteName = (table: string): string => shortened(`${table}_after_delete`, '_')

/** What keeps a column and its mirror the same when a row is written; a trigger for each way in which it can be. */
export const mirrorName = (table: string, column: string, by: 'insert' | 'update' | 'write'): string =>
  namesOf(table, `${column}_mirror_${by}`).name

/**
 * What no name of a table, column or key holds. With `_`, `b_c` of `a` and `c` of `a_b` would have one name, and so would
 * an index and the table `a_b_c_key`: both share their names per schema in PostgreSQL and per file in SQLite, foreign
 * keys theirs per database in MySQL.
 */
const separator = '$'

const namesOf = (table: string, rest: string): IndexNames => ({
  name: shortened(`${table}${separator}${rest}`, separator),
  formerName: shortened(`${table}_${rest}`, '_'),
})

/** The name, or its head and a part of its digest: two long names must not become one when a database cuts them. */
function shortened(name: string, between: string): string {
  if (Buffer.byteLength(name) <= maximumBytes) return name
  const digest = sha256(name)
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, 12)
    .toLowerCase()
  return `${Buffer.from(name)
    .subarray(0, maximumBytes - 13)
    .toString()
    .replaceAll('\ufffd', '')}${between}${digest}`
}
