import { eq } from '@cardea/core'
import { createUuidV7, secureRandom } from '@cardea/core/crypto'
import { principals, type Storage, systemTables, apiKeys as table } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { addPrincipal } from '../identity.fixture.js'
import { disablePrincipal } from '../principal/principals.js'
import { createApiKeys } from './api-keys.js'
import type { NewApiKey } from './create-api-key.js'

const minute = 60_000
const users = ['users'] as const

async function setUp(options: { readonly maxPerPrincipal?: number } = {}) {
  let statements: string[] = []
  const time = { now: 1_800_000_000_000 }
  const background: Promise<unknown>[] = []
  const storage: Storage = createMemoryStorage({
    clock: () => time.now,
    log: ({ kind, sql }) => {
      if (kind === 'statement') statements.push(sql)
    },
  })
  await storage.migrate(systemTables)
  await addPrincipal(storage, 'anna')
  await addPrincipal(storage, 'ben')
  await addPrincipal(storage, 'carl', 'customers')
  const clock = () => time.now
  const keys = createApiKeys({
    storage,
    clock,
    random: secureRandom,
    createId: createUuidV7(clock, secureRandom),
    background: (work) => background.push(work),
    ...options,
  })
  const make = (input: Partial<NewApiKey> = {}) => keys.create({ principalId: 'anna', ...input })
  const isGood = async (key: string) => (await keys.verify(key, users)).valid
  const statementsOf = async (work: () => Promise<unknown>) => {
    await Promise.all(background)
    statements = []
    await work()
    return statements.length
  }
  const settle = () => Promise.all(background)
  return { background, isGood, keys, make, settle, statementsOf, storage, time }
}

const invalid = { valid: false, code: 'token_invalid' }
const expired = { valid: false, code: 'token_expired' }
const unknownId = '01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071'

describe('verify', () => {
  it('tells whose key it is and how far it reaches, by one statement', async () => {
    const { keys, make, statementsOf, storage } = await setUp()
    const { key, apiKey } = await make({ label: 'deploy', scopes: ['content:read'], expiresAt: 1_900_000_000_000 })
    await storage.update(principals, { where: eq('id', 'anna'), increment: { authz_version: 7 } })
    expect(await keys.verify(key, users)).toEqual({
      valid: true,
      principal: { id: 'anna', collection: 'users' },
      apiKey,
      versions: { authz: 7, policy: expect.any(Number), config: expect.any(Number) },
    })
    expect(apiKey).toMatchObject({ label: 'deploy', scopes: ['content:read'], revokedAt: null, lastUsedAt: null })
    // The first use was noted above.
    expect(await statementsOf(() => keys.verify(key, users))).toBe(1)
  })

  it('makes no statement for what cannot be a key', async () => {
    const { keys, make, statementsOf } = await setUp()
    const { key } = await make()
    const mistyped = `${key.slice(0, 40)}${key[40] === 'x' ? 'y' : 'x'}${key.slice(41)}`
    for (const text of [mistyped, 'cardea_x', '', null, [key], { key }]) {
      expect(await statementsOf(async () => expect(await keys.verify(text, users)).toEqual(invalid))).toBe(0)
    }
  })

  it('refuses a right id with another secret', async () => {
    const { keys, make, storage } = await setUp()
    const { key } = await make()
    await storage.update(table, { where: eq('principal_id', 'anna'), set: { secret_hash: 'x'.repeat(43) } })
    expect(await keys.verify(key, users)).toEqual(invalid)
  })

  it('takes principals of the collections that are asked for alone', async () => {
    const { keys, make } = await setUp()
    const { key } = await make({ principalId: 'carl' })
    expect(await keys.verify(key, users)).toEqual(invalid)
    expect(await keys.verify(key, [])).toEqual(invalid)
    expect(await keys.verify(key, ['users', 'customers'])).toMatchObject({ valid: true })
  })

  it('refuses an expired key to the millisecond', async () => {
    const { keys, make, time } = await setUp()
    const { key } = await make({ expiresAt: time.now + 10 })
    time.now += 9
    expect(await keys.verify(key, users)).toMatchObject({ valid: true })
    time.now += 1
    expect(await keys.verify(key, users)).toEqual(expired)
  })

  it('refuses when the clock is broken, unless the key has no end', async () => {
    const { keys, make, time } = await setUp()
    const { key } = await make({ expiresAt: time.now + 10 })
    time.now = Number.NaN
    expect(await keys.verify(key, users)).toEqual(expired)
  })

  it('refuses a key whose scopes are no list of names, rather than take it for one without', async () => {
    const { keys, make, storage } = await setUp()
    const { key } = await make({ scopes: [] })
    expect(await keys.verify(key, users)).toMatchObject({ valid: true, apiKey: { scopes: [] } })
    for (const scopes of ['content:read', { all: true }, [1], false]) {
      // What another program may have written.
      const broken = scopes as unknown as readonly string[]
      await storage.update(table, { where: eq('principal_id', 'anna'), set: { scopes: broken } })
      expect(await keys.verify(key, users)).toEqual(invalid)
    }
  })

  it('refuses a disabled principal, and knows nothing of a deleted one', async () => {
    const { isGood, make, storage } = await setUp()
    const { key } = await make()
    await storage.transaction((transaction) => disablePrincipal(transaction, 'anna'))
    expect(await isGood(key)).toBe(false)
    await storage.delete(principals, eq('id', 'anna'))
    expect(await isGood(key)).toBe(false)
    expect(await storage.count(table)).toBe(0)
  })

  it('does not follow the epoch, which a change of password moves', async () => {
    const { isGood, make, storage } = await setUp()
    const { key } = await make()
    await storage.update(principals, { where: eq('id', 'anna'), increment: { epoch: 1 } })
    expect(await isGood(key)).toBe(true)
  })

  it('notes the use once a minute, behind the back of the answer, and never turns it back', async () => {
    const { background, isGood, keys, make, settle, time } = await setUp()
    const { key, apiKey } = await make()
    const start = time.now
    const used = async () => {
      await isGood(key)
      await settle()
      return (await keys.find(apiKey.id))?.lastUsedAt
    }
    await Promise.all([isGood(key), isGood(key), isGood(key)])
    expect(background).toHaveLength(1)
    time.now += minute - 1
    expect(await used()).toBe(start)
    time.now += 1
    expect(await used()).toBe(start + minute)
    time.now -= 2 * minute
    expect(await used()).toBe(start + minute)
    expect(background).toHaveLength(2)
  })
})

