import { eq, ne, param } from '@cardea/core'
import { expect } from 'vitest'
import type { DeclareTest } from '../subject.js'
import { children, kinds, pairs } from '../tables.js'
import { unsafe } from '../unsafe.js'

/** Names that do not exist, and queries that lack something: refused, never read as "all" or "any". */
export function malformedTests(test: DeclareTest): void {
  test('a parameter that is missing is refused, not taken for null', async ({ storage }) => {
    const query = { where: ne('id', param('id')), limit: 'all' } as const
    await expect(storage.find(kinds, query)).rejects.toBeInstanceOf(TypeError)
    await expect(storage.find(kinds, query, {})).rejects.toBeInstanceOf(TypeError)
    await expect(storage.find(kinds, query, { other: 'x' })).rejects.toBeInstanceOf(TypeError)
    for (const name of ['constructor', 'toString', '__proto__']) {
      await expect(storage.find(kinds, { where: eq('id', param(name)), limit: 1 }, {})).rejects.toBeInstanceOf(
        TypeError,
      )
    }
    await expect(storage.update(kinds, { where: eq('id', param('id')), set: { label: 'x' } })).rejects.toBeInstanceOf(
      TypeError,
    )
    await expect(storage.delete(kinds, eq('id', param('id')))).rejects.toBeInstanceOf(TypeError)
    const onConflict = { key: 'primary', do: { set: { label: 'y' } }, where: eq('id', param('id')) } as const
    await expect(storage.insert(kinds, { id: 'a', label: 'x', amount: 1 }, { onConflict })).rejects.toBeInstanceOf(
      TypeError,
    )
  })

  test('references of other layers are refused', async ({ storage }) => {
    for (const ref of ['principal.id', 'context.ip', 'database.user', 'param', '']) {
      await expect(storage.count(kinds, eq('label', unsafe({ ref })))).rejects.toBeInstanceOf(TypeError)
      await expect(
        storage.update(kinds, { where: eq('id', 'a'), set: { amount: unsafe({ ref }) } }),
      ).rejects.toBeInstanceOf(TypeError)
    }
    await expect(storage.count(kinds, eq('label', { ref: 'database.now' }))).rejects.toBeInstanceOf(TypeError)
    await expect(
      storage.update(kinds, { where: eq('id', 'a'), set: { label: unsafe({ ref: 'database.now' }) } }),
    ).rejects.toBeInstanceOf(TypeError)
  })

  test('names that the table does not declare are refused', async ({ storage }) => {
    const names = [
      'nothing',
      'ID',
      'id ',
      '"id"',
      'id" = "id',
      '1=1; --',
      '',
      '*',
      '__proto__',
      'constructor',
      'toString',
      'suite_kinds.id',
      'parent.id',
      'rowid',
      'ctid',
    ]
    for (const name of names) {
      const row: unknown = JSON.parse(
        JSON.stringify({ id: 'a', label: 'x', amount: 1 }).replace('}', `,${JSON.stringify(name)}:"x"}`),
      )
      await expect(storage.insert(kinds, unsafe(row))).rejects.toBeInstanceOf(TypeError)
      const set: unknown = JSON.parse(`{${JSON.stringify(name)}:"x"}`)
      await expect(storage.update(kinds, { where: eq('id', 'a'), set: unsafe(set) })).rejects.toBeInstanceOf(TypeError)
      const increment: unknown = JSON.parse(`{${JSON.stringify(name)}:1}`)
      await expect(
        storage.update(kinds, { where: eq('id', 'a'), increment: unsafe(increment) }),
      ).rejects.toBeInstanceOf(TypeError)
      await expect(storage.count(kinds, eq(name, 'x'))).rejects.toBeInstanceOf(TypeError)
      await expect(
        storage.find(kinds, { orderBy: [{ field: name, direction: 'asc' }], limit: 1 }),
      ).rejects.toBeInstanceOf(TypeError)
      const include: unknown = JSON.parse(`{${JSON.stringify(name)}:true}`)
      await expect(storage.find(children, { include: unsafe(include), limit: 1 })).rejects.toBeInstanceOf(TypeError)
      const onConflict = { key: name, do: 'nothing' } as const
      await expect(storage.insert(kinds, { id: 'a', label: 'x', amount: 1 }, { onConflict })).rejects.toBeInstanceOf(
        TypeError,
      )
    }
    expect(await storage.count(kinds)).toBe(0)
  })

  test('a condition, limit or direction that is missing or malformed is refused, not left out', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1 })
    for (const where of [
      undefined,
      null,
      true,
      'id',
      {},
      { op: 'like', field: 'id', value: 'a' },
      { op: 'and' },
      { op: 'in', field: 'id', values: 'a' },
      { op: 'not' },
      { op: 'eq', field: 'id' },
    ]) {
      await expect(storage.update(kinds, { where: unsafe(where), set: { label: 'all' } })).rejects.toBeInstanceOf(
        TypeError,
      )
      await expect(storage.delete(kinds, unsafe(where))).rejects.toBeInstanceOf(TypeError)
      await expect(storage.consume(kinds, unsafe(where))).rejects.toBeInstanceOf(TypeError)
      await expect(storage.findOne(kinds, { where: unsafe(where) })).rejects.toBeInstanceOf(TypeError)
    }
    for (const limit of [
      undefined,
      null,
      -1,
      1.5,
      Number.NaN,
      '1',
      Number.POSITIVE_INFINITY,
      '1; DROP TABLE suite_kinds',
    ]) {
      await expect(storage.find(kinds, { limit: unsafe(limit) })).rejects.toBeInstanceOf(TypeError)
      if (limit !== undefined)
        await expect(storage.find(kinds, { limit: 1, offset: unsafe(limit) })).rejects.toBeInstanceOf(TypeError)
    }
    for (const direction of [undefined, 'ASC', 'asc; --', 1]) {
      const orderBy = [{ field: 'id', direction: unsafe(direction) }]
      await expect(storage.find(kinds, { orderBy, limit: 1 })).rejects.toBeInstanceOf(TypeError)
    }
    expect(await storage.findOne(kinds, { where: eq('label', 'x') })).toMatchObject({ id: 'a' })
  })

  test('an update that changes nothing, or a column twice, is refused', async ({ storage }) => {
    const where = eq('id', 'a')
    await expect(storage.update(kinds, { where })).rejects.toBeInstanceOf(TypeError)
    await expect(storage.update(kinds, { where, set: {} })).rejects.toBeInstanceOf(TypeError)
    await expect(storage.update(kinds, { where, set: { amount: 1 }, increment: { amount: 1 } })).rejects.toBeInstanceOf(
      TypeError,
    )
    await expect(storage.update(kinds, { where, increment: unsafe({ label: 1 }) })).rejects.toBeInstanceOf(TypeError)
    for (const amount of [1.5, '1', Number.NaN, 2 ** 53, null]) {
      await expect(storage.update(kinds, { where, increment: { amount: unsafe(amount) } })).rejects.toBeInstanceOf(
        TypeError,
      )
    }
  })

  test('a row that lacks a column, or is none, is refused', async ({ storage }) => {
    for (const row of [{}, { id: 'a' }, { id: 'a', label: 'x' }, null, 'row', 1, [['a']]]) {
      await expect(storage.insert(kinds, unsafe(row))).rejects.toBeInstanceOf(TypeError)
    }
    await expect(storage.insert(pairs, unsafe({ left: 'a' }))).rejects.toBeInstanceOf(TypeError)
    expect(await storage.count(kinds)).toBe(0)
  })
}
