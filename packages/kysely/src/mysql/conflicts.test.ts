import { and, eq } from '@cardea/core'
import { defineTable, integer, type StatementEvent, type Storage, text, withDefault } from '@cardea/storage'
import { rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { mysql } from './mysql.js'
import { createTestMysql, skippedBecause } from './open-mysql.fixture.js'

const keys = defineTable('suite_keys', {
  columns: { id: text(36), a: text(36), b: text(36), counter: withDefault(integer(), 0) },
  primaryKey: ['id'],
  unique: { pair: ['a', 'b'] },
})

const database = await createTestMysql()

describe.skipIf('skipped' in database)(`insert and consume in several statements${skippedBecause(database)}`, () => {
  const events: StatementEvent[] = []
  let nodes: readonly [Storage, Storage]

  beforeAll(async () => {
    if ('skipped' in database) return
    nodes = [mysql(database.url, { log: (event) => events.push(event) }), mysql(database.url)]
    await nodes[0].migrate([keys])
  })

  beforeEach(async () => {
    await nodes[0].delete(keys, and())
  })

  afterAll(async () => {
    if ('skipped' in database) return
    await Promise.all(nodes.map((node) => node.close()))
    await database.drop()
  })

  const statementsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    events.length = 0
    await work()
    return events.map(({ kind, sql }) => (kind === 'transaction' ? sql : sql.slice(0, sql.indexOf(' '))))
  }

  it('count every one of 20 callers whose rows share the key that is asked for and another one', async () => {
    // MySQL tells of the other one, which is the primary key.
    const onConflict = { key: 'pair', do: { increment: { counter: 1 } } } as const
    for (let round = 0; round < rounds({ test: 10, ci: 25, long: 500 }); round += 1) {
      await nodes[0].delete(keys, and())
      const written = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (nodes[index % 2] ?? nodes[0]).insert(keys, { id: 'a', a: 'x', b: 'y', counter: 1 }, { onConflict }),
        ),
      )
      expect(written).toEqual(Array(20).fill(1))
      expect(await nodes[1].findOne(keys, { where: eq('id', 'a') })).toMatchObject({ counter: 20 })
    }
  })

  it('give one of 50 callers the row, and its effect, in transactions and outside', async () => {
    for (let round = 0; round < rounds({ test: 5, ci: 25, long: 500 }); round += 1) {
      await nodes[0].insert(keys, { id: 'a', a: 'x', b: 'y' })
      const taken = await Promise.all(
        Array.from({ length: 50 }, (_, index) => {
          const node = nodes[index % 2] ?? nodes[0]
          if (index % 4 < 2) return node.consume(keys, eq('a', 'x'))
          return node.transaction((transaction) => transaction.consume(keys, eq('id', 'a')))
        }),
      )
      expect(taken.filter((row) => row !== undefined)).toHaveLength(1)
      expect(await nodes[0].count(keys)).toBe(0)
    }
  })

  it('change a row that is there in one statement, and make a new one in two', async () => {
    const onConflict = { key: 'primary', do: { increment: { counter: 1 } } } as const
    const row = { id: 'a', a: 'x', b: 'y' }
    expect(await statementsOf(() => nodes[0].insert(keys, row, { onConflict }))).toEqual(['update', 'insert'])
    expect(await statementsOf(() => nodes[0].insert(keys, row, { onConflict }))).toEqual(['update'])
    const limited = { ...onConflict, where: eq('counter', 9) } as const
    expect(await statementsOf(() => nodes[0].insert(keys, row, { onConflict: limited }))).toEqual(['update', 'select'])
    const nothing = { key: 'primary', do: 'nothing' } as const
    expect(await statementsOf(() => nodes[0].insert(keys, row, { onConflict: nothing }))).toEqual(['select'])
  })

  it('do all rows of one insert, or none', async () => {
    const onConflict = { key: 'primary', do: { increment: { counter: 1 } } } as const
    await nodes[0].insert(keys, [
      { id: 'a', a: '1', b: '' },
      { id: 'taken', a: '2', b: '' },
    ])
    const rows = [
      { id: 'a', a: '', b: '' },
      { id: 'b', a: '2', b: '' },
    ]
    await expect(nodes[0].insert(keys, rows, { onConflict })).rejects.toMatchObject({
      code: 'unique_violation',
      constraint: { key: 'pair' },
    })
    expect(await nodes[1].count(keys, eq('counter', 0))).toBe(2)
  })

  it('take a row out in a transaction of two statements', async () => {
    await nodes[0].insert(keys, { id: 'a', a: 'x', b: 'y' })
    expect(await statementsOf(() => nodes[0].consume(keys, eq('a', 'x')))).toEqual([
      'start transaction',
      'select',
      'delete',
      'commit',
    ])
  })
})
