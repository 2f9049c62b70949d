import { type Condition, isReference, type Operand } from '@cardea/core'
import type { StoredRow, StoredValue } from '../codec/stored.js'
import type { Table } from '../schema/table.js'
import type { Engine } from './engine.js'
import type { resolverOf } from './read.js'

/**
 * Rows among which are all that meet a condition: at most one where the condition fixes a whole key, else all.
 *
 * @param resolve Resolves references, as when the condition is judged.
 */
export function candidates(
  engine: Engine,
  table: Table,
  condition: Condition | undefined,
  resolve: ReturnType<typeof resolverOf>,
): Iterable<StoredRow> {
  if (condition === undefined) return engine.layer.rows(table.name)
  const fixed = new Map<string, Operand>()
  collect(condition, fixed)
  for (const [key, columns] of [['primary', table.primaryKey] as const, ...Object.entries(table.unique)]) {
    if (!columns.every((column) => fixed.has(column))) continue
    const values: Record<string, StoredValue> = {}
    for (const column of columns) values[column] = bound(fixed.get(column) ?? null, resolve)
    const row = engine.layer.rowByKey(table, key, values)
    return row === undefined ? [] : [row]
  }
  return engine.layer.rows(table.name)
}

function collect(condition: Condition, fixed: Map<string, Operand>): void {
  if (condition.op === 'eq') fixed.set(condition.field, condition.value)
  else if (condition.op === 'and') for (const part of condition.conditions) collect(part, fixed)
}

function bound(operand: Operand, resolve: ReturnType<typeof resolverOf>): StoredValue {
  if (!isReference(operand)) return operand
  // Parameters were checked to be scalars before.
  const value = (resolve(operand.ref) ?? null) as StoredValue
  return typeof value === 'number' ? value + (operand.offset ?? 0) : value
}
