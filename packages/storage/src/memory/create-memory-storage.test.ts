import { databaseNow, eq, gt, lte } from '@cardea/core'
import {
  authz,
  credentials,
  defineTable,
  integer,
  nullable,
  principals,
  type StatementEvent,
  text,
} from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const notes = defineTable('notes', {
  columns: { id: text(36), body: text(100), at: nullable(integer()) },
  primaryKey: ['id'],
})
const note = (id: string) => ({ id, body: 'x' })

describe('createMemoryStorage', () => {
  it('answers databaseNow() by the clock that it is given', async () => {
    let now = 1_000
    const storage = createMemoryStorage({ clock: () => now })
    await storage.migrate([notes])
    await storage.insert(notes, note('a'))
    await storage.update(notes, { where: eq('id', 'a'), set: { at: databaseNow(50) } })
    expect(await storage.findOne(notes, { where: eq('id', 'a') })).toMatchObject({ at: 1_050 })
    expect(await storage.count(notes, lte('at', databaseNow()))).toBe(0)
    now = 1_050
    expect(await storage.count(notes, lte('at', databaseNow()))).toBe(1)
    expect(await storage.count(notes, gt('at', databaseNow()))).toBe(0)
  })

  it('reads the clock once for each statement', async () => {
    let now = 0
    const storage = createMemoryStorage({
      clock: () => {
        now += 1
        return now
      },
    })
    await storage.migrate([notes])
    await storage.insert(notes, [note('a'), note('b'), note('c')])
    await storage.update(notes, { where: eq('body', 'x'), set: { at: databaseNow() } })
    const found = await storage.find(notes, { limit: 'all' })
    expect(new Set(found.map(({ at }) => at)).size).toBe(1)
  })

  it('tells the log of every verb as one statement, without a value, and of transactions apart', async () => {
    const events: StatementEvent[] = []
    const storage = createMemoryStorage({ log: (event) => events.push(event) })
    await storage.migrate([notes])
    await storage.insert(notes, { id: 'secret-id', body: 'secret' })
    await storage.transaction(async (transaction) => {
      await transaction.findOne(notes, { where: eq('body', 'secret') })
      await transaction.update(notes, { where: eq('body', 'secret'), set: { body: 'secret-2' } })
    })
    await storage.transaction(() => Promise.reject(new Error('over'))).catch(() => undefined)
    await storage.consume(notes, eq('id', 'secret-id'))
    expect(events.map(({ kind, sql }) => `${kind}: ${sql}`)).toEqual([
      'statement: insert notes',
      'transaction: begin',
      'statement: find notes',
      'statement: update notes',
      'transaction: commit',
      'transaction: begin',
      'transaction: rollback',
      'statement: consume notes',
    ])
  })

  it('keeps two storages apart', async () => {
    const [one, other] = [createMemoryStorage(), createMemoryStorage()]
    await one.migrate([notes])
    await one.insert(notes, note('a'))
    await expect(other.count(notes)).rejects.toMatchObject({ code: 'schema_outdated' })
    await other.migrate([notes])
    expect(await other.count(notes)).toBe(0)
    await one.transaction(async (transaction) => {
      expect(() => other.join(transaction)).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
    })
  })

  it('refuses tables whose foreign keys point at nothing, and makes none of them', async () => {
    const storage = createMemoryStorage()
    const migration = storage.migrate([authz, credentials])
    await expect(migration).rejects.toMatchObject({ code: 'configuration_invalid' })
    await expect(storage.count(authz)).rejects.toMatchObject({ code: 'schema_outdated' })
    expect((await storage.migrate([authz, principals, credentials])).steps).toHaveLength(3)
  })

  it('numbers the migrations that did something', async () => {
    const storage = createMemoryStorage()
    expect((await storage.migrate([authz])).steps.map(({ number }) => number)).toEqual([1])
    await storage.migrate([authz])
    const { steps } = await storage.migrate([principals, notes])
    expect(steps.map(({ number, table }) => [number, table])).toEqual([
      [2, 'cardea_principals'],
      [2, 'notes'],
    ])
  })

  it('does not migrate inside a transaction', async () => {
    const storage = createMemoryStorage()
    await storage.transaction(async (transaction) => {
      await expect(storage.join(transaction).migrate([notes])).rejects.toMatchObject({ code: 'configuration_invalid' })
    })
  })
})

