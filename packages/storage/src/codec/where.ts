import type { Condition } from '@cardea/core'
import type { Table } from '../schema/table.js'
import { checkCondition } from './condition.js'

/**
 * Checks the condition of a verb that takes no parameters and includes nothing: update, consume, delete, count.
 *
 * @throws TypeError as {@link checkCondition} does, and for a parameter.
 */
export function checkWhere(table: Table, condition: Condition): void {
  if (checkCondition(table, condition).length > 0) throw new TypeError(`${table.name}: this verb takes no parameters`)
}