describe('the address that a key was used from', () => {
  it('is noted with the time, by the same statement, and stays for as long', async () => {
    const { keys, make, settle, statementsOf, time } = await setUp()
    const { key, apiKey } = await make()
    expect(apiKey.lastUsedIp).toBeNull()
    const used = async (ip?: string | null) => {
      await keys.verify(key, users, ip)
      await settle()
      const { lastUsedAt, lastUsedIp } = (await keys.find(apiKey.id)) ?? {}
      return [lastUsedAt, lastUsedIp]
    }
    const start = time.now
    // The look-up, the note, and the look of this test.
    expect(await statementsOf(async () => expect(await used('192.0.2.1')).toEqual([start, '192.0.2.1']))).toBe(3)
    time.now += minute - 1
    expect(await used('192.0.2.2')).toEqual([start, '192.0.2.1'])
    time.now += 1
    expect(await used('2001:0DB8:0::1')).toEqual([time.now, '2001:db8:0:0:0:0:0:1'])
  })

  it.each([undefined, null, '', 'no address', '1'.repeat(200), '192.0.2.1\nforged'])(
    'is none where that is not known: %s',
    async (ip) => {
      const { keys, make, settle, time } = await setUp()
      const { key, apiKey } = await make()
      await keys.verify(key, users, '192.0.2.1')
      await settle()
      time.now += minute
      await keys.verify(key, users, ip)
      await settle()
      // Not the address of an earlier use beside the time of this one.
      expect(await keys.find(apiKey.id)).toMatchObject({ lastUsedAt: time.now, lastUsedIp: null })
    },
  )
})

