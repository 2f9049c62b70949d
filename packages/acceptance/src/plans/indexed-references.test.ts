import { collectionRegistry } from '@cardea/collections'
import { systemTables } from '@cardea/storage'
import { builtInUsers } from 'cardea'
import { describe, expect, it } from 'vitest'
import { collections } from './plan-app.js'

describe('foreign keys', () => {
  // PostgreSQL and SQLite make none for them, and deleting one row would look through the whole table that refers to it.
  it('have an index over the column that refers', () => {
    const tables = [...systemTables, ...collectionRegistry([builtInUsers(), ...collections]).tables()]
    const references = tables.flatMap((table) =>
      Object.entries(table.columns)
        .filter(([, column]) => column.foreignKey !== undefined)
        .map(([column]) => ({ table, column })),
    )
    expect(references.length).toBeGreaterThan(10)
    const bare = references.filter(
      ({ table, column }) =>
        ![table.primaryKey, ...Object.values(table.unique), ...Object.values(table.indexes)].some(
          ([first]) => first === column,
        ),
    )
    expect(bare.map(({ table, column }) => `${table.name}.${column}`)).toEqual([])
  })
})
