import { and, type Condition, eq, gt, isNull, not, or, param } from '@cardea/core'
import { expect } from 'vitest'
import type { DeclareTest, Subject } from '../subject.js'
import { children, coupons, parents, settings } from '../tables.js'
import { unsafe } from '../unsafe.js'

/** Reads that bring other rows along. */
export function includeTests(test: DeclareTest): void {
  const fill = async ({ storage }: Subject): Promise<void> => {
    await storage.insert(parents, [
      { id: 'p1', name: 'one', epoch: 3 },
      { id: 'p2', name: 'two', status: 'disabled', active: false },
    ])
    await storage.insert(coupons, { id: 'x1', code: 'half', percent: 50, terms: ['once', 'today'] })
    await storage.insert(children, [
      { id: 'c1', parent_id: 'p1', coupon: 'half', position: 1 },
      { id: 'c2', parent_id: 'p1', coupon: null, position: 2 },
      { id: 'c3', parent_id: 'p2', coupon: 'gone', position: 3 },
    ])
  }
  const include = { parent: true, discount: true, settings: true } as const

  test('three rows come along: by column, optional, and the only one of its table', async (subject) => {
    await fill(subject)
    const found = await subject.storage.find(children, {
      include,
      orderBy: [{ field: 'id', direction: 'asc' }],
      limit: 'all',
    })
    const single = { id: 'settings', version: 7, open: true }
    const one = { id: 'p1', name: 'one', status: 'active', epoch: 3, active: true }
    expect(found).toEqual([
      {
        id: 'c1',
        parent_id: 'p1',
        coupon: 'half',
        position: 1,
        parent: one,
        discount: { id: 'x1', code: 'half', percent: 50, terms: ['once', 'today'] },
        settings: single,
      },
      { id: 'c2', parent_id: 'p1', coupon: null, position: 2, parent: one, discount: null, settings: single },
      {
        id: 'c3',
        parent_id: 'p2',
        coupon: 'gone',
        position: 3,
        parent: { id: 'p2', name: 'two', status: 'disabled', epoch: 0, active: false },
        discount: null,
        settings: single,
      },
    ])
  })

  test('a read without include brings nothing along', async (subject) => {
    await fill(subject)
    expect(await subject.storage.findOne(children, { where: eq('id', 'c1') })).toEqual({
      id: 'c1',
      parent_id: 'p1',
      coupon: 'half',
      position: 1,
    })
  })

  test('conditions speak of included rows, with parameters', async (subject) => {
    await fill(subject)
    const ids = async (where: Condition) =>
      (await subject.storage.find(children, { include, where, limit: 'all' }, { name: 'one', least: 10 }))
        .map((row) => row.id)
        .toSorted()
    expect(await ids(eq('parent.name', param('name')))).toEqual(['c1', 'c2'])
    expect(await ids(and(eq('parent.name', 'one'), gt('discount.percent', param('least'))))).toEqual(['c1'])
    expect(await ids(or(eq('parent.active', false), eq('discount.code', 'half')))).toEqual(['c1', 'c3'])
    expect(await ids(eq('settings.version', 7))).toEqual(['c1', 'c2', 'c3'])
    expect(await ids(eq('settings.version', 8))).toEqual([])
    expect(await ids(not(eq('discount.percent', 50)))).toEqual([])
    expect(await ids(isNull('discount.id'))).toEqual(['c2', 'c3'])
  })

  test('a read that is made often sees whatever was committed, by whomever', async (subject) => {
    await fill(subject)
    const { storage, second } = subject
    const query = { where: eq('id', param('id')), include, often: true } as const
    const read = async (id = 'c1') => await storage.findOne(children, query, { id })
    for (let time = 0; time < 3; time += 1) {
      expect(await read()).toMatchObject({ position: 1, parent: { epoch: 3 }, settings: { version: 7 } })
      expect(await read('c2')).toMatchObject({ position: 2, discount: null })
      expect(await read('c9')).toBeUndefined()
    }
    await storage.update(parents, { where: eq('id', 'p1'), increment: { epoch: 1 } })
    expect(await read()).toMatchObject({ parent: { epoch: 4 } })
    await second.update(settings, { where: eq('id', 'settings'), increment: { version: 1 } })
    expect(await read()).toMatchObject({ settings: { version: 8 } })
    await second.update(settings, { where: eq('id', 'settings'), set: { version: 7 } })
    expect(await read()).toMatchObject({ settings: { version: 7 } })
    // Often enough that a memory that commits make useless would stand aside, and come back.
    for (let position = 10; position < 40; position += 1) {
      await second.update(children, { where: eq('id', 'c1'), set: { position } })
      expect(await read()).toMatchObject({ position })
    }
    await storage.transaction(async (transaction) => {
      await transaction.update(children, { where: eq('id', 'c1'), set: { position: 1 } })
      expect(await transaction.findOne(children, query, { id: 'c1' })).toMatchObject({ position: 1 })
    })
    expect(await read()).toMatchObject({ position: 1 })
    await second.delete(children, eq('id', 'c1'))
    expect(await read()).toBeUndefined()
  })

  test('findOne includes, and sees the included row as it is now', async (subject) => {
    const { storage } = subject
    await fill(subject)
    const query = {
      where: and(eq('id', param('id')), eq('parent.status', 'active')),
      include: { parent: true },
    } as const
    expect((await storage.findOne(children, query, { id: 'c1' }))?.parent.epoch).toBe(3)
    await storage.update(parents, { where: eq('id', 'p1'), increment: { epoch: 1 } })
    expect((await storage.findOne(children, query, { id: 'c1' }))?.parent.epoch).toBe(4)
    await storage.update(parents, { where: eq('id', 'p1'), set: { status: 'disabled' } })
    expect(await storage.findOne(children, query, { id: 'c1' })).toBeUndefined()
    expect(await storage.findOne(children, query, { id: 'c3' })).toBeUndefined()
  })

  test('where a row that must be there is missing, its row is left out', async (subject) => {
    const { storage } = subject
    await fill(subject)
    const single = await storage.consume(settings, eq('id', 'settings'))
    try {
      expect(await storage.find(children, { include, limit: 'all' })).toEqual([])
      expect(await storage.findOne(children, { include: { settings: true }, where: eq('id', 'c1') })).toBeUndefined()
      expect(await storage.find(children, { include: { parent: true, discount: true }, limit: 'all' })).toHaveLength(3)
    } finally {
      await storage.insert(settings, single ?? { id: 'settings', version: 7, open: true })
    }
  })

  test('included rows are copies', async (subject) => {
    await fill(subject)
    const query = { include, where: eq('id', 'c1') } as const
    const found = await subject.storage.findOne(children, query)
    Object.assign(found?.discount ?? {}, { percent: 100 })
    Object.assign(found?.discount?.terms ?? {}, { 0: 'always' })
    expect((await subject.storage.findOne(children, query))?.discount).toMatchObject({
      percent: 50,
      terms: ['once', 'today'],
    })
  })

  test('limit, offset and order count rows of the table, not of what is included', async (subject) => {
    await fill(subject)
    const orderBy = [{ field: 'position', direction: 'desc' }] as const
    const found = await subject.storage.find(children, { include, orderBy, limit: 1, offset: 1 })
    expect(found.map((row) => row.id)).toEqual(['c2'])
  })

  test('the only row of a table can be read alone', async ({ storage }) => {
    expect(await storage.find(settings, { limit: 'all' })).toEqual([{ id: 'settings', version: 7, open: true }])
  })

  test(
    'a read with three includes is one statement',
    async (subject) => {
      await fill(subject)
      const before = statements(subject)
      await subject.storage.findOne(children, { include, where: eq('id', 'c1') })
      expect(statements(subject)).toBe(before + 1)
    },
    ['events'],
  )

  test('fields of rows that are not included are refused', async ({ storage }) => {
    const where = eq('parent.name', 'one')
    await expect(storage.find(children, { where, limit: 'all' })).rejects.toBeInstanceOf(TypeError)
    await expect(storage.find(children, { where, include: { discount: true }, limit: 'all' })).rejects.toBeInstanceOf(
      TypeError,
    )
    await expect(storage.count(children, where)).rejects.toBeInstanceOf(TypeError)
    await expect(storage.update(children, { where, set: { position: 1 } })).rejects.toBeInstanceOf(TypeError)
    await expect(storage.delete(children, where)).rejects.toBeInstanceOf(TypeError)
    await expect(storage.consume(children, where)).rejects.toBeInstanceOf(TypeError)
    await expect(storage.find(children, { include: unsafe({ parent: false }), limit: 'all' })).rejects.toBeInstanceOf(
      TypeError,
    )
    await expect(
      storage.find(children, { where: eq('parent.nothing', 'x'), include: { parent: true }, limit: 'all' }),
    ).rejects.toBeInstanceOf(TypeError)
    await expect(
      storage.find(children, { where: eq('parent.name', unsafe(0)), include: { parent: true }, limit: 'all' }),
    ).rejects.toBeInstanceOf(TypeError)
  })
}

const statements = ({ events }: Subject): number => events.filter((event) => event.kind === 'statement').length
