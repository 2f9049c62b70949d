import type { ComparisonOperator, Condition } from '@cardea/core'
import { type RawBuilder, type SqlBool, sql } from 'kysely'

/** A condition that speaks of one field. */
export type FieldCondition = Exclude<Condition, { readonly op: 'and' | 'or' | 'not' }>

export const always = sql<SqlBool>`1 = 1`
export const never = sql<SqlBool>`1 = 0`

/** Comparisons as all databases write them. */
export const operators: Readonly<Record<ComparisonOperator, RawBuilder<unknown>>> = {
  eq: sql`=`,
  ne: sql`<>`,
  lt: sql`<`,
  lte: sql`<=`,
  gt: sql`>`,
  gte: sql`>=`,
}

/** How many parts stand side by side; SQLite takes each as one level of depth, of which it allows 1,000. */
const maximumWidth = 100

/** The SQL of a condition, with three-valued logic as the databases have it. */
export function toLogic(
  condition: Condition,
  leaf: (condition: FieldCondition) => RawBuilder<SqlBool>,
): RawBuilder<SqlBool> {
  const visit = (part: Condition): RawBuilder<SqlBool> => {
    switch (part.op) {
      case 'and':
        return combine(part.conditions.map(visit), sql` and `, always)
      case 'or':
        return combine(part.conditions.map(visit), sql` or `, never)
      case 'not':
        return sql`not (${visit(part.condition)})`
      default:
        return leaf(part)
    }
  }
  return visit(condition)
}

function combine(
  parts: readonly RawBuilder<SqlBool>[],
  separator: RawBuilder<unknown>,
  empty: RawBuilder<SqlBool>,
): RawBuilder<SqlBool> {
  const [first] = parts
  if (first === undefined) return empty
  if (parts.length === 1) return first
  if (parts.length <= maximumWidth) return sql`(${sql.join(parts, separator)})`
  const size = Math.ceil(parts.length / maximumWidth)
  const groups: RawBuilder<SqlBool>[] = []
  for (let start = 0; start < parts.length; start += size) {
    groups.push(combine(parts.slice(start, start + size), separator, empty))
  }
  return combine(groups, separator, empty)
}
