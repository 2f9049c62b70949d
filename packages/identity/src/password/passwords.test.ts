import { eq } from '@cardea/core'
import { credentials, type Storage } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { addPrincipal, countingArgon2, createTestStorage, smallHasher } from '../identity.fixture.js'
import { createPasswords } from './passwords.js'

const setUp = async () => {
  const storage = await createTestStorage()
  await addPrincipal(storage, 'anna')
  return { storage, passwords: createPasswords({ clock: () => 5_000, hasher: smallHasher() }) }
}

const storedHash = async (storage: Storage) =>
  (await storage.findOne(credentials, { where: eq('principal_id', 'anna') }))?.hash ?? ''

describe('createPasswords', () => {
  it('prepares a hash that proves the password', async () => {
    const { passwords } = await setUp()
    const { hash } = await passwords.prepare('correct horse')
    expect(await passwords.prove({ hash }, 'correct horse')).toEqual({ proved: true, needsRehash: false })
    expect(await passwords.prove({ hash }, 'wrong horse')).toEqual({
      proved: false,
      needsRehash: false,
      reason: 'mismatch',
    })
  })

  it('refuses a weak password before any hashing, and names its place', async () => {
    const argon2 = countingArgon2()
    const passwords = createPasswords({ clock: () => 0, hasher: smallHasher({ loadArgon2: argon2.load }) })
    await expect(passwords.prepare('short', 'new_password')).rejects.toMatchObject({
      code: 'weak_password',
      issues: [{ path: 'new_password', code: 'too_short' }],
    })
    await expect(passwords.prepare('short')).rejects.toMatchObject({ issues: [{ path: 'password' }] })
    expect(argon2.calls).toEqual([])
  })

  it('does the work of one check whether there is a candidate or not', async () => {
    const argon2 = countingArgon2()
    const passwords = createPasswords({ clock: () => 0, hasher: smallHasher({ loadArgon2: argon2.load }) })
    for (const candidate of [undefined, null]) {
      expect(await passwords.prove(candidate, 'a password')).toEqual({
        proved: false,
        needsRehash: false,
        reason: 'no_credential',
      })
    }
    await passwords.prove({ hash: await smallHasher().hash('other') }, 'a password')
    expect(argon2.calls.map((call) => call.name)).toEqual(['verify', 'verify', 'verify'])
  })

  it('says why a damaged hash proves nothing', async () => {
    const { passwords } = await setUp()
    expect(await passwords.prove({ hash: '' }, 'a password')).toMatchObject({ reason: 'unsupported_hash' })
  })

  it('writes a first password and replaces it', async () => {
    const { storage, passwords } = await setUp()
    await passwords.write(storage, 'anna', 'first')
    expect(await storedHash(storage)).toBe('first')
    await passwords.write(storage, 'anna', 'second')
    const rows = await storage.find(credentials, { limit: 'all' })
    expect(rows).toEqual([{ principal_id: 'anna', hash: 'second', changed_at: 5_000 }])
  })

  it('renews an outdated hash', async () => {
    const { storage, passwords } = await setUp()
    const outdated = await smallHasher({ iterations: 2 }).hash('correct horse')
    await passwords.write(storage, 'anna', outdated)
    expect(await passwords.prove({ hash: outdated }, 'correct horse')).toEqual({ proved: true, needsRehash: true })
    expect(await passwords.rehash(storage, 'anna', outdated, 'correct horse')).toBe(true)
    const renewed = await storedHash(storage)
    expect(await passwords.prove({ hash: renewed }, 'correct horse')).toEqual({ proved: true, needsRehash: false })
  })

  it('never renews over a password that was changed meanwhile', async () => {
    const { storage, passwords } = await setUp()
    const outdated = await smallHasher({ iterations: 2 }).hash('old password')
    for (let round = 0; round < 50; round += 1) {
      await passwords.write(storage, 'anna', outdated)
      const { hash: changed } = await passwords.prepare('new password')
      const renewals = [1, 2, 3].map(() => passwords.rehash(storage, 'anna', outdated, 'old password'))
      await Promise.all([...renewals, passwords.write(storage, 'anna', changed)])
      expect(await storedHash(storage)).toBe(changed)
    }
  })

  it('renews a hash once, of many at a time', async () => {
    const { storage, passwords } = await setUp()
    await passwords.write(storage, 'anna', 'outdated')
    const renewed = await Promise.all(
      Array.from({ length: 20 }, () => passwords.rehash(storage, 'anna', 'outdated', 'correct horse')),
    )
    expect(renewed.filter(Boolean)).toHaveLength(1)
  })

  it.each([
    { minLength: 7, maxBytes: 1_024 },
    { minLength: 65, maxBytes: 1_024 },
    { minLength: Number.NaN, maxBytes: 1_024 },
    { minLength: 8, maxBytes: 255 },
    { minLength: 8, maxBytes: 1_025 },
  ])('refuses the policy %j', (policy) => {
    expect(() => createPasswords({ clock: () => 0, hasher: smallHasher(), policy })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid' }),
    )
  })
})
