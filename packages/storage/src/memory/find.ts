import { type Condition, compareScalars, compileCondition } from '@cardea/core'
import { bindParam } from '../codec/condition.js'
import { type AnyFindQuery, type CheckedFind, type CheckedOrder, checkFind, checkFindOne } from '../codec/find.js'
import type { StoredRow, StoredValue } from '../codec/stored.js'
import { checkWhere } from '../codec/where.js'
import type { Params } from '../contract/query.js'
import type { Table } from '../schema/table.js'
import { candidates } from './candidates.js'
import type { Engine } from './engine.js'
import { type JoinedRow, joinRow, present, readerOf, resolverOf } from './read.js'

type AnyQuery = Omit<AnyFindQuery, 'limit'>

interface Prepared {
  readonly table: Table
  readonly checked: CheckedFind
  readonly judge: ReturnType<typeof compileCondition> | undefined
}

// Apart, because one object may serve both verbs.
const preparedFinds = new WeakMap<AnyQuery, Prepared>()
const preparedFindOnes = new WeakMap<AnyQuery, Prepared>()

/** Reads rows as `find` promises. */
export function findRows(engine: Engine, table: Table, query: AnyFindQuery, params: Params | undefined): unknown[] {
  const plan = prepare(preparedFinds, table, query, () => checkFind(table, query))
  return run(engine, plan, query, params)
}

/** Reads a row as `findOne` promises. */
export function findOneRow(engine: Engine, table: Table, query: AnyQuery, params: Params | undefined): unknown {
  const plan = prepare(preparedFindOnes, table, query, () => checkFindOne(table, query))
  return run(engine, plan, query, params)[0]
}

function run(
  engine: Engine,
  { table, checked, judge }: Prepared,
  query: AnyQuery,
  params: Params | undefined,
): unknown[] {
  for (const use of checked.uses) bindParam(use, params)
  const resolve = resolverOf(engine, params)
  const existing = engine.catalog.existing(table)
  for (const { reference } of checked.joined) engine.catalog.existing(reference.table)

  const matching: JoinedRow[] = []
  for (const own of candidates(engine, existing, query.where, resolve)) {
    const row = joinRow(engine, own, checked.joined)
    if (row === undefined) continue
    const read = readerOf(own, row.others)
    if (judge !== undefined && judge(read, resolve) !== true) continue
    if (isAfter(checked.orderBy, row)) matching.push(row)
  }
  if (checked.orderBy.length > 0) matching.sort((left, right) => compareRows(checked.orderBy, left, right))

  const end = checked.limit === undefined ? undefined : checked.offset + checked.limit
  return matching.slice(checked.offset, end).map(({ own, others }) => {
    const found: Record<string, unknown> = present(table, own)
    for (const { alias, reference } of checked.joined) {
      const other = others.get(alias) ?? null
      found[alias] = other === null ? null : present(reference.table, other)
    }
    return found
  })
}

/** The rows that meet a condition over their own columns, collected so that they can be changed. */
export function matchingRows(engine: Engine, table: Table, where: Condition): StoredRow[] {
  checkWhere(table, where)
  const existing = engine.catalog.existing(table)
  const judge = compileCondition(where)
  const resolve = resolverOf(engine)
  return [...candidates(engine, existing, where, resolve)].filter((row) => judge(readerOf(row), resolve) === true)
}

function prepare(
  cache: WeakMap<AnyQuery, Prepared>,
  table: Table,
  query: AnyQuery,
  check: () => CheckedFind,
): Prepared {
  const known = cache.get(query)
  if (known?.table === table) return known
  const checked = check()
  const judge = query.where === undefined ? undefined : compileCondition(query.where)
  const entry = { table, checked, judge }
  cache.set(query, entry)
  return entry
}

function isAfter(orderBy: readonly CheckedOrder[], row: JoinedRow): boolean {
  for (const order of orderBy) {
    if (order.after === undefined) return true
    const sign = compareValues(order, orderedValue(order, row), order.after)
    if (sign !== 0) return sign > 0
  }
  return orderBy.length === 0
}

function compareRows(orderBy: readonly CheckedOrder[], left: JoinedRow, right: JoinedRow): number {
  for (const order of orderBy) {
    const sign = compareValues(order, orderedValue(order, left), orderedValue(order, right))
    if (sign !== 0) return sign
  }
  return 0
}

/** Null counts as smaller than every value, so it comes first when ascending and last when descending. */
function compareValues({ descending }: CheckedOrder, left: StoredValue, right: StoredValue): number {
  const nulls = Number(right === null) - Number(left === null)
  const order = left === null || right === null ? nulls : (compareScalars(left, right) ?? 0)
  return descending ? -order : order
}

function orderedValue({ field }: CheckedOrder, { own, others }: JoinedRow): StoredValue {
  const row = field.alias === undefined ? own : others.get(field.alias)
  return row?.[field.name] ?? null
}
