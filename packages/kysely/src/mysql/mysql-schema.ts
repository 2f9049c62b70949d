import { sql } from 'kysely'
import type { Builder } from '../dialect/builder.js'
import { afterDeleteName, foreignKeyName, mirrorName } from '../dialect/names.js'
import { columnDefinition, createDdl, type DdlParts, literal, tableReference } from '../migrate/ddl.js'
import type { LiveColumn } from '../migrate/live.js'
import { type MappableTypes, mappableOf } from '../migrate/mappable.js'
import { refuse } from '../migrate/plan.js'
import type { NamedStatement, SchemaDialect } from '../migrate/schema-dialect.js'
import type { ColumnSpec, TableSpec } from '../migrate/spec.js'
import { inspectMysql } from './inspect.js'
import type { MysqlServer } from './server.js'

/** The longest text that a column of limited length holds, in bytes; a row has room for some sixteen of these. */
const maximumVarchar = 1_000

/** What an index of InnoDB holds, counting a character as the longest that there is. */
const maximumKeyBytes = 3_072
const maximumCharacterBytes = 4

const text = /^(?:(?:var)?char\(\d+\)|(?:tiny|medium|long)?text) character set /

const mappable: MappableTypes = {
  text: { pattern: text, wanted: 'varchar(255)' },
  uuid: { pattern: /^(?:uuid|(?:var)?char\(36\) .+)$/, wanted: 'char(36)' },
  integer: { pattern: /^(?:tiny|small|medium|big)?int(?:\(\d+\))?(?: unsigned)?$/, wanted: 'bigint' },
  milliseconds: { pattern: /^bigint(?:\(\d+\))?(?: unsigned)?$/, wanted: 'bigint' },
  timestamp: { pattern: /^timestamp(?:\(\d\))?$/, wanted: 'timestamp' },
  datetime: { pattern: /^datetime(?:\(\d\))?$/, wanted: 'datetime' },
  double: { pattern: /^(?:double|float|decimal)(?:\(.+\))?(?: unsigned)?$/, wanted: 'double' },
  boolean: { pattern: /^tinyint(?:\(1\))?$/, wanted: 'boolean' },
  json: { pattern: /^(?:json|(?:medium|long)?text .+)$/, wanted: 'json' },
}

/** Tables in MySQL and MariaDB. */
export function createMysqlSchema(builder: Builder, server: MysqlServer): SchemaDialect {
  const { collation } = server
  const type = (column: ColumnSpec): string => typeOf(column, collation)
  const parts: DdlParts = {
    builder,
    type,
    literal: (value) => (typeof value === 'boolean' ? Number(value) : value),
    tableOptions: ` engine=InnoDB default character set utf8mb4 collate ${collation} row_format=dynamic`,
    foreignKeysApart: true,
    // MySQL takes nothing but an expression as default of a long text.
    defaultOf: (column, value) => (type(column).startsWith('longtext') ? sql`(${value})` : value),
    doNothing: ({ primaryKey }) => {
      const [first = ''] = primaryKey
      return sql`on duplicate key update ${sql.id(first)} = ${sql.id(first)}`
    },
  }
  // Several changes of one table in one statement, so that it is written once and all or nothing of it is done.
  const modify = (table: TableSpec, columns: readonly string[]): readonly string[] => {
    const changes = columns.flatMap((name) => {
      const column = table.columns[name]
      return column === undefined ? [] : [sql`modify column ${columnDefinition(parts, table.name, name, column)}`]
    })
    return [sql`alter table ${tableReference(parts, table.name)} ${sql.join(changes)}`.compile(builder).sql]
  }
  const ddl = createDdl(parts)
  return {
    ...ddl,
    createTable: (table) => {
      requireIndexable(table, 'primary key', table.primaryKey)
      return ddl.createTable(table)
    },
    createIndex: (table, index) => {
      requireIndexable(table, `index ${index.name}`, index.columns)
      return ddl.createIndex(table, index)
    },
    dropIndex: (table, index) =>
      sql`drop index ${sql.id(index)} on ${tableReference(parts, table)}`.compile(builder).sql,
    // In one statement, since an index cannot go before the foreign key that needs it. It goes with its column, unless it is over
    // others as well.
    dropColumn: (table, name, { foreignKey }, indexes) => {
      const key = foreignKey === undefined ? [] : [sql`drop foreign key ${sql.id(foreignKeyName(table, name))}`]
      const wider = indexes.filter(({ columns }) => columns.length > 1)
      const changes = sql.join([
        ...key,
        ...wider.map((index) => sql`drop index ${sql.id(index.name)}`),
        sql`drop column ${sql.id(name)}`,
      ])
      return [sql`alter table ${tableReference(parts, table)} ${changes}`.compile(builder).sql]
    },
    referrers: async (session, table) => {
      const rows = await session.read({ sql: referrersQuery }, [table, table])
      return rows.map(([name]) => String(name))
    },
    dropNotNull: async (_session, table, columns) => modify(table, columns),
    lengthen: modify,
    createAfterDelete: (table, replaces) => createAfterDelete(parts, table, replaces),
    createMirror: (table, column, former) => createMirror(parts, table.name, column, former),
    dropMirror: (table, column) =>
      (['update', 'insert'] as const).map(
        (by) => sql`drop trigger if exists ${sql.id(mirrorName(table, column, by))}`.compile(builder).sql,
      ),
    hold: {
      begin: (table) => sql`lock tables ${tableReference(parts, table)} write`.compile(builder).sql,
      end: 'unlock tables',
    },
    liveColumn: (column): LiveColumn => ({
      type: type(column),
      nullable: column.nullable,
      default: column.default === undefined ? undefined : String(parts.literal(column.default)),
    }),
    mappable: (column) => mappableOf(mappable, column),
    inspect: (session, tables) => inspectMysql(session, server, tables),
  }
}

