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

/** What was read for anna. */
const of = (hash: string) => ({ principalId: 'anna', hash })

const storedHash = async (storage: Storage) =>
  (await storage.findOne(credentials, { where: eq('principal_id', 'anna') }))?.hash ?? ''

describe('createPasswords', () => {
  it('prepares a hash that proves the password', async () => {
    const { passwords } = await setUp()
    const { hash } = await passwords.prepare('correct horse')
    expect(await passwords.prove(of(hash), 'correct horse')).toEqual({ proved: true, needsRehash: false })
    expect(await passwords.prove(of(hash), 'wrong horse')).toEqual({
      proved: false,
      needsRehash: false,
      reason: 'mismatch',
    })
  })

  it('refuses a weak password before any hashing, and names its place', async () => {
    const argon2 = countingArgon2()
    const passwords = createPasswords({ clock: () => 0, hasher: smallHasher({ loadArgon2: argon2.load }) })
    await expect(passwords.prepare('short', { path: 'new_password' })).rejects.toMatchObject({
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
    await passwords.prove(of(await smallHasher().hash('other')), 'a password')
    expect(argon2.calls.map((call) => call.name)).toEqual(['verify', 'verify', 'verify'])
  })

  it('says why a damaged hash proves nothing', async () => {
    const { passwords } = await setUp()
    expect(await passwords.prove(of(''), 'a password')).toMatchObject({ reason: 'unsupported_hash' })
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
    expect(await passwords.prove(of(outdated), 'correct horse')).toEqual({ proved: true, needsRehash: true })
    expect(await passwords.rehash(storage, 'anna', outdated, 'correct horse')).toBe(true)
    const renewed = await storedHash(storage)
    expect(await passwords.prove(of(renewed), 'correct horse')).toEqual({ proved: true, needsRehash: false })
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

  it('gives every reason at once', async () => {
    const { passwords } = await setUp()
    const policy = { minLength: 15, requireUpper: true, requireNumber: true, requireSpecial: true }
    const rules = { policy, context: ['passwords'], previous: 'password', path: 'new_password' }
    const error: { issues: { path: string; code: string }[] } = await passwords.prepare('password', rules).then(
      () => Promise.reject(new Error('accepted')),
      (refusal) => refusal,
    )
    expect(error.issues.map(({ code }) => code)).toEqual([
      'too_short',
      'needs_upper',
      'needs_number',
      'needs_special',
      'too_common',
      'same_as_before',
    ])
    expect(new Set(error.issues.map(({ path }) => path))).toEqual(new Set(['new_password']))
    await expect(passwords.prepare('acme-2024', { context: ['Acme'] })).rejects.toMatchObject({
      code: 'weak_password',
      issues: [{ code: 'contains_context' }],
    })
    await expect(passwords.prepare('\ud800', { policy, previous: '\ud800' })).rejects.toMatchObject({
      issues: [{ code: 'not_well_formed' }],
    })
  })

  it('follows the policy of the call before its own', async () => {
    const passwords = createPasswords({
      clock: () => 0,
      hasher: smallHasher(),
      policy: { minLength: 15, requireNumber: true },
    })
    const codesOf = async (password: string, policy?: { minLength?: number; requireNumber?: boolean }) =>
      await passwords.prepare(password, policy === undefined ? {} : { policy }).then(
        () => [],
        ({ issues }: { issues: { code: string }[] }) => issues.map(({ code }) => code),
      )
    expect(await codesOf('correct horse')).toEqual(['too_short', 'needs_number'])
    expect(await codesOf('correct horse', { minLength: 8 })).toEqual(['needs_number'])
    expect(await codesOf('correct horse', { requireNumber: false })).toEqual(['too_short'])
    expect(await codesOf('correct horse', { minLength: 8, requireNumber: false })).toEqual([])
    await expect(passwords.prepare('correct horse', { policy: { minLength: 7 } })).rejects.toMatchObject({
      code: 'configuration_invalid',
    })
  })

  it.each(['password123456789', 'PASSWORD', 'Password1!', 'QwertyUiop', 'trustno1'])('refuses %s', async (password) => {
    const { passwords } = await setUp()
    await expect(passwords.prepare(password)).rejects.toMatchObject({
      code: 'weak_password',
      issues: [{ path: 'password', code: 'too_common', message: 'is too common' }],
    })
  })

  it('accepts common passwords where it is told so', async () => {
    const passwords = createPasswords({ clock: () => 0, hasher: smallHasher(), blocklist: false })
    expect(await passwords.prepare('password')).toHaveProperty('hash')
  })

  it('accepts nothing while the list of common passwords cannot be loaded, and tries again', async () => {
    let tries = 0
    const passwords = createPasswords({
      clock: () => 0,
      hasher: smallHasher(),
      loadCommonPasswords: async () => {
        tries += 1
        if (tries === 1) throw new Error('no such module')
        return { isCommonPassword: () => false }
      },
    })
    await expect(passwords.prepare('correct horse')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await passwords.prepare('correct horse')).toHaveProperty('hash')
  })

  it('takes a hash from elsewhere, and makes its own of it when the password is proved', async () => {
    const { storage, passwords } = await setUp()
    const bcrypt = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'
    const { hash } = await passwords.prepareImported(bcrypt)
    await passwords.write(storage, 'anna', hash)
    expect(await passwords.prove(of(await storedHash(storage)), 'abc')).toEqual({ proved: true, needsRehash: true })
    expect(await passwords.rehash(storage, 'anna', hash, 'abc')).toBe(true)
    const renewed = await storedHash(storage)
    expect(renewed).toMatch(/^\$argon2id\$/)
    expect(await passwords.prove(of(renewed), 'abc')).toEqual({ proved: true, needsRehash: false })
  })

  it.each(['', 'abc', '5f4dcc3b5aa765d61d8327deb882cf99', '$sealed$AAAAAAAA.AAAA', `$2b$31$${'a'.repeat(53)}`])(
    'refuses to take %j for a hash, without repeating it',
    async (hash) => {
      const { passwords } = await setUp()
      const error = await passwords.prepareImported(hash, 'password_hash').catch((refusal: unknown) => refusal)
      expect(error).toMatchObject({
        code: 'invalid_request',
        issues: [{ path: 'password_hash', code: 'unsupported_hash' }],
      })
      if (hash !== '') expect(JSON.stringify(error)).not.toContain(hash)
    },
  )

  it.each([
    { minLength: 7, maxBytes: 1_024 },
    { minLength: 65, maxBytes: 1_024 },
    { minLength: Number.NaN, maxBytes: 1_024 },
    { minLength: 8, maxBytes: 255 },
    { minLength: 8, maxBytes: 1_025 },
    // What an app in plain JavaScript may pass.
    { requireUpper: 'yes' as unknown as boolean },
  ])('refuses the policy %j', (policy) => {
    expect(() => createPasswords({ clock: () => 0, hasher: smallHasher(), policy })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid' }),
    )
  })
})
