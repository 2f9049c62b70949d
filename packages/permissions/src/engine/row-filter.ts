import { type ComparisonOperator, type Condition, isReference, type Operand, type Scalar } from '@cardea/core'
import { type Asker, type ConditionalGrant, type ConditionalGrants, resolve } from './conditional.js'

/** A condition without references and unknown parts, or what it comes to for every row. */
export type RowFilter = boolean | Condition

/**
 * The rows for which grants allow something: a condition that is true for exactly these.
 *
 * What is unknown selects nothing, on either side: an allow must be true, a deny must be false.
 *
 * @param field The field that is asked for; undefined for the row as a whole, which needs an allow of all fields and no deny
 * of any.
 */
export function filterOf(grants: ConditionalGrants, asker: Asker, field: string | undefined): RowFilter {
  const allows = grants.allows.filter(({ fields }) => fields === null || (field !== undefined && fields.has(field)))
  const denies = grants.denies.filter(({ fields }) => fields === null || field === undefined || fields.has(field))
  return unite('and', [
    unite(
      'or',
      allows.map((grant) => whereGrant(grant, asker, true)),
    ),
    ...denies.map((grant) => whereGrant(grant, asker, false)),
  ])
}

const whereGrant = ({ condition }: ConditionalGrant, asker: Asker, holds: boolean): RowFilter =>
  condition === null ? holds : where(condition, asker, holds)

/**
 * The rows for which a condition is true, or those for which it is false; neither holds those for which it is unknown.
 *
 * Negations move down to the comparisons on the way, so that what is unknown for every row can be left out.
 */
function where(condition: Condition, asker: Asker, holds: boolean): RowFilter {
  switch (condition.op) {
    case 'and':
    case 'or':
      return unite(
        (condition.op === 'and') === holds ? 'and' : 'or',
        condition.conditions.map((part) => where(part, asker, holds)),
      )
    case 'not':
      return where(condition.condition, asker, !holds)
    case 'isNull':
      return unless(condition, !holds)
    case 'in': {
      if (condition.values.length === 0) return !holds
      const values = condition.values.map((value) => resolveOperand(value, asker))
      const known = [...new Set(values.filter((value) => value !== null))]
      // It never is false that a value is among others one of which is unknown.
      if (known.length === 0 || (!holds && known.length < new Set(values).size)) return false
      const [only] = known
      if (known.length > 1 || only === undefined) return unless({ ...condition, values: known }, !holds)
      return { op: holds ? 'eq' : 'ne', field: condition.field, value: only }
    }
    default: {
      const { op, field } = condition
      const value = resolveOperand(condition.value, asker)
      if (value === null) return false
      if (op === 'contains') return unless({ op, field, value }, !holds)
      return comparison(op, field, value, holds)
    }
  }
}

function comparison(op: ComparisonOperator, field: string, value: Scalar, holds: boolean): Condition {
  if (!holds && op === 'eq') return { op: 'ne', field, value }
  if (!holds && op === 'ne') return { op: 'eq', field, value }
  // The opposite of "less" is not "greater or equal" where the types differ: both are false then.
  return unless({ op, field, value }, !holds)
}

const unless = (condition: Condition, negated: boolean): Condition => (negated ? { op: 'not', condition } : condition)

/** Joins filters, leaving out what decides nothing, what was there before, and the brackets. */
function unite(op: 'and' | 'or', filters: readonly RowFilter[]): RowFilter {
  const decisive = op === 'or'
  const parts = new Map<string, Condition>()
  for (const filter of filters) {
    if (filter === decisive) return decisive
    if (typeof filter === 'boolean') continue
    for (const part of filter.op === op ? filter.conditions : [filter]) parts.set(JSON.stringify(part), part)
  }
  const conditions = [...parts.values()]
  if (conditions.length > 1) return { op, conditions }
  return conditions[0] ?? !decisive
}

function resolveOperand(operand: Operand, asker: Asker): Scalar {
  if (!isReference(operand)) return operand
  const value = resolve(asker, operand.ref)
  return typeof value === 'number' ? value + (operand.offset ?? 0) : value
}
