import { createKeyring } from '@cardea/core/crypto'
import { type Storage, devices as table } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { addPrincipal, createTestStorage } from '../identity.fixture.js'
import { bumpEpoch } from '../principal/principals.js'
import { createDevices } from './devices.js'

const anna = { id: 'anna', epoch: 0 }
const ben = { id: 'ben', epoch: 0 }
const firefox = { userAgent: 'Firefox', network: '192.0.2.0/24', ip: '192.0.2.7' }

async function setUp() {
  const storage = await createTestStorage()
  await addPrincipal(storage, 'anna')
  await addPrincipal(storage, 'ben')
  const time = { now: 1_000_000 }
  let round = 0
  const devices = createDevices({
    clock: () => time.now,
    random: (length) => new Uint8Array(length).fill(++round),
    keyring: createKeyring(['a root secret that only this test uses']),
  })
  const rows = () => storage.find(table, { limit: 'all' })
  return { storage, devices, time, rows }
}

describe('remember', () => {
  it('knows a device by its token, and without one by browser and network', async () => {
    const { storage, devices } = await setUp()
    const token = devices.createToken()
    expect(await devices.remember(storage, anna, { ...firefox, token })).toBe(true)
    expect(await devices.remember(storage, anna, { ...firefox, token })).toBe(false)
    expect(await devices.remember(storage, anna, firefox)).toBe(false)
    expect(await devices.remember(storage, anna, { ...firefox, network: '198.51.100.0/24', token })).toBe(false)
    expect(await devices.remember(storage, anna, { ...firefox, userAgent: 'Chrome' })).toBe(true)
    expect(await devices.remember(storage, ben, { ...firefox, token })).toBe(true)
    expect(await devices.knows(storage, 'anna', token)).toBe(true)
    expect(await devices.knows(storage, 'anna', devices.createToken())).toBe(false)
  })

  it('notes what is new beside what is known: another token, or another network', async () => {
    const { storage, devices, rows } = await setUp()
    const [token, other] = [devices.createToken(), devices.createToken()]
    await devices.remember(storage, anna, { ...firefox, token })
    expect(await devices.remember(storage, anna, { ...firefox, token: other })).toBe(false)
    expect(await devices.knows(storage, 'anna', other)).toBe(true)
    expect(await rows()).toHaveLength(3)
  })

  it('writes nothing where all is known', async () => {
    const { storage, devices, time, rows } = await setUp()
    const device = { ...firefox, token: devices.createToken() }
    await devices.remember(storage, anna, device)
    const before = await rows()
    time.now += 86_400_000
    // A write would throw.
    const fail = () => Promise.reject(new Error('written'))
    const readOnly: Storage = { ...storage, insert: fail, transaction: fail }
    expect(await devices.remember(readOnly, anna, device)).toBe(false)
    expect(await rows()).toEqual(before)
  })

  it('takes one of many first sign-ins at once for new', async () => {
    const { storage, devices, rows } = await setUp()
    const device = { ...firefox, token: devices.createToken() }
    const found = await Promise.all(Array.from({ length: 20 }, () => devices.remember(storage, anna, device)))
    expect(found.filter(Boolean)).toHaveLength(1)
    expect(await rows()).toHaveLength(2)
  })

  it('makes nothing known by a sign-in that was over before', async () => {
    const { storage, devices, rows } = await setUp()
    const device = { ...firefox, token: devices.createToken() }
    await bumpEpoch(storage, 'anna')
    expect(await devices.remember(storage, anna, device)).toBe(false)
    expect(await rows()).toEqual([])
    expect(await devices.remember(storage, { id: 'anna', epoch: 1 }, device)).toBe(true)
  })
})

describe('forget', () => {
  it('forgets the devices of one principal, but for the one that stays', async () => {
    const { storage, devices } = await setUp()
    const [own, other] = [devices.createToken(), devices.createToken()]
    const chrome = { ...firefox, userAgent: 'Chrome', token: other }
    await devices.remember(storage, anna, { ...firefox, token: own })
    await devices.remember(storage, anna, chrome)
    await devices.remember(storage, ben, chrome)
    await devices.forget(storage, 'anna', { ...firefox, token: own })
    expect(await devices.knows(storage, 'anna', own)).toBe(true)
    expect(await devices.knows(storage, 'anna', other)).toBe(false)
    expect(await devices.remember(storage, anna, { ...firefox, token: own })).toBe(false)
    expect(await devices.count(storage, 'anna')).toBe(2)
    await devices.forget(storage, 'anna')
    expect(await devices.count(storage, 'anna')).toBe(0)
    expect(await devices.knows(storage, 'ben', other)).toBe(true)
  })

  it('knows a token by its hash as well, which is not the token', async () => {
    const { storage, devices } = await setUp()
    const token = devices.createToken()
    await devices.remember(storage, anna, { ...firefox, token })
    const hash = devices.hashToken(token)
    expect(hash).not.toContain(token)
    expect(await devices.knowsHash(storage, 'anna', hash)).toBe(true)
    expect(await devices.knowsHash(storage, 'ben', hash)).toBe(false)
    expect(await devices.knowsHash(storage, 'anna', token)).toBe(false)
  })
})