describe('create', () => {
  it('keeps the hash of the secret and nothing that the key could be made from', async () => {
    const { make, storage } = await setUp()
    const { key } = await make()
    const [row] = await storage.find(table, { limit: 'all' })
    const text = JSON.stringify(row)
    const secret = key.slice(30)
    for (const part of [key, secret, secret.slice(0, 43), Buffer.from(secret).toString('base64')]) {
      expect(text).not.toContain(part)
    }
    expect(row?.secret_hash).toHaveLength(43)
  })

  it('stops at the maximum, however many are made at once', async () => {
    const { keys, make } = await setUp({ maxPerPrincipal: 5 })
    for (let index = 0; index < 4; index += 1) await make()
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => make()))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' })
    }
    expect(await keys.list('anna')).toHaveLength(5)
    await expect(make({ principalId: 'ben' })).resolves.toBeDefined()
  })

  it('counts revoked keys until they are deleted', async () => {
    const { keys, make } = await setUp({ maxPerPrincipal: 1 })
    const { apiKey } = await make()
    await keys.revoke(apiKey.id)
    await expect(make()).rejects.toMatchObject({ code: 'conflict' })
    await keys.delete(apiKey.id)
    await expect(make()).resolves.toBeDefined()
  })

  it('refuses unknown principals and parents', async () => {
    const { make, keys } = await setUp()
    await expect(make({ principalId: 'nobody' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(make({ parentId: unknownId })).rejects.toMatchObject({ code: 'token_invalid' })
    const { apiKey } = await make()
    await keys.revoke(apiKey.id)
    await expect(make({ parentId: apiKey.id })).rejects.toMatchObject({ code: 'token_invalid' })
  })
})

describe('revoke', () => {
  it('ends a key and all that were made with it, at any depth and whoever owns them', async () => {
    const { isGood, keys, make } = await setUp()
    const parent = await make()
    const child = await make({ parentId: parent.apiKey.id })
    const foreign = await make({ parentId: child.apiKey.id, principalId: 'ben', createdBy: 'anna' })
    const sibling = await make()
    expect(await keys.revoke(parent.apiKey.id)).toBe(true)
    for (const { key } of [parent, child, foreign]) expect(await isGood(key)).toBe(false)
    expect(await isGood(sibling.key)).toBe(true)
    expect(await keys.find(foreign.apiKey.id)).toMatchObject({ revokedAt: 1_800_000_000_000 })
  })

  it('leaves the parent of what is revoked alone', async () => {
    const { isGood, keys, make } = await setUp()
    const parent = await make()
    const child = await make({ parentId: parent.apiKey.id })
    await keys.revoke(child.apiKey.id)
    expect([await isGood(parent.key), await isGood(child.key)]).toEqual([true, false])
  })

  it('says whether there is such a key, and keeps when it first was', async () => {
    const { keys, make, time } = await setUp()
    const { apiKey } = await make()
    await keys.revoke(apiKey.id)
    time.now += minute
    expect(await keys.revoke(apiKey.id)).toBe(true)
    expect((await keys.find(apiKey.id))?.revokedAt).toBe(1_800_000_000_000)
    expect(await keys.revoke(unknownId)).toBe(false)
  })
})

describe('delete', () => {
  it('removes a key with its children', async () => {
    const { isGood, keys, make } = await setUp()
    const parent = await make()
    const child = await make({ parentId: parent.apiKey.id, principalId: 'ben' })
    expect(await keys.delete(parent.apiKey.id)).toBe(true)
    expect(await keys.delete(parent.apiKey.id)).toBe(false)
    expect(await isGood(child.key)).toBe(false)
    expect(await keys.list('ben')).toEqual([])
  })
})

describe('revokeAll', () => {
  it('ends all keys of a principal and those made with them', async () => {
    const { isGood, keys, make, storage } = await setUp()
    const own = [await make(), await make()]
    const foreign = await make({ principalId: 'ben', parentId: own[0]?.apiKey.id ?? '' })
    const other = await make({ principalId: 'ben' })
    expect(await storage.transaction((transaction) => keys.revokeAll(transaction, 'anna'))).toBe(3)
    for (const { key } of [...own, foreign]) expect(await isGood(key)).toBe(false)
    expect(await isGood(other.key)).toBe(true)
    expect(await storage.transaction((transaction) => keys.revokeAll(transaction, 'anna'))).toBe(0)
  })
})

describe('list, relabel', () => {
  it('lists the newest first, and changes labels', async () => {
    const { keys, make, time } = await setUp()
    const first = await make({ label: 'first' })
    time.now += 1
    await make({ label: 'second' })
    expect(await keys.relabel(first.apiKey.id, 'renamed')).toBe(true)
    expect(await keys.relabel(unknownId, 'renamed')).toBe(false)
    expect((await keys.list('anna')).map(({ label }) => label)).toEqual(['second', 'renamed'])
    expect(await keys.list('ben')).toEqual([])
  })
})

describe('createApiKeys', () => {
  it.each(['', 'a', 'with_underscore', 'with-hyphen', 'x'.repeat(17), 'ü1'])('refuses the prefix %j', (prefix) => {
    const deps = { storage: createMemoryStorage(), clock: () => 1, random: secureRandom, createId: () => unknownId }
    expect(() => createApiKeys({ ...deps, background: () => undefined, prefix })).toThrow('apiKeys.prefix')
  })
})
