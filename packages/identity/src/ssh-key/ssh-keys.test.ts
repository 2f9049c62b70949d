import { eq } from '@cardea/core'
import { createUuidV7, secureRandom } from '@cardea/core/crypto'
import { principals, sshKeys as table } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { addPrincipal, createTestStorage } from '../identity.fixture.js'
import { disablePrincipal } from '../principal/principals.js'
import type { SshPublicKey } from './parse-ssh-public-key.js'
import { createSshKeys } from './ssh-keys.js'

const keyNumber = (number: number): SshPublicKey => ({
  type: 'ssh-ed25519',
  publicKey: `ssh-ed25519 AAAA${number}`,
  fingerprint: String(number).padStart(43, 'x'),
  comment: '',
})

async function setUp(maxPerPrincipal = 100) {
  let statements = 0
  const storage = await createTestStorage((kind) => {
    if (kind === 'statement') statements += 1
  })
  await addPrincipal(storage, 'anna')
  await addPrincipal(storage, 'carl', 'customers')
  const clock = () => 1_800_000_000_000
  const keys = createSshKeys({ storage, clock, createId: createUuidV7(clock, secureRandom), maxPerPrincipal })
  const statementsOf = async (work: () => Promise<unknown>) => {
    const before = statements
    await work()
    return statements - before
  }
  return { keys, statementsOf, storage }
}

describe('createSshKeys', () => {
  it('finds the active principal of a key, by one statement', async () => {
    const { keys, statementsOf } = await setUp()
    const key = keyNumber(1)
    const added = await keys.add({ principalId: 'carl', key, label: 'laptop' })
    expect(added).toMatchObject({ label: 'laptop', type: 'ssh-ed25519', fingerprint: `SHA256:${key.fingerprint}` })
    const owner = { sshKey: added, principal: { id: 'carl', collection: 'customers' } }
    expect(await keys.findByFingerprint(key.fingerprint)).toEqual(owner)
    expect(await keys.findByFingerprint(`SHA256:${key.fingerprint}`)).toEqual(owner)
    expect(await statementsOf(() => keys.findByFingerprint(key.fingerprint))).toBe(1)
    expect(await statementsOf(() => keys.findByFingerprint('MD5:00:11'))).toBe(0)
    expect(await keys.findByFingerprint(keyNumber(2).fingerprint)).toBeUndefined()
  })

  it('finds nobody who is disabled, and again once enabled', async () => {
    const { keys, storage } = await setUp()
    const key = keyNumber(1)
    await keys.add({ principalId: 'anna', key })
    await storage.transaction((transaction) => disablePrincipal(transaction, 'anna'))
    expect(await keys.findByFingerprint(key.fingerprint)).toBeUndefined()
    await storage.update(principals, { where: eq('id', 'anna'), set: { status: 'active' } })
    expect(await keys.findByFingerprint(key.fingerprint)).toBeDefined()
  })

  it('lets a key belong to one principal, however many add it at once', async () => {
    const { keys, storage } = await setUp()
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        keys.add({ principalId: index % 2 === 0 ? 'anna' : 'carl', key: keyNumber(1) }),
      ),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' })
    }
    expect(await storage.count(table)).toBe(1)
  })

  it('stops at the maximum, however many are added at once', async () => {
    const { keys } = await setUp(3)
    await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => keys.add({ principalId: 'anna', key: keyNumber(index) })),
    )
    expect(await keys.list('anna')).toHaveLength(3)
    await expect(keys.add({ principalId: 'anna', key: keyNumber(99) })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('lists, finds and removes', async () => {
    const { keys, storage } = await setUp()
    const { id } = await keys.add({ principalId: 'anna', key: keyNumber(1) })
    await keys.add({ principalId: 'anna', key: keyNumber(2) })
    await keys.add({ principalId: 'carl', key: keyNumber(3) })
    expect((await keys.find(id))?.principalId).toBe('anna')
    expect(await keys.delete(id)).toBe(true)
    expect(await keys.delete(id)).toBe(false)
    expect(await keys.find(id)).toBeUndefined()
    expect(await storage.count(table)).toBe(2)
  })

  it('refuses an unknown principal', async () => {
    const { keys } = await setUp()
    await expect(keys.add({ principalId: 'nobody', key: keyNumber(1) })).rejects.toMatchObject({ code: 'not_found' })
  })
})
