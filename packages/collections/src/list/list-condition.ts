import {
  and,
  type Condition,
  contains,
  type ErrorIssue,
  eq,
  gt,
  gte,
  isNull,
  lt,
  lte,
  ne,
  not,
  oneOf,
  or,
} from '@cardea/core'
import { isIdOf } from '../value/value-schema.js'
import { readFilterValue, readFilterValues } from './filter-value.js'
import type { ListField } from './list-field.js'
import { type FilterOperator, filterOperators, type RecordFilter } from './list-query.js'

const mostFilters = 20
const longestSearch = 200

const comparisons = { lt, lte, gt, gte } as const

/** What is wrong is added to `issues`, and stands for nothing in the condition. */
export function filterCondition(
  fields: ReadonlyMap<string, ListField>,
  filters: readonly RecordFilter[],
  issues: ErrorIssue[],
): readonly Condition[] {
  if (filters.length > mostFilters) {
    issues.push({ path: 'filter', code: 'too_long', message: `must be at most ${mostFilters} comparisons` })
    return []
  }
  return filters.flatMap((filter) => {
    const path = filter.path ?? `filter.${filter.field}.${filter.operator}`
    const field = fields.get(filter.field)
    if (field === undefined) {
      issues.push({ path, code: 'unknown_field', message: 'names a field that is not known' })
      return []
    }
    const { operator } = filter
    if (!isOperator(operator) || !isOperatorOf(field, operator)) {
      issues.push({ path, ...operatorIssue(field, operator) })
      return []
    }
    const compared = compare(field, operator, filter.value)
    if ('issue' in compared) {
      issues.push({ path, ...compared.issue })
      return []
    }
    return [compared.condition]
  })
}

/**
 * That one of the texts of a record holds what is searched for: as it is written, in lower case, or with a capital at its
 * beginning. Storage tells upper and lower case apart.
 */
export function searchCondition(fields: readonly string[], search: string, issues: ErrorIssue[]): readonly Condition[] {
  const read = readFilterValue({ kind: 'text' }, search)
  if ('issue' in read || search.length > longestSearch) {
    const message = `must be a well-formed text of at most ${longestSearch} characters`
    issues.push({ path: 'search', code: 'invalid_format', message })
    return []
  }
  if (search === '') return []
  const lower = search.toLowerCase()
  const spellings = new Set([search, lower, lower.charAt(0).toUpperCase() + lower.slice(1)])
  return [or(...fields.flatMap((field) => [...spellings].map((spelling) => contains(field, spelling))))]
}

const isOperator = (operator: string): operator is FilterOperator =>
  (filterOperators as readonly string[]).includes(operator)

function isOperatorOf({ kind, ids }: ListField, operator: FilterOperator): boolean {
  if (operator === 'contains') return kind === 'text' && ids === undefined
  return kind !== 'boolean' || !Object.hasOwn(comparisons, operator)
}

/** Nothing is not the name of an operator, but what is left where somebody compares a field with a value alone. */
function operatorIssue(field: ListField, operator: string): Omit<ErrorIssue, 'path'> {
  const { name } = field
  const has = `the field has ${filterOperators.filter((each) => isOperatorOf(field, each)).join(', ')}`
  return operator === ''
    ? { code: 'required', message: `needs an operator, as in filter[${name}][eq]=… or { ${name}: { eq: … } }; ${has}` }
    : { code: 'unknown_field', message: `names an operator that the field does not have; ${has}` }
}

const noId = { code: 'invalid_format', message: 'must be spelled as ids of records are' } as const

type Compared = { readonly condition: Condition } | { readonly issue: Omit<ErrorIssue, 'path'> }

function compare(field: ListField, operator: FilterOperator, given: unknown): Compared {
  const { name, nullable } = field
  if (operator === 'null') {
    const read = readFilterValue({ kind: 'boolean' }, given)
    if ('issue' in read) return read
    return { condition: read.value === true ? isNull(name) : not(isNull(name)) }
  }
  if (operator === 'in') {
    const read = readFilterValues(field, given)
    return 'issue' in read ? read : { condition: oneOf(name, read.value) }
  }
  const read = readFilterValue(field, given)
  if ('issue' in read) return read
  const { value } = read
  switch (operator) {
    case 'eq':
      return { condition: eq(name, value) }
    case 'ne':
      // To whoever filters, an empty field is another than the value.
      return { condition: nullable ? or(ne(name, value), isNull(name)) : ne(name, value) }
    case 'contains':
      return { condition: value === '' ? and(not(isNull(name))) : contains(name, String(value)) }
    default:
      // No record has such an id; none comes before or after it, either.
      if (field.ids !== undefined && !isIdOf(field.ids, String(value))) return { issue: noId }
      return { condition: comparisons[operator](name, value) }
  }
}
