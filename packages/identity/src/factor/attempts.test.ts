import { createKeyring } from '@cardea/core/crypto'
import { describe, expect, it } from 'vitest'
import { createTestStorage } from '../identity.fixture.js'
import { createThrottle } from '../throttle/throttle.js'
import { forgiveFactorAttempts, takeFactorAttempt } from './attempts.js'

const setUp = async () => {
  const storage = await createTestStorage()
  const time = { now: 1_000_000 }
  const throttle = createThrottle({
    clock: () => time.now,
    keyring: createKeyring(['a root secret that only this test uses']),
  })
  const take = (principalId = 'anna') => takeFactorAttempt(throttle, storage, principalId)
  const takeMany = async (n: number, principalId?: string) =>
    (await Promise.all(Array.from({ length: n }, () => take(principalId)))).filter(Boolean).length
  const forgive = () => forgiveFactorAttempts(throttle, storage, 'anna')
  return { time, take, takeMany, forgive }
}

describe('takeFactorAttempt', () => {
  it('gives five out in five minutes, however many ask at once', async () => {
    const { time, takeMany } = await setUp()
    expect(await takeMany(100)).toBe(5)
    expect(await takeMany(5, 'ben')).toBe(5)
    time.now += 59_999
    expect(await takeMany(10)).toBe(0)
    time.now += 1
    expect(await takeMany(10)).toBe(1)
    time.now += 300_000
    expect(await takeMany(10)).toBe(5)
  })

  it('gives twenty out in a day, and then one for each part of it', async () => {
    const { time, takeMany } = await setUp()
    let taken = 0
    for (let round = 0; round < 12; round += 1) {
      taken += await takeMany(10)
      time.now += 300_000
    }
    expect(taken).toBe(20)
    time.now += 86_400_000
    for (taken = 0; taken < 20; taken += await takeMany(5)) time.now += 300_000
    time.now += 300_000
    expect(await takeMany(5)).toBeLessThanOrEqual(2)
  })
})

describe('forgiveFactorAttempts', () => {
  it('gives everything back, so that nobody is locked out for signing in often', async () => {
    const { take, takeMany, forgive } = await setUp()
    for (let signIn = 0; signIn < 100; signIn += 1) {
      expect(await take(), `sign-in ${signIn}`).toBe(true)
      await forgive()
    }
    expect(await takeMany(100)).toBe(5)
  })

  it('gives nothing back to others', async () => {
    const { takeMany, forgive } = await setUp()
    await takeMany(5, 'ben')
    await forgive()
    expect(await takeMany(5, 'ben')).toBe(0)
  })
})
