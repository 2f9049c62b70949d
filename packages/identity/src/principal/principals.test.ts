import { credentials, identifiers } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { addIdentifier } from '../identifier/identifiers.js'
import { addPrincipal, createTestStorage } from '../identity.fixture.js'
import {
  bumpEpoch,
  createPrincipal,
  deletePrincipal,
  disablePrincipal,
  enablePrincipal,
  findPrincipal,
} from './principals.js'

const setUp = async () => {
  const storage = await createTestStorage()
  await addPrincipal(storage, 'anna')
  return storage
}

describe('createPrincipal', () => {
  it('makes an active principal', async () => {
    const storage = await setUp()
    expect(await findPrincipal(storage, 'anna')).toEqual({
      id: 'anna',
      collection: 'users',
      recordKey: 'anna',
      active: true,
      epoch: 0,
      secondFactors: 0,
      failedAttempts: 0,
      createdAt: 1_000,
    })
  })

  it('makes one for each record', async () => {
    const storage = await setUp()
    await expect(
      createPrincipal(storage, { id: 'other', collection: 'users', recordKey: 'anna', now: 1 }),
    ).rejects.toMatchObject({ code: 'unique_violation' })
  })
})

describe('bumpEpoch', () => {
  it('gives the new epoch', async () => {
    const storage = await setUp()
    expect(await bumpEpoch(storage, 'anna')).toBe(1)
    expect(await bumpEpoch(storage, 'anna')).toBe(2)
    expect(await bumpEpoch(storage, 'nobody')).toBeUndefined()
  })

  it('counts every one of many at a time', async () => {
    const storage = await setUp()
    await Promise.all(Array.from({ length: 50 }, () => bumpEpoch(storage, 'anna')))
    expect((await findPrincipal(storage, 'anna'))?.epoch).toBe(50)
  })

  it('bumps once for one proof', async () => {
    const storage = await setUp()
    const results = await Promise.all(
      Array.from({ length: 20 }, () => bumpEpoch(storage, 'anna', { expectedEpoch: 0 })),
    )
    expect(results.filter((epoch) => epoch !== undefined)).toEqual([1])
    expect((await findPrincipal(storage, 'anna'))?.epoch).toBe(1)
  })
})

describe('disablePrincipal', () => {
  it('disables and makes what was issued before worthless, also after enabling', async () => {
    const storage = await setUp()
    expect(await disablePrincipal(storage, 'anna')).toBe(true)
    expect(await findPrincipal(storage, 'anna')).toMatchObject({ active: false, epoch: 1 })
    expect(await enablePrincipal(storage, 'anna')).toBe(true)
    expect(await findPrincipal(storage, 'anna')).toMatchObject({ active: true, epoch: 2 })
  })

  it('says when there is no such principal', async () => {
    const storage = await setUp()
    expect(await disablePrincipal(storage, 'nobody')).toBe(false)
    expect(await enablePrincipal(storage, 'nobody')).toBe(false)
  })
})

describe('deletePrincipal', () => {
  it('deletes the principal with all that is its own', async () => {
    const storage = await setUp()
    await addIdentifier(storage, { collection: 'users', kind: 'email', key: 'a@example.com', principalId: 'anna' })
    await storage.insert(credentials, { principal_id: 'anna', hash: 'phc', changed_at: 0 })
    expect(await deletePrincipal(storage, 'anna')).toBe(true)
    expect(await deletePrincipal(storage, 'anna')).toBe(false)
    expect(await storage.count(identifiers)).toBe(0)
    expect(await storage.count(credentials)).toBe(0)
  })
})
