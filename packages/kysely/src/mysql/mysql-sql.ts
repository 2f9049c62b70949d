import type { ColumnKind, StoredValue } from '@cardea/storage'
import { MysqlAdapter, MysqlQueryCompiler, sql } from 'kysely'
import { createBuilder } from '../dialect/builder.js'
import type { MappedSql, SqlDialect } from '../dialect/dialect.js'
import { instantText } from '../dialect/instant-text.js'
import { decodeJson } from '../dialect/json.js'
import type { SqlValue } from '../driver/sql-driver.js'

/**
 * The SQL of MySQL and MariaDB, as far as both have it.
 *
 * @param ownClock Whether a clock of the app takes the place of the database's.
 */
export function createMysqlSql(ownClock: boolean): SqlDialect {
  return {
    name: 'mysql',
    builder: createBuilder({
      adapter: new MysqlAdapter(),
      compiler: new MysqlQueryCompiler(),
    }),
    // The protocol counts them in 16 bits.
    maximumValues: 65_535,
    locksRows: true,
    placesNulls: false,
    rangesAlike: true,
    returnsRows: false,
    resolvesConflicts: false,
    bind,
    decoder,
    // In UTC: what unix_timestamp() makes of a local time is an hour off twice a year. An optimizer takes it for a constant.
    clock: ownClock ? undefined : sql<number>`(timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) div 1000)`,
    number: (value) => sql`cast(${value} as signed)`,
    // The columns' own collation. Naming it here would keep their indexes from being used.
    byteOrder: (text) => sql`${text}`,
    contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
    mapped,
  }
}

const bind = (value: StoredValue): SqlValue => (typeof value === 'boolean' ? Number(value) : value)

/** Takes numbers and text, as well as what the `typeCast` of an app may have made of them. */
function decoder(kind: ColumnKind): ((raw: unknown) => unknown) | undefined {
  switch (kind) {
    case 'boolean':
      return (raw) => raw === true || Number(raw) === 1
    case 'json':
      return decodeJson
    case 'integer':
    case 'double':
      return (raw) => (typeof raw === 'number' ? raw : Number(raw))
    default:
      return undefined
  }
}

const mapped: MappedSql = {
  read: (type, column) => {
    if (type === 'integer') return sql`cast(${column} as char)`
    // In UTC, whatever the zone of the session.
    if (type === 'timestamp') return sql`floor(unix_timestamp(${column}) * 1000)`
    if (type === 'datetime') return sql`(timestampdiff(microsecond, '1970-01-01', ${column}) div 1000)`
    return column
  },
  write: (type, value) => {
    if (type === 'integer') return sql`cast(${value} as signed)`
    if (type === 'timestamp') return sql`from_unixtime(cast(${value} as signed) / 1000)`
    return sql`${type === 'datetime' ? instantText(value) : value}`
  },
  number: (column) => column,
  bytes: (text) => sql`cast(convert(${text} using utf8mb4) as binary)`,
  lastAssigned: sql`cast(last_insert_id() as char)`,
}
