import type { Condition } from '@cardea/core'
import {
  type CheckedConflict,
  type CheckedPatch,
  checkWhere,
  isClockValue,
  resolveField,
  type StoredRow,
  type Table,
} from '@cardea/storage'
import { type CompiledQuery, type RawBuilder, type SqlBool, sql } from 'kysely'
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
): CompiledWrite {
  const { dialect } = context
  const physical = context.names.table(table.name)
  let insert = dialect.builder.insertInto(physical).values(rows)
  if (conflict !== undefined) {
    const { columns, do: action, where } = conflict
    insert = insert.onConflict((builder) => {
      const target = builder.columns(columns)
      if (action === 'nothing') return target.doNothing()
      // The row that is there and the one that is refused have columns of the same names.
      const resolve = resolverOf(table, physical)
      const update = target.doUpdateSet(assignments(context, action, (name) => sql.ref(`${physical}.${name}`)))
      return where === undefined ? update : update.where(toPredicate(dialect, where, resolve))
    })
  }
  return finish(context, insert.compile())
}

/** Compiles an update with a patch that was checked. */
export function compileUpdate(
  context: QueryContext,
  table: Table,
  where: Condition,
  patch: CheckedPatch,
): CompiledWrite {
  const { dialect, names } = context
  const update = dialect.builder
    .updateTable(names.table(table.name))
    .set(assignments(context, patch, (name) => sql.ref(name)))
    .where(wherePredicate(context, table, where))
  return finish(context, update.compile())
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
  const key = sql.join(table.primaryKey.map((name) => sql.ref(name)))
  const picked = dialect.builder
    .selectFrom(physical)
    .select(table.primaryKey.map((name) => sql.ref(name).as(name)))
    .where(wherePredicate(context, table, where))
    .limit(sql.lit(1))
    .$if(dialect.locksRows, (builder) => builder.forUpdate())
  const deletion = dialect.builder
    .deleteFrom(physical)
    .where(sql<SqlBool>`(${key}) = ${picked}`)
    .returning(columnNames(table).map((name, index) => sql.ref(name).as(`c${index}`)))
  return finish(context, deletion.compile())
}

/** Compiles the picking of one row, which keeps it from everybody else until the transaction ends. */
export function compilePick(context: QueryContext, table: Table, where: Condition): CompiledWrite {
  const { dialect, names } = context
  const pick = dialect.builder
    .selectFrom(names.table(table.name))
    .select(columnNames(table).map((name, index) => sql.ref(name).as(`c${index}`)))
    .where(wherePredicate(context, table, where))
    .limit(sql.lit(1))
    .$if(dialect.locksRows, (builder) => builder.forUpdate())
  return finish(context, pick.compile())
}

/** Compiles the deletion of the row that has the key of a given one. */
export function compileDeleteByKey(context: QueryContext, table: Table, row: StoredRow): CompiledWrite {
  const { dialect, names } = context
  const deletion = dialect.builder.deleteFrom(names.table(table.name)).where(keyPredicate(table.primaryKey, row))
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
    .set(assignments(context, patch, (name) => sql.ref(name)))
    .where(keyPredicate(columns, row))
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
    .where(keyPredicate(columns, row))
  return finish(context, select.compile())
}

export function compileCount(context: QueryContext, table: Table, where: Condition | undefined): CompiledWrite {
  const { dialect, names } = context
  let select = dialect.builder.selectFrom(names.table(table.name)).select(sql`count(*)`.as('c0'))
  if (where !== undefined) select = select.where(wherePredicate(context, table, where))
  return finish(context, select.compile())
}

function keyPredicate(columns: readonly string[], row: StoredRow): RawBuilder<SqlBool> {
  return sql`(${sql.join(
    columns.map((name) => sql`${sql.ref(name)} = ${row[name]}`),
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
    return { field, reference: sql.ref(qualifier === undefined ? name : `${qualifier}.${name}`) }
  }
}

function assignments(
  context: QueryContext,
  { set, increment }: CheckedPatch,
  reference: (column: string) => RawBuilder<unknown>,
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const { column, value } of set)
    result[column] = isClockValue(value) ? clockValue(context.dialect, value.offset) : value
  for (const { column, amount } of increment) {
    result[column] = sql`${reference(column)} + ${context.dialect.number(amount)}`
  }
  return result
}

const finish = ({ dialect, clock }: QueryContext, { sql: text, parameters }: CompiledQuery): CompiledWrite => ({
  sql: text,
  bind: createBinder(parameters, (value) => dialect.bind(value), clock),
})
