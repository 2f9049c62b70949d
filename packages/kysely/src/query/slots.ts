import type { Clock } from '@cardea/core/crypto'
import { bindParam, type Params, type ParamUse, type StoredValue } from '@cardea/storage'
import type { SqlValue } from '../driver/sql-driver.js'
import { comparable } from './column.js'

/** Stands in a statement for a parameter of the query, until the query runs. */
export class ParamSlot {
  readonly use: ParamUse

  constructor(use: ParamUse) {
    this.use = use
  }
}

/** Stands in a statement for the clock, where that is not the database's own. */
export class ClockSlot {
  readonly offset: number

  constructor(offset: number) {
    this.offset = offset
  }
}

/** Makes the values of one run. */
export type Binder = (params: Params | undefined) => readonly SqlValue[]

/**
 * Prepares the values of a statement.
 *
 * @param values As the query builder collected them: checked values and slots.
 */
export function createBinder(values: readonly unknown[], bind: (value: StoredValue) => SqlValue, clock: Clock): Binder {
  const parts = values.map((value) => toPart(value, bind, clock))
  const [first] = parts
  if (parts.length === 1 && typeof first === 'function') return (params) => [first(params)]
  if (!parts.some((part) => typeof part === 'function')) {
    // None of them is a function, as was just seen.
    const constant = parts as readonly SqlValue[]
    return () => constant
  }
  return (params) => parts.map((part) => (typeof part === 'function' ? part(params) : part))
}

type Part = SqlValue | ((params: Params | undefined) => SqlValue)

function toPart(value: unknown, bind: (value: StoredValue) => SqlValue, clock: Clock): Part {
  if (value instanceof ParamSlot) {
    const { use } = value
    const { column } = use.field
    if (column.mapped !== undefined && column.kind === 'text')
      return (params) => bind(comparable(column, bindParam(use, params)))
    return (params) => bind(bindParam(use, params))
  }
  if (value instanceof ClockSlot) {
    const { offset } = value
    return () => clock() + offset
  }
  // Everything else was checked against its column before it went into the statement.
  return bind(value as StoredValue)
}
