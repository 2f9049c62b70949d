import type { ColumnKind, StoredValue } from '@cardea/storage'
import { SqliteAdapter, SqliteQueryCompiler, sql } from 'kysely'
import { createBuilder } from '../dialect/builder.js'
import type { SqlDialect } from '../dialect/dialect.js'
import { decodeJson } from '../dialect/json.js'
import type { SqlValue } from '../driver/sql-driver.js'

/** The SQL of SQLite. */
export function createSqliteSql(): SqlDialect {
  return {
    name: 'sqlite',
    builder: createBuilder({
      adapter: new SqliteAdapter(),
      compiler: new SqliteQueryCompiler(),
    }),
    // SQLITE_MAX_VARIABLE_NUMBER as it is since 3.32.
    maximumValues: 32_766,
    locksRows: false,
    returnsRows: true,
    resolvesConflicts: true,
    placesNulls: false,
    bind,
    decoder,
    // The database runs in this process, so its clock is the machine's.
    clock: undefined,
    number: (value) => sql`${value}`,
    byteOrder: (text) => sql`${text} collate binary`,
    contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
  }
}

const bind = (value: StoredValue): SqlValue => (typeof value === 'boolean' ? Number(value) : value)

function decoder(kind: ColumnKind): ((raw: unknown) => unknown) | undefined {
  switch (kind) {
    case 'boolean':
      return (raw) => raw === 1 || raw === true || raw === 1n
    case 'json':
      return decodeJson
    case 'integer':
    case 'double':
      // A handle of the app may be set to give bigints.
      return (raw) => (typeof raw === 'number' ? raw : Number(raw))
    default:
      return undefined
  }
}
