import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { eq } from '@cardea/core'
import { defineTable, integer, text } from '@cardea/storage'
import { afterEach, describe, expect, it } from 'vitest'
import { unhinderedMilliseconds } from '../driver/unhindered.fixture.js'
import { createTestFile } from '../testkit/test-file.js'
import { sqlite } from './sqlite.js'

const counters = defineTable('suite_counters', {
  columns: { id: text(36), value: integer() },
  primaryKey: ['id'],
})
const increment = { where: eq('id', 'a'), increment: { value: 1 } } as const
const unavailable = { name: 'CardeaError', code: 'unavailable', retryAfterSeconds: 1 }

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function createCounters(): Promise<string> {
  const file = createTestFile()
  cleanups.push(() => file.remove())
  const storage = sqlite(file.path)
  await storage.migrate([counters])
  await storage.insert(counters, { id: 'a', value: 0 })
  await storage.close()
  return file.path
}

function open(path: string) {
  const storage = sqlite(path)
  cleanups.push(() => storage.close())
  return storage
}

describe('sqlite() when things go wrong', () => {
  it('loses no update, and gives none up, when two write into one file', async () => {
    const path = await createCounters()
    const storages = [open(path), open(path)]
    const writes = Array.from({ length: 80 }, async (_, index) => {
      const storage = storages[index % 2] ?? open(path)
      if (index % 3 === 0) return storage.update(counters, increment)
      await storage.transaction(async (transaction) => {
        const row = await transaction.findOne(counters, { where: eq('id', 'a') })
        await new Promise((resolve) => setImmediate(resolve))
        await transaction.update(counters, { where: eq('id', 'a'), set: { value: (row?.value ?? 0) + 1 } })
      })
    })
    await Promise.all(writes)
    expect(await storages[0]?.findOne(counters, { where: eq('id', 'a') })).toEqual({ id: 'a', value: 80 })
  })

  it('answers unavailable after two seconds when another process keeps the file locked; reads go on', async () => {
    const path = await createCounters()
    const storage = open(path)
    await storage.ping()
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    const milliseconds = await unhinderedMilliseconds(async () => {
      const attempts = [
        () => storage.update(counters, increment),
        () => storage.transaction((transaction) => transaction.update(counters, increment)),
      ].map((run) => expect(run()).rejects.toMatchObject(unavailable))
      expect(await storage.findOne(counters, { where: eq('id', 'a') })).toEqual({ id: 'a', value: 0 })
      await Promise.all(attempts)
    })
    // Less than that would be a process that is held up by waiting.
    expect(milliseconds).toBeGreaterThan(400)
    expect(milliseconds).toBeLessThan(2_300)
    other.exec('rollback')
    other.close()
    expect(await storage.update(counters, increment)).toBe(1)
  })

  it('answers unavailable to a write that waits for its own transaction, and goes on afterwards', async () => {
    const storage = open(await createCounters())
    const work = storage.transaction(async (transaction) => {
      await transaction.update(counters, increment)
      await storage.update(counters, increment)
    })
    await expect(work).rejects.toMatchObject(unavailable)
    expect(await storage.findOne(counters, { where: eq('id', 'a') })).toEqual({ id: 'a', value: 0 })
    expect(await storage.update(counters, increment)).toBe(1)
  })

  it('answers unavailable when the disk is full, and leaves nothing of the transaction', async () => {
    const database = new DatabaseSync(':memory:')
    cleanups.push(() => database.close())
    const storage = sqlite(database)
    await storage.migrate([counters])
    database.exec('pragma max_page_count = 12')
    const fill = (from: number) =>
      Array.from({ length: 400 }, (_, index) => ({ id: `row-${from + index}-${'x'.repeat(20)}`, value: index }))
    const work = storage.transaction(async (transaction) => {
      for (let from = 0; from < 10_000; from += 400) await transaction.insert(counters, fill(from))
    })
    await expect(work).rejects.toMatchObject(unavailable)
    expect(await storage.count(counters)).toBe(0)
    database.exec('pragma max_page_count = 100000')
    expect(await storage.insert(counters, fill(0))).toBe(400)
  })

  it('answers unavailable where there is no database, or none that can be read', async () => {
    const path = await createCounters()
    await expect(open(join(path, 'below-a-file.db')).ping()).rejects.toMatchObject(unavailable)
    const broken = `${path}-broken`
    writeFileSync(broken, 'this is no database, although it is long enough to have a header of one'.repeat(20))
    await expect(open(broken).ping()).rejects.toMatchObject(unavailable)
  })

  it('answers unavailable to writes where the file can only be read', async () => {
    const storage = open(`file:${await createCounters()}?mode=ro`)
    expect(await storage.count(counters)).toBe(1)
    await expect(storage.update(counters, increment)).rejects.toMatchObject(unavailable)
    await expect(storage.transaction((inside) => inside.update(counters, increment))).rejects.toMatchObject(unavailable)
  })

  it('tells a schema that lacks something from a row that is not there', async () => {
    const path = await createCounters()
    const storage = open(path)
    const other = new DatabaseSync(path)
    other.exec('alter table suite_counters rename column value to theirs')
    other.close()
    await expect(storage.findOne(counters, { where: eq('id', 'a') })).rejects.toMatchObject({ code: 'schema_outdated' })
    await expect(storage.update(counters, increment)).rejects.toMatchObject({ code: 'schema_outdated' })
  })
})
