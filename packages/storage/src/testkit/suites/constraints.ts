import { and, eq, isCardeaError, oneOf } from '@cardea/core'
import { expect } from 'vitest'
import type { DeclareTest } from '../subject.js'
import { admirers, children, grandchildren, holders, keys, parents, watched } from '../tables.js'

/** Keys, foreign keys, and what the database does by itself. */
export function constraintTests(test: DeclareTest): void {
  const foreignKeys = ['foreignKeys'] as const

  test('a violated key is a typed error that names the key where the database does', async ({ storage }) => {
    await storage.insert(keys, { id: '1', a: 'x', b: 'y', code: 'c' })
    for (const [key, row] of [
      ['primary', { id: '1', a: '2', b: '2' }],
      ['pair', { id: '2', a: 'x', b: 'y' }],
      ['code', { id: '2', a: '2', b: '2', code: 'c' }],
    ] as const) {
      const error: unknown = await storage.insert(keys, row).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ name: 'CardeaError', code: 'unique_violation' })
      const constraint = isCardeaError(error) ? error.constraint : undefined
      if (constraint !== undefined) expect(constraint).toEqual({ table: 'suite_keys', key })
    }
    expect(await storage.count(keys)).toBe(1)
  })

  test('an update violates keys as an insert does, and changes nothing then', async ({ storage }) => {
    await storage.insert(keys, [
      { id: '1', a: 'x', b: '1' },
      { id: '2', a: 'x', b: '2' },
      { id: '3', a: 'y', b: '3' },
    ])
    await expect(storage.update(keys, { where: eq('a', 'x'), set: { b: '9' } })).rejects.toMatchObject({
      code: 'unique_violation',
    })
    await expect(storage.update(keys, { where: eq('id', '1'), set: { id: '2' } })).rejects.toMatchObject({
      code: 'unique_violation',
    })
    expect(await storage.count(keys, oneOf('b', ['1', '2', '3']))).toBe(3)
    expect(await storage.update(keys, { where: eq('id', '1'), set: { id: '1', b: '1' } })).toBe(1)
  })

  test('messages show no value', async ({ storage }) => {
    const row = { id: 'secret-value@example.com', a: 'x', b: 'y' }
    await storage.insert(keys, row)
    const error: unknown = await storage.insert(keys, row).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).not.toContain('secret-value')
  })

  test('null is distinct from null in a unique key', async ({ storage }) => {
    await storage.insert(keys, [
      { id: '1', a: '1', b: '' },
      { id: '2', a: '2', b: '', code: null },
    ])
    expect(await storage.update(keys, { where: and(), set: { code: null } })).toBe(2)
  })

  test('a key is free again after its row was deleted, consumed or changed', async ({ storage }) => {
    const row = { id: '1', a: 'x', b: 'y', code: 'c' }
    await storage.insert(keys, row)
    await storage.delete(keys, eq('id', '1'))
    await storage.insert(keys, row)
    await storage.consume(keys, eq('id', '1'))
    await storage.insert(keys, row)
    await storage.update(keys, { where: eq('id', '1'), set: { id: '2', a: 'z', code: null } })
    await storage.insert(keys, row)
    expect(await storage.count(keys)).toBe(2)
    await storage.update(keys, { where: eq('id', '1'), set: { code: 'other' } })
    expect(await storage.findOne(keys, { where: eq('code', 'c') })).toBeUndefined()
    expect(await storage.update(keys, { where: eq('id', '2'), set: { code: 'c' } })).toBe(1)
    expect(await storage.findOne(keys, { where: eq('code', 'c') })).toMatchObject({ id: '2' })
  })

  test(
    'a row that refers to nothing is refused, on insert and update',
    async ({ storage }) => {
      await expect(storage.insert(children, { id: 'c', parent_id: 'nobody' })).rejects.toMatchObject({
        name: 'CardeaError',
        code: 'foreign_key_violation',
      })
      await storage.insert(parents, { id: 'p' })
      await storage.insert(children, { id: 'c', parent_id: 'p' })
      const change = storage.update(children, { where: eq('id', 'c'), set: { parent_id: 'nobody' } })
      await expect(change).rejects.toMatchObject({ code: 'foreign_key_violation' })
      const onConflict = { key: 'primary', do: { set: { parent_id: 'nobody' } } } as const
      await expect(storage.insert(children, { id: 'c', parent_id: 'p' }, { onConflict })).rejects.toMatchObject({
        code: 'foreign_key_violation',
      })
      await expect(storage.insert(children, { id: 'd', parent_id: 'P' })).rejects.toMatchObject({
        code: 'foreign_key_violation',
      })
      expect(await storage.findOne(children, { where: eq('id', 'c') })).toMatchObject({ parent_id: 'p' })
    },
    foreignKeys,
  )

  test(
    'do nothing does not swallow a foreign key',
    async ({ storage }) => {
      const onConflict = { key: 'primary', do: 'nothing' } as const
      const insert = storage.insert(children, { id: 'c', parent_id: 'nobody' }, { onConflict })
      await expect(insert).rejects.toMatchObject({ code: 'foreign_key_violation' })
    },
    foreignKeys,
  )

  test(
    'cascade deletes through all generations, and counts only the rows that were asked for',
    async ({ storage }) => {
      await storage.insert(parents, [{ id: 'p' }, { id: 'q' }])
      await storage.insert(children, [
        { id: 'c1', parent_id: 'p' },
        { id: 'c2', parent_id: 'p' },
        { id: 'c3', parent_id: 'q' },
      ])
      await storage.insert(grandchildren, [
        { id: 'g1', child_id: 'c1' },
        { id: 'g3', child_id: 'c3' },
      ])
      expect(await storage.delete(parents, eq('id', 'p'))).toBe(1)
      expect(await storage.find(children, { limit: 'all' })).toMatchObject([{ id: 'c3' }])
      expect(await storage.find(grandchildren, { limit: 'all' })).toMatchObject([{ id: 'g3' }])
      expect(await storage.consume(parents, eq('id', 'q'))).toMatchObject({ id: 'q' })
      expect(await storage.count(grandchildren)).toBe(0)
    },
    foreignKeys,
  )

  test(
    'restrict keeps the row that is referred to, and its other children',
    async ({ storage }) => {
      await storage.insert(parents, { id: 'p' })
      await storage.insert(children, { id: 'c', parent_id: 'p' })
      await storage.insert(holders, { id: 'h', parent_id: 'p' })
      await expect(storage.delete(parents, eq('id', 'p'))).rejects.toMatchObject({ code: 'foreign_key_violation' })
      await expect(storage.consume(parents, eq('id', 'p'))).rejects.toMatchObject({ code: 'foreign_key_violation' })
      expect([await storage.count(parents), await storage.count(children)]).toEqual([1, 1])
      await storage.delete(holders, eq('id', 'h'))
      expect(await storage.delete(parents, eq('id', 'p'))).toBe(1)
    },
    foreignKeys,
  )

  test(
    'set null forgets the row that is gone',
    async ({ storage }) => {
      await storage.insert(parents, [{ id: 'p' }, { id: 'q' }])
      await storage.insert(admirers, [
        { id: 'a', parent_id: 'p' },
        { id: 'b', parent_id: 'q' },
        { id: 'c', parent_id: null },
      ])
      await storage.delete(parents, eq('id', 'p'))
      const found = await storage.find(admirers, { orderBy: [{ field: 'id', direction: 'asc' }], limit: 'all' })
      expect(found.map((row) => row.parent_id)).toEqual([null, 'q', null])
    },
    foreignKeys,
  )

  test(
    'a key that others refer to does not change',
    async ({ storage }) => {
      await storage.insert(parents, { id: 'p' })
      await storage.insert(children, { id: 'c', parent_id: 'p' })
      const rename = storage.update(parents, { where: eq('id', 'p'), set: { id: 'q' } })
      await expect(rename).rejects.toMatchObject({ code: 'foreign_key_violation' })
      expect(await storage.update(parents, { where: eq('id', 'p'), set: { id: 'p', name: 'same' } })).toBe(1)
    },
    foreignKeys,
  )

  test(
    'after a delete the declared row is changed, by delete and by consume',
    async ({ storage }) => {
      await storage.insert(parents, [{ id: 'p' }, { id: 'q' }])
      await storage.insert(watched, [
        { id: 'w1', parent_id: 'p' },
        { id: 'w2', parent_id: 'p' },
        { id: 'w3', parent_id: 'q' },
      ])
      expect(await storage.delete(watched, eq('id', 'w1'))).toBe(1)
      expect(await storage.findOne(parents, { where: eq('id', 'p') })).toMatchObject({
        status: 'disabled',
        active: false,
        epoch: 1,
      })
      expect(await storage.consume(watched, eq('id', 'w2'))).toBeDefined()
      expect(await storage.findOne(parents, { where: eq('id', 'p') })).toMatchObject({ epoch: 2 })
      expect(await storage.findOne(parents, { where: eq('id', 'q') })).toMatchObject({
        status: 'active',
        active: true,
        epoch: 0,
      })
    },
    ['afterDelete'],
  )

  test(
    'after a delete by cascade nothing is left to change, and nothing fails',
    async ({ storage }) => {
      await storage.insert(parents, { id: 'p' })
      await storage.insert(watched, { id: 'w', parent_id: 'p' })
      expect(await storage.delete(parents, eq('id', 'p'))).toBe(1)
      expect([await storage.count(parents), await storage.count(watched)]).toEqual([0, 0])
    },
    ['afterDelete', 'foreignKeys'],
  )

  test(
    'cascade, restrict and afterDelete hold for others who use the database too',
    async ({ storage, execute }) => {
      await storage.insert(parents, [{ id: 'p' }, { id: 'q' }])
      await storage.insert(watched, { id: 'w', parent_id: 'p' })
      await storage.insert(holders, { id: 'h', parent_id: 'q' })
      await execute("delete from suite_watched where id = 'w'")
      expect(await storage.findOne(parents, { where: eq('id', 'p') })).toMatchObject({
        status: 'disabled',
        active: false,
        epoch: 1,
      })
      await expect(execute("delete from suite_parents where id = 'q'")).rejects.toBeInstanceOf(Error)
      await storage.insert(children, { id: 'c', parent_id: 'p' })
      await execute("delete from suite_parents where id = 'p'")
      expect(await storage.count(children)).toBe(0)
    },
    ['execute', 'afterDelete', 'foreignKeys'],
  )
}
