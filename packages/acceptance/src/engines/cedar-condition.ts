import { type Condition, isReference, type Operand, type Scalar } from '@cardea/core'

/** Cedar's own text of a value. Its numbers are whole, and a text stands in quotes as it does in JSON. */
const literal = (value: Exclude<Scalar, null>): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value)

/** A pattern that looks for a part as it stands. */
const patternOf = (part: string): string => `"*${JSON.stringify(part).slice(1, -1).replaceAll('*', String.raw`\*`)}*"`

const operators = { eq: '==', ne: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

/** `principal.id` as an attribute; the others under names of their own. */
const attributeOf = (ref: string): readonly [string, string] => {
  const dot = ref.indexOf('.')
  return [ref.slice(0, dot), ref.slice(dot + 1)]
}

const all = (parts: readonly string[]): string => (parts.length === 0 ? 'true' : `(${parts.join(' && ')})`)
const any = (parts: readonly string[]): string => (parts.length === 0 ? 'false' : `(${parts.join(' || ')})`)

/** What must be there for an operand to have a value, and that value; undefined for null, which has none. */
function operandOf(operand: Operand): { readonly present: readonly string[]; readonly value: string } | undefined {
  if (operand === null) return undefined
  if (!isReference(operand)) return { present: [], value: literal(operand) }
  const [source, name] = attributeOf(operand.ref)
  return { present: [`${source} has ${name}`], value: `${source}.${name}` }
}

/**
 * A condition as somebody writes it in Cedar who thinks of no null: what is missing is an error there, and Cedar leaves a
 * policy out that fails.
 */
export function toPlainCedar(condition: Condition): string {
  switch (condition.op) {
    case 'and':
      return all(condition.conditions.map(toPlainCedar))
    case 'or':
      return any(condition.conditions.map(toPlainCedar))
    case 'not':
      return `!(${toPlainCedar(condition.condition)})`
    case 'isNull':
      return `!(resource has ${condition.field})`
    case 'in':
      if (condition.values.length === 0) return 'false'
      return `[${condition.values.map(plainOperand).join(', ')}].contains(resource.${condition.field})`
    case 'contains':
      if (typeof condition.value !== 'string') throw new TypeError('Cedar has patterns of texts alone')
      return `resource.${condition.field} like ${patternOf(condition.value)}`
    default:
      return `resource.${condition.field} ${operators[condition.op]} ${plainOperand(condition.value)}`
  }
}

/** Cedar has no null: its nearest is an attribute that nothing has. */
const plainOperand = (operand: Operand): string => operandOf(operand)?.value ?? 'context.nothing'

/**
 * The same with three-valued logic written out: an expression that never fails and is true exactly where the condition is
 * true (`holds`), or exactly where it is false.
 */
export function toCarefulCedar(condition: Condition, holds: boolean): string {
  switch (condition.op) {
    case 'and':
      return (holds ? all : any)(condition.conditions.map((part) => toCarefulCedar(part, holds)))
    case 'or':
      return (holds ? any : all)(condition.conditions.map((part) => toCarefulCedar(part, holds)))
    case 'not':
      return toCarefulCedar(condition.condition, !holds)
    case 'isNull':
      return holds ? `!(resource has ${condition.field})` : `(resource has ${condition.field})`
    case 'in':
      return carefulIn(condition.field, condition.values, holds)
    case 'contains': {
      if (typeof condition.value !== 'string') throw new TypeError('Cedar has patterns of texts alone')
      const found = `resource.${condition.field} like ${patternOf(condition.value)}`
      return all([`resource has ${condition.field}`, holds ? found : `!(${found})`])
    }
    default: {
      const operand = operandOf(condition.value)
      if (operand === undefined) return 'false'
      const compared = `resource.${condition.field} ${operators[condition.op]} ${operand.value}`
      return all([`resource has ${condition.field}`, ...operand.present, holds ? compared : `!(${compared})`])
    }
  }
}

/** True where one of the values is known to be it, false where all are known not to be. */
function carefulIn(field: string, values: readonly Operand[], holds: boolean): string {
  if (values.length === 0) return String(!holds)
  const operands = values.map(operandOf)
  const each = operands.map((operand) => {
    if (operand === undefined) return 'false'
    return all([...operand.present, `resource.${field} ${holds ? '==' : '!='} ${operand.value}`])
  })
  return all([`resource has ${field}`, (holds ? any : all)(each)])
}
