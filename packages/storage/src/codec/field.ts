import type { Column } from '../schema/column.js'
import type { Table, TableReference } from '../schema/table.js'

/** A declared reference that a read brings along. */
export interface Joined {
  readonly alias: string
  readonly reference: TableReference
}

/** A column that a condition or an order speaks of. */
export interface Field {
  /** The alias of an included row; undefined for the table's own columns. */
  readonly alias: string | undefined
  readonly table: Table
  readonly name: string
  readonly column: Column
}

/** How many references one read may bring along. */
export const maximumJoins = 3

/**
 * Checks the `include` of a read.
 *
 * @throws TypeError for an alias that the table does not declare, or too many of them.
 */
export function checkInclude(table: Table, include: object | undefined): readonly Joined[] {
  if (include === undefined) return []
  const joined = Object.entries(include).map(([alias, wanted]): Joined => {
    const reference = Object.hasOwn(table.references, alias) ? table.references[alias] : undefined
    if (reference === undefined || wanted !== true)
      throw new TypeError(`${table.name} has no such reference to include`)
    return { alias, reference }
  })
  if (joined.length > maximumJoins)
    throw new TypeError(`${table.name}: a read includes at most ${maximumJoins} references`)
  return joined
}

/**
 * Finds the column behind `column` or `alias.column`.
 *
 * @throws TypeError when there is none, or when the alias is not included.
 */
export function resolveField(table: Table, field: unknown, joined: readonly Joined[] = []): Field {
  if (typeof field !== 'string') throw new TypeError(`${table.name}: a field must be named by text`)
  const dot = field.indexOf('.')
  if (dot === -1) return columnOf(table, undefined, field)
  const alias = field.slice(0, dot)
  const found = joined.find((entry) => entry.alias === alias)
  if (found === undefined) throw new TypeError(`${table.name}: a field speaks of a row that is not included`)
  return columnOf(found.reference.table, alias, field.slice(dot + 1))
}

function columnOf(table: Table, alias: string | undefined, name: string): Field {
  const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined
  if (column === undefined) throw new TypeError(`${table.name} has no such column`)
  return { alias, table, name, column }
}
