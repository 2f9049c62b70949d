import { and, type Condition, gte, isReference, lte } from '@cardea/core'
import {
  type CheckedFind,
  type CheckedOrder,
  checkFind,
  type Field,
  type FindQuery,
  type Joined,
  resolveField,
  type Table,
} from '@cardea/storage'
import { type Expression, type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { AnyTables } from '../dialect/builder.js'
import type { SqlDialect } from '../dialect/dialect.js'
import { columnReference, comparable, readColumn } from './column.js'
import { inOrder, type Resolve, toPredicate, written } from './condition.js'
import type { QueryContext } from './context.js'
import { columnNames, createRowDecoder, type RowDecoder } from './decode.js'
import { type Binder, createBinder } from './slots.js'

/** A query without the type of what it includes. */
export type AnyFindQuery = Omit<FindQuery<Table>, 'include'> & { readonly include?: object; readonly often?: boolean }

/** A read, ready to run with any parameters. */
export interface CompiledRead {
  readonly sql: string
  readonly bind: Binder
  readonly decode: RowDecoder
}

type Select = SelectQueryBuilder<AnyTables, string, unknown>

/** The table that is read; the joined ones are `t1` to `t3`. No alias that a table declares can be in the way. */
const own = 't0'

/**
 * Compiles a read.
 *
 * @throws TypeError for whatever the query has wrong.
 */
export function compileFind(context: QueryContext, table: Table, query: AnyFindQuery): CompiledRead {
  const { dialect, names } = context
  const checked = checkFind(table, query)
  const resolve = resolverOf(table, checked.joined)
  let select: Select = dialect.builder.selectFrom(`${names.table(table.name)} as ${own}`)
  select = join(context, select, checked.joined)
  select = select.select(selection(dialect, table, checked.joined))
  const where = dialect.rangesAlike ? alikeAsRange(query.where, checked.orderBy) : query.where
  if (where !== undefined) select = select.where(predicate(context, where, resolve))
  const after = afterPredicate(context, checked)
  if (after !== undefined) select = select.where(after)
  for (const { field, descending } of checked.orderBy) {
    const expression = inOrder(dialect, field, fieldReference(checked.joined, field))
    const optional = checked.joined.some(({ alias, reference }) => alias === field.alias && reference.optional === true)
    // A table of the app's may hold nulls where there should be none, but for its key, whose index would be of no use.
    const { nullable, mapped } = field.column
    const maybeNull = nullable || (mapped !== undefined && mapped.collated !== 'order') || optional
    const nulls = dialect.placesNulls && maybeNull
    select = select.orderBy(expression, (order) => {
      if (descending) return nulls ? order.desc().nullsLast() : order.desc()
      return nulls ? order.asc().nullsFirst() : order.asc()
    })
  }
  // SQLite and MySQL know no offset without a limit. Both are whole numbers that stand in the statement itself: a bound
  // limit has a part in how SQLite plans, so it would plan anew at each run, which takes longer than the run.
  const limit = checked.limit ?? (checked.offset > 0 ? Number.MAX_SAFE_INTEGER : undefined)
  if (limit !== undefined) select = select.limit(sql.lit(limit))
  if (checked.offset > 0) select = select.offset(sql.lit(checked.offset))
  const compiled = select.compile()
  return {
    sql: compiled.sql,
    bind: createBinder(compiled.parameters, (value) => dialect.bind(value), context.clock),
    decode: createRowDecoder(dialect, table, checked.joined),
  }
}

/** A column of the table or of a joined one. */
function fieldReference(joined: readonly Joined[], { alias, table, name }: Field): RawBuilder<unknown> {
  const position = joined.findIndex((entry) => entry.alias === alias)
  return columnReference(table, name, alias === undefined ? own : `t${position + 1}`)
}

function resolverOf(table: Table, joined: readonly Joined[]): Resolve {
  return (name) => {
    const field = resolveField(table, name, joined)
    return { field, reference: fieldReference(joined, field) }
  }
}

/** The same condition, which says as a range what all rows have in common of the field that they are sorted by first. */
function alikeAsRange(condition: Condition | undefined, orderBy: CheckedFind['orderBy']): Condition | undefined {
  const [first, second] = orderBy
  if (condition === undefined || first === undefined || second === undefined) return condition
  const { alias, name, column } = first.field
  if (alias !== undefined || column.mapped !== undefined) return condition
  const ranged = (part: Condition): Condition => {
    if (part.op === 'and') return and(...part.conditions.map(ranged))
    if (part.op !== 'eq' || part.field !== name || part.value === null || isReference(part.value)) return part
    return and(gte(name, part.value), lte(name, part.value))
  }
  return ranged(condition)
}

const predicate = (context: QueryContext, condition: Condition, resolve: Resolve): Expression<SqlBool> =>
  toPredicate(context.dialect, condition, resolve)

function join(context: QueryContext, select: Select, joined: readonly Joined[]): Select {
  let result = select
  for (const [index, { reference }] of joined.entries()) {
    const alias = `t${index + 1}`
    const from = `${context.names.table(reference.table.name)} as ${alias}`
    const { on } = reference
    const condition =
      on === undefined
        ? onlyRow(reference.table, alias)
        : sql<SqlBool>`${sql.ref(`${alias}.${on.target}`)} = ${sql.ref(`${own}.${on.column}`)}`
    result =
      reference.optional === true
        ? result.leftJoin(from, (builder) => builder.on(condition))
        : result.innerJoin(from, (builder) => builder.on(condition))
  }
  return result
}

/**
 * Finds the row of a single-row table by its key, where the schema says which it is. Any row would do, but a planner that
 * has no statistics takes such a table for a large one: PostgreSQL then plans the whole read as one of many rows, of which
 * the limit wants the first, and scans the tables in front of it.
 */
function onlyRow({ primaryKey, initialRows }: Table, alias: string): RawBuilder<SqlBool> {
  const [row] = initialRows
  if (row === undefined) return sql`1 = 1`
  return sql`${sql.join(
    primaryKey.map((name) => sql`${sql.ref(`${alias}.${name}`)} = ${sql.lit(row[name])}`),
    sql` and `,
  )}`
}

/** All columns, under names of their own: two tables of one read may well have columns of one name. */
function selection(dialect: SqlDialect, table: Table, joined: readonly Joined[]) {
  const tables = [table, ...joined.map(({ reference }) => reference.table)]
  return tables
    .flatMap((each, index) =>
      columnNames(each).map((name) =>
        readColumn(dialect, each.columns[name], columnReference(each, name, `t${index}`)),
      ),
    )
    .map((reference, index) => reference.as(`c${index}`))
}

/**
 * The rows that come after the one whose values the page before ended with: greater in the first column, or equal there
 * and greater in the second, and so on. The first column is bounded once more by itself, which an index can use.
 */
function afterPredicate({ dialect }: QueryContext, { orderBy, joined }: CheckedFind): RawBuilder<SqlBool> | undefined {
  const [first] = orderBy
  if (first?.after === undefined) return undefined
  const reference = ({ field }: CheckedOrder): Expression<unknown> =>
    inOrder(dialect, field, fieldReference(joined, field))
  const value = ({ field, after = null }: CheckedOrder): RawBuilder<unknown> =>
    written(dialect, field, comparable(field.column, after))
  const steps = orderBy.map((order, index) => {
    const equals = orderBy.slice(0, index).map((other) => sql<SqlBool>`${reference(other)} = ${value(other)}`)
    const greater = sql<SqlBool>`${reference(order)} ${order.descending ? sql`<` : sql`>`} ${value(order)}`
    return sql<SqlBool>`(${sql.join([...equals, greater], sql` and `)})`
  })
  const bound = sql<SqlBool>`${reference(first)} ${first.descending ? sql`<=` : sql`>=`} ${value(first)}`
  return sql<SqlBool>`(${bound} and (${sql.join(steps, sql` or `)}))`
}
