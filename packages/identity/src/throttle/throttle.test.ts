import { createKeyring } from '@cardea/core/crypto'
import { limits, type Storage } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createTestStorage } from '../identity.fixture.js'
import { createThrottle, type ThrottleKey } from './throttle.js'

const setUp = async () => {
  const storage = await createTestStorage()
  const time = { now: 1_000_000 }
  const throttle = createThrottle({
    clock: () => time.now,
    keyring: createKeyring(['a root secret that only this test uses']),
  })
  return { storage, throttle, time }
}

const key: ThrottleKey = ['otp', 'users', 'anna@example.test']
const many = async (n: number, work: () => Promise<boolean>): Promise<number> =>
  (await Promise.all(Array.from({ length: n }, work))).filter(Boolean).length

describe('take', () => {
  it('gives out as many as there are, however many ask at once', async () => {
    const { storage, throttle } = await setUp()
    expect(await many(50, () => throttle.take(storage, key, { limit: 5, periodSeconds: 3_600 }))).toBe(5)
    expect(await throttle.take(storage, ['otp', 'users', 'other'], { limit: 5, periodSeconds: 3_600 })).toBe(true)
    expect(await throttle.take(storage, ['reset', ...key.slice(1)], { limit: 5, periodSeconds: 3_600 })).toBe(true)
  })

  it('gives out one more for each part of the period that has passed', async () => {
    const { storage, throttle, time } = await setUp()
    const take = () => throttle.take(storage, key, { limit: 4, periodSeconds: 60 })
    expect(await many(10, take)).toBe(4)
    time.now += 14_999
    expect(await take()).toBe(false)
    time.now += 1
    expect(await many(10, take)).toBe(1)
    time.now += 3_600_000
    expect(await many(10, take)).toBe(4)
  })

  it('keeps a distance where only one may be at once', async () => {
    const { storage, throttle, time } = await setUp()
    const take = () => throttle.take(storage, key, { limit: 60, periodSeconds: 3_600, burst: 1 })
    expect(await many(10, take)).toBe(1)
    time.now += 59_999
    expect(await take()).toBe(false)
    time.now += 1
    expect(await many(10, take)).toBe(1)
  })

  it('refuses nobody because a right guess is forgiven at the same time', async () => {
    const { storage, throttle } = await setUp()
    const budget = { limit: 5, periodSeconds: 300 }
    await throttle.take(storage, key, budget)
    const forgiving: Storage = {
      ...storage,
      update: async (table, query) => {
        await throttle.forgive(storage, [key])
        return await storage.update(table, query)
      },
    }
    expect(await throttle.take(forgiving, key, budget)).toBe(true)
    expect(await many(10, () => throttle.take(storage, key, budget))).toBe(4)
  })

  it('names nobody in the table', async () => {
    const { storage, throttle } = await setUp()
    await throttle.take(storage, key, { limit: 5, periodSeconds: 3_600 })
    const [row] = await storage.find(limits, { limit: 'all' })
    expect(row?.key).toMatch(/^otp:[\w-]{43}$/)
  })
})

describe('fail', () => {
  const policy = { free: 5, firstDelaySeconds: 30, longestDelaySeconds: 900 }

  it('counts each of many at once', async () => {
    const { storage, throttle } = await setUp()
    await Promise.all(Array.from({ length: 50 }, () => throttle.fail(storage, key, policy)))
    const [row] = await storage.find(limits, { limit: 'all' })
    expect(row?.count).toBe(50)
  })

  it('blocks after the free guesses, each time for twice as long, up to the longest', async () => {
    const { storage, throttle, time } = await setUp()
    for (let guess = 1; guess < 5; guess += 1) {
      await throttle.fail(storage, key, policy)
      expect((await throttle.look(storage, key)).blocked).toBe(false)
    }
    for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
      await throttle.fail(storage, key, policy)
      time.now += seconds * 1_000 - 1
      expect((await throttle.look(storage, key)).blocked).toBe(true)
      time.now += 1
      expect((await throttle.look(storage, key)).blocked).toBe(false)
    }
  })

  it('never shortens a delay', async () => {
    const { storage, throttle, time } = await setUp()
    await Promise.all(Array.from({ length: 9 }, () => throttle.fail(storage, key, policy)))
    time.now += 400_000
    expect((await throttle.look(storage, key)).blocked).toBe(true)
  })

  it('begins anew after a right guess', async () => {
    const { storage, throttle } = await setUp()
    for (let guess = 0; guess < 8; guess += 1) await throttle.fail(storage, key, policy)
    await throttle.forgive(storage, [key])
    expect((await throttle.look(storage, key)).blocked).toBe(false)
    for (let guess = 1; guess < 5; guess += 1) await throttle.fail(storage, key, policy)
    expect((await throttle.look(storage, key)).blocked).toBe(false)
  })

  it('counts each key apart', async () => {
    const { storage, throttle } = await setUp()
    for (let guess = 0; guess < 8; guess += 1) await throttle.fail(storage, key, policy)
    expect((await throttle.look(storage, [...key, '192.0.2.1'])).blocked).toBe(false)
  })
})
