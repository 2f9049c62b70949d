import type { Mirrors } from '@cardea/storage'
import { indexNames, uniqueIndexNames } from '../dialect/names.js'
import type { Presence } from './compare.js'
import type { LiveTable } from './live.js'
import type { DroppedIndex, SchemaDialect } from './schema-dialect.js'
import { columnSteps, indexSteps, lengthSteps, never, type Step } from './single-steps.js'
import type { Change, TableSpec } from './spec.js'

type Reshape = Extract<Change, { readonly kind: 'reshape' }>

/**
 * The statements that reshape a table. Keys are added before others go, since a foreign key is never to be without an index;
 * a text gets its limit before it becomes a key and loses it afterwards. A column mirrors another one once both have all that they
 * will have, and until one of them goes: nobody writes to the table in between.
 *
 * @param after The table as it will be.
 */
export function reshapeSteps(dialect: SchemaDialect, after: TableSpec, change: Reshape): readonly Step[] {
  const { name } = after
  const { columns, retyped, unique, indexes, mirrors = {}, dropped } = change
  const droppedMirrors = Object.keys(dropped.mirrors ?? {})
  const held = droppedMirrors.length === 0 ? undefined : dialect.hold
  const textsOf = (kind: 'text' | 'longText') => Object.keys(retyped).filter((column) => retyped[column]?.kind === kind)
  const keys = keysOf(name, dropped)
  const lastsWithout = ({ columns: over }: DroppedKey) => !over.some((column) => Object.hasOwn(dropped.columns, column))
  return [
    ...lengthSteps(dialect, after, textsOf('text')),
    ...columnSteps(dialect, name, columns),
    ...indexSteps(dialect, after, unique, true),
    ...indexSteps(dialect, after, indexes, false),
    ...keys.filter(lastsWithout).map(({ summary, name: index }) => ({
      summary,
      sql: dialect.dropIndex(name, index),
      find: (live: LiveTable | undefined) => gone(live?.indexes.has(index)),
    })),
    ...lengthSteps(dialect, after, textsOf('longText')),
    ...mirrorSteps(dialect, after, mirrors),
    ...(held === undefined ? [] : [{ summary: `hold table ${name}`, sql: held.begin(name), find: never }]),
    ...dropMirrorSteps(dialect, name, droppedMirrors),
    ...Object.entries(dropped.columns).flatMap(([column, spec]) => {
      const over = keys.filter((key) => key.columns.includes(column))
      const statements = dialect.dropColumn(name, column, spec, over)
      return statements.map((sql) => ({
        summary: `drop column ${name}.${column}`,
        sql,
        find: (live: LiveTable | undefined) => gone(live?.columns.has(column)),
      }))
    }),
    ...(held === undefined ? [] : [{ summary: `let go of table ${name}`, sql: held.end, find: never }]),
  ]
}

function mirrorSteps(dialect: SchemaDialect, table: TableSpec, mirrors: Mirrors): readonly Step[] {
  return Object.entries(mirrors).flatMap(([column, former]) =>
    dialect.createMirror(table, column, former).map(({ name, sql }) => ({
      summary: `let ${table.name}.${column} mirror ${former}`,
      sql,
      find: (live: LiveTable | undefined): Presence => (live?.triggers.has(name) === true ? 'same' : 'absent'),
    })),
  )
}

const dropMirrorSteps = (dialect: SchemaDialect, table: string, columns: readonly string[]): readonly Step[] =>
  columns.flatMap((column) =>
    dialect
      .dropMirror(table, column)
      .map((sql) => ({ summary: `let ${table}.${column} mirror nothing`, sql, find: never })),
  )

/** The statements that drop a table. */
export const dropSteps = (dialect: SchemaDialect, table: string): readonly Step[] =>
  dialect.dropTable(table).map((sql, index) => ({
    summary: `drop table ${table}`,
    sql,
    // Only the first needs the table.
    find: (live) => (index === 0 ? gone(live !== undefined) : 'absent'),
  }))

/** Whether dropping something was done: it is as it is wanted once it is gone. */
const gone = (present: boolean | undefined): 'same' | 'absent' => (present === true ? 'absent' : 'same')

interface DroppedKey extends DroppedIndex {
  readonly summary: string
}

/** Collections came after the names that indexes had formerly, so theirs are never called so. */
const keysOf = (table: string, { unique, indexes }: Reshape['dropped']): readonly DroppedKey[] => [
  ...Object.entries(unique).map(([key, columns]) => ({
    summary: `drop unique key ${table}.${key}`,
    name: uniqueIndexNames(table, key).name,
    columns,
  })),
  ...Object.entries(indexes).map(([key, columns]) => ({
    summary: `drop index ${table}.${key}`,
    name: indexNames(table, key).name,
    columns,
  })),
]
