import { CardeaError } from '@cardea/core'
import type { StoredRow, StoredValue } from '../codec/stored.js'
import type { MigrateOptions, MigrationStep, SchemaProblem } from '../contract/migration.js'
import type { Column } from '../schema/column.js'
import type { Table } from '../schema/table.js'

/** What a migration would make of the tables that are there. */
export interface MigrationPlan {
  readonly steps: readonly MigrationStep[]
  /** The tables as they will be. */
  readonly tables: ReadonlyMap<string, Table>
  readonly created: readonly Table[]
  readonly dropped: readonly Table[]
}

/** The tables that exist, each as wide as any migration made it. */
export class Catalog {
  #tables: ReadonlyMap<string, Table> = new Map()
  #migrations = 0
  readonly #numbers = new Map<string, number>()

  /** The next of the numbers that a mapped table's database counts, which never come twice. */
  nextNumber({ name }: Table): string {
    const next = (this.#numbers.get(name) ?? 0) + 1
    this.#numbers.set(name, next)
    return String(next)
  }

  all(): Iterable<Table> {
    return this.#tables.values()
  }

  byName(name: string): Table {
    const table = this.#tables.get(name)
    if (table === undefined) throw outdated(name)
    return table
  }

  /**
   * The table as it exists, which may be wider than what the caller knows of it.
   *
   * @throws CardeaError `schema_outdated` when it, or a column that the caller knows, is not there yet.
   */
  existing(table: Table): Table {
    const existing = this.byName(table.name)
    if (existing === table) return existing
    for (const name of Object.keys(table.columns)) {
      if (!Object.hasOwn(existing.columns, name)) throw outdated(table.name)
    }
    return existing
  }

  plan(wanted: readonly Table[], { exact = false, drop = [] }: MigrateOptions = {}): MigrationPlan {
    const tables = new Map(this.#tables)
    const steps: MigrationStep[] = []
    const created: Table[] = []
    const number = this.#migrations + 1
    for (const table of wanted) {
      const existing = tables.get(table.name)
      const summaries =
        existing === undefined
          ? [`create table ${table.name}`]
          : [...differences(existing, table, exact), ...(exact ? leavings(existing, table) : [])]
      if (table.mirrors !== undefined && (existing === undefined || !exact)) throw refuse(`${table.name} ${onlyExact}`)
      for (const summary of summaries) steps.push({ number, table: table.name, summary, sql: '' })
      if (existing === undefined) created.push(table)
      tables.set(table.name, existing === undefined || exact ? table : widen(existing, table))
      requireTargets(table, tables)
    }
    const dropped = drop.flatMap(({ name }) => tables.get(name) ?? [])
    for (const { name } of dropped) {
      tables.delete(name)
      requireUnreferenced(name, tables.values())
      steps.push({ number, table: name, summary: `drop table ${name}`, sql: '' })
    }
    return { steps, tables, created, dropped }
  }

  adopt(plan: MigrationPlan): void {
    if (plan.steps.length > 0) this.#migrations += 1
    this.#tables = plan.tables
  }

  problems(wanted: readonly Table[]): readonly SchemaProblem[] {
    return wanted.flatMap((table): SchemaProblem[] => {
      const existing = this.#tables.get(table.name)
      if (existing === undefined) {
        return [problemOf(table, 'missing_table', `table ${table.name}`)]
      }
      return [
        ...missingIn(existing.columns, table.columns).map((name) =>
          problemOf(table, 'missing_column', `column ${table.name}.${name}`),
        ),
        ...missingIn(existing.unique, table.unique).map((name) =>
          problemOf(table, 'missing_unique_key', `unique key ${table.name}.${name}`),
        ),
        ...missingIn(existing.indexes, table.indexes).map((name) =>
          problemOf(table, 'missing_index', `index ${table.name}.${name}`),
        ),
      ]
    })
  }
}

function missingIn(existing: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(wanted).filter((name) => !Object.hasOwn(existing, name))
}

const problemOf = ({ name }: Table, problem: SchemaProblem['problem'], what: string): SchemaProblem => ({
  table: name,
  problem,
  severity: problem === 'missing_index' ? 'warning' : 'error',
  message: `${what} is missing`,
  advice: 'migrate',
})

/** A row with the columns of a table: those that it lacks as a migration that adds them fills them in, and no others. */
export function filled(table: Table, row: StoredRow): StoredRow {
  const complete: Record<string, StoredValue> = {}
  for (const [name, column] of Object.entries(table.columns)) complete[name] = row[name] ?? column.default ?? null
  return complete
}

const outdated = (name: string): CardeaError =>
  new CardeaError('schema_outdated', `table ${name} is missing or lacks columns: migrate the storage.`)

const refuse = (message: string): CardeaError => new CardeaError('configuration_invalid', `migrate: ${message}`)

function differences(existing: Table, wanted: Table, exact: boolean): string[] {
  const { name } = wanted
  if (wanted.primaryKey.join() !== existing.primaryKey.join()) throw refuse(`table ${name} has another primary key`)
  const summaries: string[] = []
  for (const [column, definition] of Object.entries(wanted.columns)) {
    const present = existing.columns[column]
    if (present === undefined) {
      if (!definition.nullable && definition.default === undefined) {
        throw refuse(`column ${name}.${column} must be nullable or have a default, since the table has rows already`)
      }
      summaries.push(`add column ${name}.${column}`)
    } else if (present.kind !== definition.kind && !(exact && isText(present) && isText(definition))) {
      throw refuse(`column ${name}.${column} is of another kind`)
    } else if (isWider(definition, present)) {
      summaries.push(`widen column ${name}.${column}`)
    }
  }
  for (const kind of ['unique', 'indexes'] as const) {
    for (const [key, columns] of Object.entries(wanted[kind])) {
      const present = existing[kind][key]
      if (present === undefined) summaries.push(`add ${kind === 'unique' ? 'unique key' : 'index'} ${name}.${key}`)
      else if (present.join() !== columns.join()) throw refuse(`key ${name}.${key} is over other columns`)
    }
  }
  for (const [column, former] of Object.entries(wanted.mirrors ?? {})) {
    if (existing.mirrors?.[column] !== former) summaries.push(`let ${name}.${column} mirror ${former}`)
  }
  return summaries
}

const onlyExact = 'can have columns that mirror others only in an exact migration of a table that is there'

const isText = ({ kind }: Column): boolean => kind === 'text' || kind === 'longText'

/** What an exact migration takes away. */
function leavings(existing: Table, wanted: Table): string[] {
  const { name } = wanted
  return [
    ...missingIn(wanted.mirrors ?? {}, existing.mirrors ?? {}).map((column) => `let ${name}.${column} mirror nothing`),
    ...missingIn(wanted.unique, existing.unique).map((key) => `drop unique key ${name}.${key}`),
    ...missingIn(wanted.indexes, existing.indexes).map((key) => `drop index ${name}.${key}`),
    ...missingIn(wanted.columns, existing.columns).map((column) => `drop column ${name}.${column}`),
  ]
}

function requireUnreferenced(name: string, tables: Iterable<Table>): void {
  for (const { name: other, columns } of tables) {
    const refers = Object.values(columns).some(({ foreignKey }) => foreignKey?.table === name)
    if (refers) throw refuse(`table ${name} cannot be dropped, since ${other} refers to it`)
  }
}

const isWider = (wanted: Column, present: Column): boolean =>
  (wanted.nullable && !present.nullable) || (wanted.maxBytes ?? 0) > (present.maxBytes ?? 0)

/** What an older or newer version of the code added stays. */
function widen(existing: Table, wanted: Table): Table {
  if (existing === wanted) return existing
  const columns: Record<string, Column> = { ...existing.columns }
  for (const [name, column] of Object.entries(wanted.columns)) {
    const present = columns[name]
    if (present === undefined || isWider(column, present)) columns[name] = column
  }
  return {
    ...existing,
    ...wanted,
    columns,
    unique: { ...existing.unique, ...wanted.unique },
    indexes: { ...existing.indexes, ...wanted.indexes },
  }
}

function requireTargets(table: Table, tables: ReadonlyMap<string, Table>): void {
  for (const [name, { foreignKey }] of Object.entries(table.columns)) {
    if (foreignKey !== undefined && !tables.has(foreignKey.table)) {
      throw refuse(`table ${foreignKey.table} must come before ${table.name}.${name}, which refers to it`)
    }
  }
  if (table.afterDelete !== undefined && !tables.has(table.afterDelete.table)) {
    throw refuse(`table ${table.afterDelete.table} must come before ${table.name}, which changes it`)
  }
}
