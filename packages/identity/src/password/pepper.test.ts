import { eq } from '@cardea/core'
import { createKeyring } from '@cardea/core/crypto'
import { credentials } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { addPrincipal, createTestStorage, smallHasher } from '../identity.fixture.js'
import { createPasswords, type Passwords } from './passwords.js'
import { closeHash, openHash } from './pepper.js'

const first = 'the first root secret of these tests'
const second = 'the second root secret of these tests'
const keyIdOf = (root: string) => createKeyring([root]).current('password-pepper').id

const password = 'correct horse'

async function open() {
  const storage = await createTestStorage()
  await addPrincipal(storage, 'anna')
  await addPrincipal(storage, 'ben')
  const missing: { principalId: string; keyId: string }[] = []
  /** The service as it is with these root secrets. */
  const passwordsWith = (roots: readonly string[], enabled = true): Passwords =>
    createPasswords({
      clock: () => 5_000,
      hasher: smallHasher(),
      pepper: { keyring: createKeyring(roots), enabled },
      onMissingKey: (each) => missing.push(each),
    })
  const stored = async (principalId = 'anna'): Promise<string> =>
    (await storage.findOne(credentials, { where: eq('principal_id', principalId) }))?.hash ?? ''
  const prove = async (passwords: Passwords, given = password) =>
    await passwords.prove({ principalId: 'anna', hash: await stored() }, given)
  /** What a sign-in does: proves, and renews where that is asked for. */
  const signIn = async (passwords: Passwords) => {
    const hash = await stored()
    const proof = await passwords.prove({ principalId: 'anna', hash }, password)
    if (!proof.proved) throw new Error(proof.reason)
    return proof.needsRehash ? await passwords.rehash(storage, 'anna', hash, password) : false
  }
  const set = async (passwords: Passwords) => {
    await passwords.write(storage, 'anna', (await passwords.prepare(password)).hash)
  }
  return { storage, missing, passwordsWith, stored, prove, signIn, set }
}

