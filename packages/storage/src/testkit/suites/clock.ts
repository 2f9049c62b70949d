import { and, type Condition, databaseNow, eq, gt, gte, lt, lte } from '@cardea/core'
import { expect } from 'vitest'
import type { DeclareTest, Subject } from '../subject.js'
import { kinds } from '../tables.js'

/** The database's clock, in conditions and as a new value. */
export function clockTests(test: DeclareTest): void {
  const stamp = async ({ storage }: Pick<Subject, 'storage'>, offset = 0): Promise<number> => {
    await storage.update(kinds, { where: eq('id', 'a'), set: { at: databaseNow(offset) } })
    return (await storage.findOne(kinds, { where: eq('id', 'a') }))?.at ?? Number.NaN
  }

  test('set takes the clock in milliseconds, with an offset', async (subject) => {
    await subject.storage.insert(kinds, { id: 'a', label: 'x', amount: 0 })
    const now = await stamp(subject)
    expect(Number.isSafeInteger(now)).toBe(true)
    // Between 2020 and 2100, so neither seconds nor microseconds.
    expect(now).toBeGreaterThan(1_577_836_800_000)
    expect(now).toBeLessThan(4_102_444_800_000)
    const [later, earlier] = [await stamp(subject, 3_600_000), await stamp(subject, -3_600_000)]
    expect(Math.abs(later - now - 3_600_000)).toBeLessThan(60_000)
    expect(Math.abs(earlier - now + 3_600_000)).toBeLessThan(60_000)
  })

  test('conditions compare with the clock, with an offset', async (subject) => {
    const { storage } = subject
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 0 })
    await stamp(subject)
    const count = (where: Condition) => storage.count(kinds, where)
    expect(await count(lte('at', databaseNow()))).toBe(1)
    expect(await count(gt('at', databaseNow()))).toBe(0)
    expect(await count(lt('at', databaseNow(60_000)))).toBe(1)
    expect(await count(gt('at', databaseNow(-60_000)))).toBe(1)
    expect(await count(gte('at', databaseNow(60_000)))).toBe(0)
    expect(await count(lte('at', databaseNow(-60_000)))).toBe(0)
    expect(await storage.find(kinds, { where: lte('at', databaseNow()), limit: 'all' })).toHaveLength(1)
    const moved = {
      where: and(eq('id', 'a'), gt('at', databaseNow(-60_000))),
      set: { at: databaseNow(-90_000) },
    } as const
    expect(await storage.update(kinds, moved)).toBe(1)
    expect(await storage.update(kinds, moved)).toBe(0)
    expect(await storage.consume(kinds, lt('at', databaseNow(-80_000)))).toBeDefined()
  })

  test('the clock moves, a query that is kept included', async (subject) => {
    const { storage } = subject
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 0 })
    const start = await stamp(subject)
    await storage.update(kinds, { where: eq('id', 'a'), set: { at: start + 5 } })
    const query = { where: lte('at', databaseNow()), limit: 'all' } as const
    const changes = new Set<number>()
    // A statement takes a fraction of a millisecond or more, so the clock passes within a few hundred of them.
    for (let round = 0; round < 50_000; round += 1) {
      const found = await storage.find(kinds, query)
      changes.add(found.length)
      if (found.length === 1) break
      if (round % 100 === 99) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(changes.has(1)).toBe(true)
    expect(await stamp(subject)).toBeGreaterThanOrEqual(start + 5)
  })

  test(
    'both connections read the same clock',
    async ({ storage, second }) => {
      await storage.insert(kinds, { id: 'a', label: 'x', amount: 0 })
      const first = await stamp({ storage })
      expect(Math.abs((await stamp({ storage: second })) - first)).toBeLessThan(60_000)
    },
    ['second'],
  )
}
