import { createKeyring, type KeyPurpose, seal, secureRandom } from '@cardea/core/crypto'
import { credentials, factors, identities, outbox, principals, type Storage } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { databases } from '../databases.fixture.js'
import { createTestLogger } from '../testing.fixture.js'

const [old, fresh, wrong] = ['first', 'second', 'wrong'].map((which) => `the ${which} secret: 7f3b9c1e5a2d80964b`)

const withSecret = (storage: Storage, secret: string | readonly string[] | undefined, more: object = {}) =>
  createCardea({ storage, secret, environment: 'test', logger: createTestLogger(), ...more })

const sealed = (secret = '', purpose: KeyPurpose = 'factor-encryption') =>
  seal({ keyring: createKeyring([secret]), purpose, owner: 'x' }, secureRandom, 'text')

const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()))

/** As an app leaves it that ran under the old secret: of two principals, each with a second factor. */
async function fill(storage: Storage): Promise<void> {
  const [principal_id, created_at] = ['p0', 1]
  const principal = { collection: 'users', status: 'active', created_at }
  await storage.insert(
    principals,
    ['p0', 'p1'].map((id) => ({ ...principal, id, record_key: id })),
  )
  const factor = { kind: 'totp', created_at }
  await storage.insert(factors, [
    { ...factor, id: 'f0', principal_id, secret: sealed(old) },
    { ...factor, id: 'f1', principal_id: 'p1', secret: sealed(old) },
    // Hashes alone, which no secret opens and none has to.
    { ...factor, id: 'f2', principal_id, kind: 'backup_code', code_hash: 'c', secret: null },
  ])
  await storage.insert(credentials, [
    { principal_id, hash: `$sealed$${sealed(old, 'password-pepper')}`, changed_at: 1 },
    { principal_id: 'p1', hash: '$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA', changed_at: 1 },
  ])
  const identity = { principal_id, collection: 'users', provider: 'idp', created_at, updated_at: created_at }
  await storage.insert(identities, [
    { ...identity, id: 'i0', subject: 's0', tokens: sealed(old, 'provider-token-encryption') },
    { ...identity, id: 'i1', subject: 's1', tokens: null },
  ])
  const job = { kind: 'x', collection: 'users', recipient: 'r', due_at: 1, created_at }
  await storage.insert(outbox, { ...job, id: 'o0', payload: sealed(old, 'outbox-encryption') })
}

describe.each(databases)('doctor() on sealed data in $name', ({ open }) => {
  it('counts what no secret opens, and what an earlier one does', async () => {
    const database = await open()
    const [storage] = database.nodes
    const found = async (...[secret, more]: [string | readonly string[] | undefined, object?]) =>
      (await withSecret(storage, secret, more).doctor()).checks.filter(({ name }) => name === 'sealed data')
    try {
      await withSecret(storage, old).migrate()
      expect(await found(old)).toMatchObject([{ status: 'ok', message: 'there is none' }])
      await fill(storage)
      const all = 'second factors (2), passwords (1), tokens of providers (1), mails to be sent (1)'
      for (const secret of [old, [old, fresh], [old, old]]) {
        expect(await found(secret as string)).toMatchObject([
          { status: 'ok', message: expect.stringContaining('all of it') },
        ])
      }
      expect(await found([fresh ?? '', old ?? ''])).toMatchObject([
        { status: 'ok', message: expect.stringContaining(`opens ${all}: keep it`) },
      ])
      expect(await found(wrong)).toMatchObject([{ status: 'problem', message: `no secret opens ${all}` }])
      // Another finding says that there is none.
      expect(await found(undefined)).toEqual([])

      // Under a key whose name differs in the case of its letters alone, and one more under the new secret.
      const factor = { created_at: 1, principal_id: 'p0', kind: 'totp' }
      await storage.insert(factors, [
        { ...factor, id: 'f3', code_hash: '3', secret: swapCase(sealed(old)) },
        { ...factor, id: 'f4', code_hash: '4', secret: sealed(fresh) },
      ])
      expect(await found([fresh ?? '', old ?? ''])).toMatchObject([
        { status: 'problem', message: 'no secret opens second factors (1)' },
        { status: 'ok', message: expect.stringContaining(`opens ${all}: keep it`) },
      ])
    } finally {
      await database.close()
    }
  })

  it('counts the keys that sign, or will, under an earlier secret, until one of the first signs', async () => {
    const database = await open()
    const [storage] = database.nodes
    const pairs = { sessions: { accessTokens: { algorithm: 'EdDSA' } } }
    const both = [fresh ?? '', old ?? '']
    const messages = async () =>
      (await withSecret(storage, both, pairs).doctor()).checks
        .filter(({ name }) => name === 'sealed data')
        .map(({ message }) => message)
    try {
      const before = withSecret(storage, old, pairs)
      await before.migrate()
      await before.ready()
      expect(await messages()).toEqual([expect.stringContaining('opens signing keys (1): keep it')])
      await withSecret(storage, both, pairs).keys.rotate()
      expect(await messages()).toEqual([expect.stringContaining('opens signing keys (1): keep it')])
      await withSecret(storage, both, pairs).keys.rotate({ now: true })
      expect(await messages()).toEqual([expect.stringContaining('all of it')])
    } finally {
      await database.close()
    }
  })
})