describe('a pepper', () => {
  it('leaves no hash in the database, and names its key there', async () => {
    const { passwordsWith, stored, prove, set } = await open()
    const passwords = passwordsWith([first])
    await set(passwords)
    const text = await stored()
    expect(text).toMatch(/^\$sealed\$[A-Za-z0-9_-]{8}\.[A-Za-z0-9_-]+$/)
    expect(text.split('$')[2]?.split('.')[0]).toBe(keyIdOf(first))
    for (const encoding of ['base64', 'base64url', 'hex', 'latin1'] as const) {
      expect(Buffer.from(text, encoding).toString('latin1')).not.toContain('argon2')
    }
    expect(await prove(passwords)).toEqual({ proved: true, needsRehash: false })
    expect(await prove(passwords, 'wrong horse')).toMatchObject({ proved: false, reason: 'mismatch' })
  })

  it('gives the hash itself to an export, and none that it cannot open', async () => {
    const { passwordsWith, stored, set } = await open()
    const passwords = passwordsWith([first])
    await set(passwords)
    const sealed = { principalId: 'anna', hash: await stored() }
    expect(passwords.reveal(sealed)).toMatch(/^\$argon2id\$/)
    expect(passwordsWith([second, first], false).reveal(sealed)).toBe(passwords.reveal(sealed))
    expect(passwords.reveal({ principalId: 'anna', hash: 'plain' })).toBe('plain')
    for (const [service, wrong] of [
      [passwordsWith([second]), sealed],
      [passwords, { ...sealed, principalId: 'ben' }],
    ] as const) {
      expect(() => service.reveal(wrong)).toThrow(expect.objectContaining({ code: 'unavailable' }))
    }
  })

  it('seals anew at the next sign-in after a rotation, and the old root can go then', async () => {
    const { passwordsWith, stored, prove, signIn, set } = await open()
    await set(passwordsWith([first]))
    const appended = passwordsWith([first, second])
    expect(await signIn(appended)).toBe(false)
    const moved = passwordsWith([second, first])
    expect(await prove(moved)).toEqual({ proved: true, needsRehash: true })
    expect(await signIn(moved)).toBe(true)
    expect((await stored()).startsWith(`$sealed$${keyIdOf(second)}.`)).toBe(true)
    expect(await prove(passwordsWith([second]))).toEqual({ proved: true, needsRehash: false })
    // While both deployments run, the one that has not moved yet reads it, too.
    expect(await prove(appended)).toMatchObject({ proved: true })
  })

  it('seals what was plain at the next sign-in, and opens it again when it is switched off', async () => {
    const { passwordsWith, stored, signIn, prove, set } = await open()
    const off = passwordsWith([first], false)
    await set(off)
    expect(await stored()).toMatch(/^\$argon2id\$/)
    expect(await signIn(passwordsWith([first]))).toBe(true)
    expect(await stored()).toMatch(/^\$sealed\$/)
    expect(await prove(off)).toEqual({ proved: true, needsRehash: true })
    expect(await signIn(off)).toBe(true)
    expect(await stored()).toMatch(/^\$argon2id\$/)
    expect(await prove(off)).toEqual({ proved: true, needsRehash: false })
  })

  it('takes a missing key for unavailable, not for a wrong password, and says which', async () => {
    const { passwordsWith, prove, set, missing, stored } = await open()
    await set(passwordsWith([first]))
    const unpeppered = createPasswords({ clock: () => 0, hasher: smallHasher() })
    for (const passwords of [passwordsWith([second]), passwordsWith([second], false), unpeppered]) {
      for (const given of [password, 'wrong horse']) {
        await expect(prove(passwords, given)).rejects.toMatchObject({ code: 'unavailable' })
      }
    }
    expect(missing).toEqual(Array(4).fill({ principalId: 'anna', keyId: keyIdOf(first) }))
    const error: unknown = await prove(passwordsWith([second])).catch((refusal: unknown) => refusal)
    expect(String(error)).not.toContain(await stored())
  })

  it('opens for its principal alone, and not when it was changed', async () => {
    const { passwordsWith, set, stored } = await open()
    const passwords = passwordsWith([first])
    await set(passwords)
    const hash = await stored()
    const moved = await passwords.prove({ principalId: 'ben', hash }, password)
    expect(moved).toEqual({ proved: false, needsRehash: false, reason: 'unsupported_hash' })
    const changed = await passwords.prove({ principalId: 'anna', hash: `${hash.slice(0, -1)}-` }, password)
    expect(changed).toMatchObject({ proved: false, reason: 'unsupported_hash' })
  })

  it('never seals over a password that was changed meanwhile', async () => {
    const { storage, passwordsWith, stored, set } = await open()
    const off = passwordsWith([first], false)
    const on = passwordsWith([first])
    for (let round = 0; round < 20; round += 1) {
      await set(off)
      const old = await stored()
      const { hash: next } = await on.prepare('another battery')
      await Promise.all([
        on.rehash(storage, 'anna', old, password),
        on.write(storage, 'anna', next),
        on.rehash(storage, 'anna', old, password),
      ])
      const proof = await on.prove({ principalId: 'anna', hash: await stored() }, 'another battery')
      expect(proof).toEqual({ proved: true, needsRehash: false })
    }
  })
})

describe('closeHash', () => {
  it('makes another text each time, which openHash reads', () => {
    const pepper = { keyring: createKeyring([first]), enabled: true }
    const [one, other] = [closeHash(pepper, 'anna', 'a hash'), closeHash(pepper, 'anna', 'a hash')]
    expect(one).not.toBe(other)
    for (const text of [one, other]) {
      expect(openHash(pepper, 'anna', text)).toEqual({ status: 'readable', hash: 'a hash', isCurrent: true })
    }
  })

  it('leaves the hash as it is where nothing is to be sealed, without asking for a key', () => {
    const keyring = {
      current: () => {
        throw new Error('asked')
      },
      all: () => {
        throw new Error('asked')
      },
    }
    for (const pepper of [undefined, { keyring, enabled: false }]) {
      expect(closeHash(pepper, 'anna', 'a hash')).toBe('a hash')
      expect(openHash(pepper, 'anna', 'a hash')).toEqual({ status: 'readable', hash: 'a hash', isCurrent: true })
    }
  })
})
