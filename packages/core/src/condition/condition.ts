/** A value that JSON and every database can hold in one column. */
export type Scalar = string | number | boolean | null

/**
 * A value that is looked up when the condition is used.
 *
 * `param.name` is a parameter of the query, `database.now` the database's clock in milliseconds (storage only);
 * `principal.field` and `context.field` are who asks and under which circumstances (permissions and access rules).
 */
export interface Reference {
  readonly ref: `param.${string}` | 'database.now' | `principal.${string}` | `context.${string}`
  /** Added to a numeric value, such as −10,000 for "ten seconds ago". */
  readonly offset?: number
}

export type Operand = Scalar | Reference

/** How a field is compared with one value. */
export type ComparisonOperator = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte'

/**
 * A condition on a row, as plain JSON. The same tree is evaluated in process and compiled to SQL, with the same answer.
 *
 * Logic is three-valued as in SQL: a comparison with null is unknown, and unknown selects nothing. Only `isNull` finds
 * nulls. Text compares byte by byte. `contains` looks for a part of a text, case-sensitively, without wildcards.
 *
 * @typeParam Field The fields that it may name.
 */
export type Condition<Field extends string = string> =
  | { readonly op: ComparisonOperator; readonly field: Field; readonly value: Operand }
  | { readonly op: 'in'; readonly field: Field; readonly values: readonly Operand[] }
  | { readonly op: 'isNull'; readonly field: Field }
  | { readonly op: 'contains'; readonly field: Field; readonly value: Operand }
  | { readonly op: 'and' | 'or'; readonly conditions: readonly Condition<Field>[] }
  | { readonly op: 'not'; readonly condition: Condition<Field> }

const comparison =
  (op: ComparisonOperator) =>
  <Field extends string>(field: Field, value: Operand): Condition<Field> => ({ op, field, value })

export const eq = comparison('eq')
export const ne = comparison('ne')
export const lt = comparison('lt')
export const lte = comparison('lte')
export const gt = comparison('gt')
export const gte = comparison('gte')

/** The field equals one of the values; of none when the list is empty. */
export const oneOf = <Field extends string>(field: Field, values: readonly Operand[]): Condition<Field> => ({
  op: 'in',
  field,
  values,
})
export const isNull = <Field extends string>(field: Field): Condition<Field> => ({ op: 'isNull', field })
export const contains = <Field extends string>(field: Field, value: Operand): Condition<Field> => ({
  op: 'contains',
  field,
  value,
})
/** All hold; true when there are none. */
export const and = <Field extends string>(...conditions: readonly Condition<Field>[]): Condition<Field> => ({
  op: 'and',
  conditions,
})
/** At least one holds; false when there are none. */
export const or = <Field extends string>(...conditions: readonly Condition<Field>[]): Condition<Field> => ({
  op: 'or',
  conditions,
})
export const not = <Field extends string>(condition: Condition<Field>): Condition<Field> => ({ op: 'not', condition })

/** A parameter of a query, bound when the query runs. */
export const param = (name: string): Reference => ({ ref: `param.${name}` })

/** The database's clock, in milliseconds, plus an offset: for instants on which several nodes must agree. */
export const databaseNow = (offset = 0): Reference => ({ ref: 'database.now', offset })

/** All fields equal the given values. */
export const matches = (values: Readonly<Record<string, Operand>>): Condition =>
  and(...Object.entries(values).map(([field, value]) => eq(field, value)))

export function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && typeof (value as Reference).ref === 'string'
}
