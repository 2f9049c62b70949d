import type { ColumnKind, StoredValue } from '@cardea/storage'
import { SqliteAdapter, SqliteQueryCompiler, sql } from 'kysely'
import { createBuilder } from '../dialect/builder.js'
import type { MappedSql, SqlDialect } from '../dialect/dialect.js'
import { instantText } from '../dialect/instant-text.js'
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
    rangesAlike: false,
    bind,
    decoder,
    // The database runs in this process, so its clock is the machine's.
    clock: undefined,
    number: (value) => sql`${value}`,
    byteOrder: (text) => sql`${text} collate binary`,
    contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
    mapped,
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

const mapped: MappedSql = {
  read: (type, column) => {
    if (type === 'integer') return sql`cast(${column} as text)`
    if (type === 'timestamp' || type === 'datetime') {
      // The day that is half over when 1970 begins, and the milliseconds of a day.
      return sql`cast(round((julianday(${column}) - 2440587.5) * 86400000) as integer)`
    }
    return column
  },
  write: (type, value) => {
    if (type === 'integer') return sql`cast(${value} as integer)`
    return sql`${type === 'timestamp' || type === 'datetime' ? instantText(value) : value}`
  },
  number: (column) => column,
  bytes: (text) => sql`${text} collate binary`,
}
