import { createKeyring } from '@cardea/core/crypto'
import { type StorageOperations, devices as table } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { addPrincipal, createTestStorage } from '../identity.fixture.js'
import { createDevices } from './devices.js'

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
    expect(await devices.remember(storage, 'anna', { ...firefox, token })).toBe(true)
    expect(await devices.remember(storage, 'anna', { ...firefox, token })).toBe(false)
    expect(await devices.remember(storage, 'anna', firefox)).toBe(false)
    expect(await devices.remember(storage, 'anna', { ...firefox, network: '198.51.100.0/24', token })).toBe(false)
    expect(await devices.remember(storage, 'anna', { ...firefox, userAgent: 'Chrome' })).toBe(true)
    expect(await devices.remember(storage, 'ben', { ...firefox, token })).toBe(true)
    expect(await devices.knows(storage, 'anna', token)).toBe(true)
    expect(await devices.knows(storage, 'anna', devices.createToken())).toBe(false)
  })

  it('notes what is new beside what is known: another token, or another network', async () => {
    const { storage, devices, rows } = await setUp()
    const [token, other] = [devices.createToken(), devices.createToken()]
    await devices.remember(storage, 'anna', { ...firefox, token })
    expect(await devices.remember(storage, 'anna', { ...firefox, token: other })).toBe(false)
    expect(await devices.knows(storage, 'anna', other)).toBe(true)
    expect(await rows()).toHaveLength(3)
  })

  it('writes nothing where all is known', async () => {
    const { storage, devices, time, rows } = await setUp()
    const device = { ...firefox, token: devices.createToken() }
    await devices.remember(storage, 'anna', device)
    const before = await rows()
    time.now += 86_400_000
    // A write would throw.
    const readOnly: StorageOperations = { ...storage, insert: () => Promise.reject(new Error('written')) }
    expect(await devices.remember(readOnly, 'anna', device)).toBe(false)
    expect(await rows()).toEqual(before)
  })

  it('takes one of many first sign-ins at once for new', async () => {
    const { storage, devices, rows } = await setUp()
    const device = { ...firefox, token: devices.createToken() }
    const found = await Promise.all(Array.from({ length: 20 }, () => devices.remember(storage, 'anna', device)))
    expect(found.filter(Boolean)).toHaveLength(1)
    expect(await rows()).toHaveLength(2)
  })
})