describe('a transaction of createMemoryStorage', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const open = async () => {
    const storage = createMemoryStorage()
    await storage.migrate([notes])
    await storage.insert(notes, note('a'))
    return storage
  }

  it('that waits for a write from outside itself is not left hanging', async () => {
    const storage = await open()
    const result = await storage.transaction(async (transaction) => {
      await transaction.insert(notes, note('b'))
      expect(await storage.count(notes)).toBe(1)
      const outside = storage.insert(notes, note('c')).catch((error: unknown) => error)
      const another = storage.transaction((inner) => inner.insert(notes, note('d'))).catch((error: unknown) => error)
      await vi.advanceTimersByTimeAsync(2_000)
      return Promise.all([outside, another])
    })
    expect(result).toMatchObject([{ code: 'unavailable' }, { code: 'unavailable' }])
    expect((await storage.find(notes, { limit: 'all' })).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(await storage.insert(notes, note('c'))).toBe(1)
  })

  it('makes writers outside wait, in the order in which they came, for 2 s of each other at most', async () => {
    const storage = await open()
    const order: string[] = []
    const slow = (name: string) =>
      storage.transaction(async (transaction) => {
        await transaction.insert(notes, note(name))
        await new Promise((resolve) => setTimeout(resolve, 1_500))
        order.push(name)
      })
    const all = Promise.all([
      slow('1'),
      slow('2'),
      storage.insert(notes, note('3')).then(() => order.push('3')),
      slow('4'),
    ])
    await vi.advanceTimersByTimeAsync(10_000)
    await all
    expect(order).toEqual(['1', '2', '3', '4'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not let a waiter hang behind one that waited itself', async () => {
    const storage = await open()
    const first = storage.transaction(() => new Promise((resolve) => setTimeout(resolve, 1_000)))
    const stuck = storage.transaction(() => new Promise((resolve) => setTimeout(resolve, 5_000)))
    const last = storage.insert(notes, note('last')).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(3_500)
    expect(await last).toMatchObject({ code: 'unavailable' })
    await vi.advanceTimersByTimeAsync(5_000)
    await Promise.all([first, stuck])
  })

  it('lets verbs beside an open savepoint wait for its end, so that they are not undone with it', async () => {
    const storage = await open()
    await storage.transaction(async (transaction) => {
      const joined = storage.join(transaction)
      const beside: Promise<unknown>[] = []
      const inner = joined.transaction(async (savepoint) => {
        await savepoint.insert(notes, note('inner'))
        beside.push(transaction.insert(notes, note('beside')), transaction.count(notes))
        throw new Error('give up')
      })
      await expect(inner).rejects.toThrow('give up')
      expect(await Promise.all(beside)).toEqual([1, 2])
    })
  })

  it('keeps savepoints inside savepoints apart', async () => {
    const storage = await open()
    await storage.transaction(async (transaction) => {
      await storage.join(transaction).transaction(async (outer) => {
        await outer.insert(notes, note('outer'))
        const inner = storage.join(outer).transaction(async (innermost) => {
          await innermost.insert(notes, note('inner'))
          await innermost.update(notes, { where: eq('id', 'outer'), set: { body: 'changed' } })
          await innermost.delete(notes, eq('id', 'a'))
          throw new Error('give up')
        })
        await expect(inner).rejects.toThrow('give up')
        await storage.join(outer).transaction((innermost) => innermost.insert(notes, note('second')))
      })
    })
    const found = await storage.find(notes, { orderBy: [{ field: 'id', direction: 'asc' }], limit: 'all' })
    expect(found.map(({ id, body }) => [id, body])).toEqual([
      ['a', 'x'],
      ['outer', 'x'],
      ['second', 'x'],
    ])
  })

  it('runs savepoints that were started at once one after the other', async () => {
    const storage = await open()
    await storage.transaction(async (transaction) => {
      const joined = storage.join(transaction)
      const insert = (...ids: readonly string[]) =>
        joined.transaction(async (inner) => {
          for (const id of ids) await inner.insert(notes, note(id))
        })
      const results = await Promise.allSettled([insert('b', 'c'), insert('d', 'a'), insert('e', 'c'), insert('d', 'f')])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    })
    expect((await storage.find(notes, { limit: 'all' })).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'f'])
  })

  it('does not let a savepoint pretend to be kept when it outlives it', async () => {
    const storage = await open()
    let proceed = (): void => {}
    const gate = new Promise<void>((resolve) => {
      proceed = resolve
    })
    let straggler: Promise<unknown> = Promise.resolve()
    await storage.transaction(async (transaction) => {
      straggler = storage
        .join(transaction)
        .transaction(async (inner) => {
          await inner.insert(notes, note('late'))
          await gate
        })
        .catch((error: unknown) => error)
      await transaction.count(notes)
    })
    proceed()
    expect(await straggler).toMatchObject({ code: 'internal_error' })
    expect(await storage.count(notes)).toBe(1)
  })
})
