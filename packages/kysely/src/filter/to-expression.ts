import { CardeaError, type Condition } from '@cardea/core'
import type { Expression, RawBuilder, SqlBool } from 'kysely'
import { always, never, toLogic } from '../query/logic.js'
import { fieldPredicate } from './field-predicate.js'
import type { FilterColumns } from './filter-columns.js'
import { filterSql } from './filter-sql.js'

/** Twice what a grant may have; databases run out of stack only far beyond. */
const maximumDepth = 64

/**
 * The condition that `subject.filter` gave, for `.where(…)` of a query of the app: it selects exactly the rows for which
 * `subject.can` says yes.
 *
 * Text compares byte by byte whatever the column's collation is, values of two types are never equal, and what is unknown
 * because of a null selects nothing. `true` selects all rows, `false` none.
 *
 * @example db.selectFrom('posts').selectAll().where(toExpression(me.filter('content:read'), posts))
 * @param columns What {@link filterColumns} made for the table.
 * @throws CardeaError `configuration_invalid` for a field that is not among the columns, wherever in the condition it is, a
 * reference that is still open, an operator that does not exist, more than 64 levels; `invalid_request` for text with half
 * a character where it has no place.
 */
export function toExpression(condition: boolean | Condition, columns: FilterColumns): Expression<SqlBool> {
  if (typeof condition === 'boolean') return condition ? always : never
  checkShape(condition, 1)
  const database = filterSql[columns.dialect]
  return toLogic(condition, (part): RawBuilder<SqlBool> => {
    const column = columns.columns.get(part.field)
    if (column === undefined) throw invalid(`the field ${JSON.stringify(part.field)} is not among the columns`)
    return fieldPredicate(database, column, part)
  })
}

const fieldOperators: ReadonlySet<unknown> = new Set(['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'isNull', 'contains'])

/** Conditions may come from JSON or untyped code, where types promise nothing. */
function checkShape(condition: Condition, depth: number): void {
  if (typeof condition !== 'object' || condition === null) throw invalid('a condition is missing')
  if (depth > maximumDepth) throw invalid(`the condition is nested deeper than ${maximumDepth} levels`)
  const { op } = condition
  if (op === 'not') checkShape(condition.condition, depth + 1)
  else if (op === 'and' || op === 'or') {
    requireList(condition.conditions)
    for (const part of condition.conditions) checkShape(part, depth + 1)
  } else if (!fieldOperators.has(op)) throw invalid('a condition has an operator that does not exist')
  else if (op === 'in') requireList(condition.values)
}

function requireList(value: unknown): void {
  if (!Array.isArray(value)) throw invalid('a condition lacks its list')
}

const invalid = (reason: string): CardeaError => new CardeaError('configuration_invalid', `toExpression: ${reason}`)