const referrersQuery = `
select distinct table_name as c0 from information_schema.key_column_usage
where referenced_table_schema = database() and referenced_table_name = ? and table_name <> ?`

/** As the catalogue shows it too. */
function typeOf({ kind, maxBytes = maximumVarchar + 1 }: ColumnSpec, collation: string): string {
  const text = `character set utf8mb4 collate ${collation}`
  switch (kind) {
    case 'text':
      // In characters, of which there are never more than bytes.
      return maxBytes <= maximumVarchar ? `varchar(${maxBytes}) ${text}` : `longtext ${text}`
    case 'longText':
      return `longtext ${text}`
    case 'json':
      // Kept as it was written: the type of that name would change texts, or is checked.
      return `longtext ${text}`
    case 'integer':
      return 'bigint'
    case 'double':
      return 'double'
    case 'boolean':
      return 'tinyint(1)'
  }
}

/** @throws CardeaError `configuration_invalid` for a key that InnoDB has no room for, before anything is changed. */
function requireIndexable(table: TableSpec, what: string, columns: readonly string[]): void {
  const sizes = columns.map((name) => {
    const { kind, maxBytes = Number.POSITIVE_INFINITY } = table.columns[name] ?? { kind: 'integer' }
    if (kind === 'text') return maxBytes * maximumCharacterBytes
    return kind === 'longText' || kind === 'json' ? Number.POSITIVE_INFINITY : 8
  })
  if (sizes.reduce((sum, size) => sum + size, 0) <= maximumKeyBytes) return
  throw refuse(
    `the ${what} of ${table.name} is too long for MySQL: texts of ${maximumKeyBytes / maximumCharacterBytes} bytes altogether fit`,
  )
}

function createAfterDelete(parts: DdlParts, table: TableSpec, replaces: boolean): readonly string[] {
  const { afterDelete } = table
  if (afterDelete === undefined) return []
  const trigger = sql.id(afterDeleteName(table.name))
  const set = [
    ...Object.entries(afterDelete.set).map(([column, value]) => sql`${sql.id(column)} = ${literal(parts, value)}`),
    ...Object.entries(afterDelete.increment).map(
      ([column, amount]) => sql`${sql.id(column)} = ${sql.id(column)} + ${sql.lit(amount)}`,
    ),
  ]
  const where = sql`${sql.id(afterDelete.where.column)} = old.${sql.id(afterDelete.where.deleted)}`
  return [
    ...(replaces ? [sql`drop trigger if exists ${trigger}`] : []),
    sql`create trigger ${trigger} after delete on ${tableReference(parts, table.name)} for each row update ${tableReference(parts, afterDelete.table)} set ${sql.join(set)} where ${where}`,
  ].map((statement) => statement.compile(parts.builder).sql)
}

function createMirror(parts: DdlParts, table: string, column: string, former: string): readonly NamedStatement[] {
  const [own, other] = [sql.id(column), sql.id(former)]
  const isWritten = { insert: sql`new.${own} is not null`, update: sql`not (new.${own} <=> old.${own})` }
  return (['update', 'insert'] as const).map((by) => {
    const name = mirrorName(table, column, by)
    const sync = sql`if ${isWritten[by]} then set new.${other} = new.${own}; else set new.${own} = new.${other}; end if`
    const statement = sql`create trigger ${sql.id(name)} before ${sql.raw(by)} on ${tableReference(parts, table)} for each row ${sync}`
    return { name, sql: statement.compile(parts.builder).sql }
  })
}
