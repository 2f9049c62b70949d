import { and, type Condition, eq } from '@cardea/core'
import {
  type CheckedConflict,
  type CheckedPatch,
  checkWhere,
  isClockValue,
  physicalName,
  resolveField,
  type StoredRow,
  type Table,
} from '@cardea/storage'
import { type CompiledQuery, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { SqlDialect } from '../dialect/dialect.js'
import { columnReference, physicalNames, readColumn, writtenRow, writtenValue } from './column.js'
import { clockValue, type Resolve, toPredicate } from './condition.js'
import type { QueryContext } from './context.js'
import { columnNames } from './decode.js'
import { type Binder, createBinder } from './slots.js'

/** A write, ready to run. */
export interface CompiledWrite {
  readonly sql: string
  readonly bind: Binder
}

/** Compiles an insert of rows that were checked. */
export function compileInsert(
  context: QueryContext,
  table: Table,
  rows: readonly StoredRow[],
  conflict: (CheckedConflict & { readonly where: Condition | undefined }) | undefined,
  assigned?: string,
): CompiledWrite {
  const { dialect } = context
  const physical = context.names.table(table.name)
  let insert = dialect.builder.insertInto(physical).values(rows.map((row) => writtenRow(dialect, table, row)))
  if (conflict !== undefined) {
    const { columns, do: action, where } = conflict
    insert = insert.onConflict((builder) => {
      const target = builder.columns(physicalNames(table, columns))
      if (action === 'nothing') return target.doNothing()
      // The row that is there and the one that is refused have columns of the same names.
      const resolve = resolverOf(table, physical)
      const update = target.doUpdateSet(assignments(context, table, action, physical))
      return where === undefined ? update : update.where(toPredicate(dialect, where, resolve))
    })
  }
  if (assigned === undefined || dialect.mapped.lastAssigned !== undefined) return finish(context, insert.compile())
  const returned = readColumn(dialect, table.columns[assigned], columnReference(table, assigned))
  return finish(context, insert.returning(returned.as('c0')).compile())
}

/** Compiles the question for the value that the database gave to the row that was inserted last, where no insert returns it. */
export function compileLastAssigned(context: QueryContext): CompiledWrite | undefined {
  const { builder, mapped } = context.dialect
  if (mapped.lastAssigned === undefined) return undefined
  return finish(context, sql`select ${mapped.lastAssigned} as c0`.compile(builder))
}

/** Compiles an update with a patch that was checked. */
export function compileUpdate(
  context: QueryContext,
  table: Table,
  where: Condition,
  patch: CheckedPatch,
): CompiledWrite {
  const { dialect, names } = context
  const lock = keyAlone(table, patch)
  const update = dialect.builder
    .updateTable(names.table(table.name))
    .set(lock === undefined ? assignments(context, table, patch) : lock.set)
    .where(wherePredicate(context, table, lock === undefined ? where : and(where, lock.where)))
  return finish(context, update.compile())
}

/**
 * An update of nothing but the key of a table of the app's keeps the row of that key from all others: another column takes its
 * own value. PostgreSQL lets nobody set a key that is `generated always`, not even to itself.
 */
function keyAlone(
  table: Table,
  { set, increment }: CheckedPatch,
): { readonly set: Record<string, unknown>; readonly where: Condition } | undefined {
  const [key] = table.primaryKey
  const [only] = set
  const other = Object.keys(table.columns).find((name) => !table.primaryKey.includes(name))
  if (table.mapped !== true || only === undefined || other === undefined || set.length + increment.length > 1) return
  if (only.column !== key || isClockValue(only.value)) return
  return { set: { [physicalName(table, other)]: columnReference(table, other) }, where: eq(key, only.value) }
}

export function compileDelete(context: QueryContext, table: Table, where: Condition): CompiledWrite {
  const { dialect, names } = context
  const deletion = dialect.builder.deleteFrom(names.table(table.name)).where(wherePredicate(context, table, where))
  return finish(context, deletion.compile())
}

/**
 * Compiles the taking out of one row.
 *
 * The row is picked by its key before it is deleted, since the condition may hold for several. Where several writers
 * work at once the picking locks the row: whoever comes second waits, finds it gone and picks another, or none. The
 * picking is a scalar subquery, which a database runs once; behind IN it might run again and pick more.
 */
export function compileConsume(context: QueryContext, table: Table, where: Condition): CompiledWrite {
  const { dialect, names } = context
  const physical = names.table(table.name)
  const key = sql.join(table.primaryKey.map((name) => columnReference(table, name)))
  const picked = dialect.builder
    .selectFrom(physical)
    .select(table.primaryKey.map((name) => columnReference(table, name).as(name)))
    .where(wherePredicate(context, table, where))
    .limit(sql.lit(1))
    .$if(dialect.locksRows, (builder) => builder.forUpdate())
  const deletion = dialect.builder
    .deleteFrom(physical)
    .where(sql<SqlBool>`(${key}) = ${picked}`)
    .returning(readColumns(dialect, table))
  return finish(context, deletion.compile())
}

/** Compiles the picking of one row, which keeps it from everybody else until the transaction ends. */
export function compilePick(context: QueryContext, table: Table, where: Condition): CompiledWrite {
  const { dialect, names } = context
  const pick = dialect.builder
    .selectFrom(names.table(table.name))
    .select(readColumns(dialect, table))
    .where(wherePredicate(context, table, where))
    .limit(sql.lit(1))
    .$if(dialect.locksRows, (builder) => builder.forUpdate())
  return finish(context, pick.compile())
}

/** Compiles the deletion of the row that has the key of a given one. */
export function compileDeleteByKey(context: QueryContext, table: Table, row: StoredRow): CompiledWrite {
  const { dialect, names } = context
  const deletion = dialect.builder
    .deleteFrom(names.table(table.name))
    .where(keyPredicate(dialect, table, table.primaryKey, row))
  return finish(context, deletion.compile())
}

/** Compiles the change of the row that has the key of a given one, if it meets a condition. */
export function compileUpdateByKey(
  context: QueryContext,
  table: Table,
  row: StoredRow,
  {
    columns,
    patch,
    where,
  }: { readonly columns: readonly string[]; readonly patch: CheckedPatch; readonly where: Condition | undefined },
): CompiledWrite {
  const { dialect, names } = context
  let update = dialect.builder
    .updateTable(names.table(table.name))
    .set(assignments(context, table, patch))
    .where(keyPredicate(dialect, table, columns, row))
  if (where !== undefined) update = update.where(wherePredicate(context, table, where))
  return finish(context, update.compile())
}

/** Compiles the search for the row that has the key of a given one: whether it meets the condition, 1 or 0. */
export function compileFindByKey(
  context: QueryContext,
  table: Table,
  row: StoredRow,
  { columns, where }: { readonly columns: readonly string[]; readonly where: Condition | undefined },
): CompiledWrite {
  const { dialect, names } = context
  const met = where === undefined ? sql`1` : sql`case when ${wherePredicate(context, table, where)} then 1 else 0 end`
  const select = dialect.builder
    .selectFrom(names.table(table.name))
    .select(met.as('c0'))
    .where(keyPredicate(dialect, table, columns, row))
  return finish(context, select.compile())
}

export function compileCount(context: QueryContext, table: Table, where: Condition | undefined): CompiledWrite {
  const { dialect, names } = context
  let select = dialect.builder.selectFrom(names.table(table.name)).select(sql`count(*)`.as('c0'))
  if (where !== undefined) select = select.where(wherePredicate(context, table, where))
  return finish(context, select.compile())
}

const readColumns = (dialect: SqlDialect, table: Table) =>
  columnNames(table).map((name, index) =>
    readColumn(dialect, table.columns[name], columnReference(table, name)).as(`c${index}`),
  )

function keyPredicate(
  dialect: SqlDialect,
  table: Table,
  columns: readonly string[],
  row: StoredRow,
): RawBuilder<SqlBool> {
  return sql`(${sql.join(
    columns.map((name) => {
      const value = writtenValue(dialect, table.columns[name], row[name] ?? null)
      return sql`${columnReference(table, name)} = ${value}`
    }),
    sql` and `,
  )})`
}

function wherePredicate(context: QueryContext, table: Table, where: Condition): RawBuilder<SqlBool> {
  checkWhere(table, where)
  return toPredicate(context.dialect, where, resolverOf(table))
}

function resolverOf(table: Table, qualifier?: string): Resolve {
  return (name) => {
    const field = resolveField(table, name)
    return { field, reference: columnReference(table, name, qualifier) }
  }
}

function assignments(
  { dialect }: QueryContext,
  table: Table,
  { set, increment }: CheckedPatch,
  qualifier?: string,
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const { column, value } of set) {
    result[physicalName(table, column)] = isClockValue(value)
      ? clockValue(dialect, value.offset)
      : writtenValue(dialect, table.columns[column], value)
  }
  for (const { column, amount } of increment) {
    result[physicalName(table, column)] = sql`${columnReference(table, column, qualifier)} + ${dialect.number(amount)}`
  }
  return result
}

const finish = ({ dialect, clock }: QueryContext, { sql: text, parameters }: CompiledQuery): CompiledWrite => ({
  sql: text,
  bind: createBinder(parameters, (value) => dialect.bind(value), clock),
})
