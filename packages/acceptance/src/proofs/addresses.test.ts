import { identifiers } from '@cardea/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofApp, type Got, type ProofApp, password } from './app.js'
import { type CountedStorage, proofStorages } from './storages.js'

const auth = '/api/v1/auth'

/** What databases and mail servers are known to take for `mike@example.test`, or for more than one address. */
const lookalikes: readonly (readonly [string, unknown])[] = [
  ['a dotless i', 'm\u0131ke@example.test'],
  ['an accent', 'm\u00edke@example.test'],
  ['an accent of its own', 'mi\u0301ke@example.test'],
  ['a Kelvin sign', 'mi\u212ae@example.test'],
  ['a wide at sign', 'mike\uff20example.test'],
  ['a ligature', 'mike@e\ufb01.test'],
  ['a space at its end', 'mike@example.test '],
  ['a space at its start', ' mike@example.test'],
  ['a line feed', 'mike@example.test\n'],
  ['a header', 'mike@example.test\r\nBcc: eve@example.test'],
  ['a NUL', 'mike@example.test\u0000'],
  ['a dot at its end', 'mike@example.test.'],
  ['a comma', 'mike@example.test,eve@example.test'],
  ['a semicolon', 'mike@example.test;eve@example.test'],
  ['angle brackets', '<mike@example.test>'],
  ['a name', 'Mike <mike@example.test>'],
  ['quotes', '"mike"@example.test'],
  ['a comment', 'mike(x)@example.test'],
  ['two at signs', 'mike@eve@example.test'],
  ['an address as host', 'mike@[127.0.0.1]'],
  ['255 characters', `${'a'.repeat(64)}@${'b.'.repeat(93)}test`],
  ['a list', ['mike@example.test']],
  ['a list of two', ['mike@example.test', 'eve@example.test']],
  ['an object', { email: 'mike@example.test' }],
  ['a number', 0],
  ['true', true],
  ['null', null],
]

describe.each(proofStorages)('addresses on $name', ({ open }) => {
  let database: CountedStorage
  let app: ProofApp

  beforeAll(async () => {
    database = await open()
    app = await createProofApp(database.storage, { auth: { otp: { enabled: true } } })
    await app.auth.users.create(
      { email: 'Mike@Example.test', password, username: 'mike', name: 'M' },
      { verified: true },
    )
  })

  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  const post = (path: string, body: unknown): Promise<Got> => app.send('POST', `${auth}${path}`, { body })

  it.each(lookalikes)('with %s are nobody, and get no mail', async (_name, email) => {
    const made = await post('/register', { email, password, username: 'other', name: 'O' })
    expect([made.status, made.body['code']]).toEqual([422, 'invalid_request'])
    for (const path of ['/request-password-reset', '/request-verification', '/otp/request']) {
      expect([path, (await post(path, { email })).status]).toEqual([path, 422])
    }
    expect([401, 422]).toContain((await post('/login', { email, password })).status)
    expect([401, 422]).toContain((await post('/otp/verify', { email, code: '000000' })).status)
    expect(await app.mails.all()).toEqual([])
    const keys = await database.storage.find(identifiers, { limit: 'all' })
    expect(keys.filter(({ kind }) => kind === 'email').map(({ key }) => key)).toEqual(['mike@example.test'])
  })

  it('are the same in any case, and mail goes to the one that is stored', async () => {
    for (const email of ['mike@example.test', 'MIKE@EXAMPLE.TEST']) {
      expect((await post('/login', { email, password })).status).toBe(200)
      expect((await post('/register', { email, password, username: 'again', name: 'A' })).body['code']).toBe(
        'email_taken',
      )
    }
    await post('/request-password-reset', { email: 'mIkE@eXaMpLe.TeSt' })
    expect((await app.mails.all()).map(({ to }) => to.toLowerCase())).toEqual(['mike@example.test'])
  })
})
