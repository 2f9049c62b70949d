import { credentials, sessions } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { defineCollection } from 'cardea'
import { describe, expect, it } from 'vitest'
import { createProofApp, expecting, type Got, type ProofApp, password } from './app.js'

const auth = '/api/v1/auth'
const members = '/api/v1/collections/members/auth'
const email = 'person@example.test'
const newcomer = { email: 'newcomer@example.test', username: 'newcomer', name: 'N' }

async function open() {
  const storage = createMemoryStorage()
  const app = await createProofApp(storage, {
    collections: [defineCollection('members', { type: 'auth', auth: { registrationAnswer: 'uniform' } })],
  })
  const { id } = await app.auth.users.create({ email, password, username: 'person', name: 'P' }, { verified: true })
  const stored = async () => ({
    hashes: (await storage.find(credentials, { limit: 'all' })).map(({ hash }) => hash),
    sessions: (await storage.find(sessions, { limit: 'all' })).length,
  })
  return { app, id, stored }
}

const login = (app: ProofApp, secret: string): Promise<Got> =>
  app.send('POST', `${auth}/login`, { body: { email, password: secret } })

const bearerOf = async (app: ProofApp): Promise<string> =>
  String((await expecting(200, login(app, password))).body['access_token'])

/** What a refusal has to say, over HTTP and from code. */
interface Refusal {
  readonly code: unknown
  readonly reasons: unknown
}

const overHttp = ({ body }: Got): Refusal => ({ code: body['code'], reasons: body['errors'] })

const fromCode = (work: Promise<unknown>): Promise<Refusal> =>
  work.then(
    () => ({ code: 'none', reasons: [] }),
    (error: { code: string; issues: unknown }) => ({ code: error.code, reasons: error.issues }),
  )

/** Every way in which an account gets a password, after what has to be there before. */
const ways: readonly (readonly [string, (app: ProofApp, id: string) => Promise<(next: string) => Promise<Refusal>>])[] =
  [
    [
      'POST /register',
      async (app) => async (next) =>
        overHttp(await app.send('POST', `${auth}/register`, { body: { ...newcomer, password: next } })),
    ],
    [
      'POST /register with a set-up code',
      async (app) => {
        const said = app.logs.map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`).join('\n')
        const setupCode = /"setup_code": "([\w-]+)"/.exec(said)?.[1]
        return async (next) =>
          overHttp(
            await app.send('POST', `${auth}/register`, {
              body: { ...newcomer, password: next, setup_code: setupCode },
            }),
          )
      },
    ],
    [
      'POST /register where the answer is the same for all',
      async (app) => async (next) =>
        overHttp(await app.send('POST', `${members}/register`, { body: { email, password: next } })),
    ],
    [
      'POST /me/change-password',
      async (app) => {
        const bearer = await bearerOf(app)
        return async (next) =>
          overHttp(
            await app.send('POST', `${auth}/me/change-password`, {
              bearer,
              body: { current_password: password, new_password: next },
            }),
          )
      },
    ],
    [
      'POST /confirm-password-reset',
      async (app) => {
        await app.send('POST', `${auth}/request-password-reset`, { body: { email } })
        const token = await app.mails.tokenFor(email)
        return async (next) =>
          overHttp(await app.send('POST', `${auth}/confirm-password-reset`, { body: { token, password: next } }))
      },
    ],
    ['users.create', async (app) => (next) => fromCode(app.auth.users.create({ ...newcomer, password: next }))],
    ['users.setPassword', async (app, id) => (next) => fromCode(app.auth.users.setPassword(id, next))],
    ['createAdmin', async (app) => (next) => fromCode(app.auth.createAdmin({ ...newcomer, password: next }))],
    ['createFirstAdmin', async (app) => (next) => fromCode(app.auth.createFirstAdmin({ ...newcomer, password: next }))],
  ]

describe.each(ways)('a new password by %s', (_name, prepare) => {
  it('is none that is common, is told why, and changes nothing', async () => {
    const { app, id, stored } = await open()
    const set = await prepare(app, id)
    const before = await stored()
    const { code, reasons } = await set('password123456789')
    expect([code, reasons]).toEqual(['weak_password', [expect.objectContaining({ code: 'too_common' })]])
    expect(JSON.stringify(reasons)).not.toContain('password123456789')
    expect(await stored()).toEqual(before)
    // All else was right: with another password it is done.
    expect(['none', undefined]).toContain((await set('a much rarer password')).code)
  })
})

describe('a password', () => {
  it.each([
    ['longer than 72 bytes', `${'x'.repeat(72)}a`, `${'x'.repeat(72)}b`],
    ['longer than 72 bytes, cut off', `${'x'.repeat(72)}a`, 'x'.repeat(72)],
    ['with a space at its end', 'horse battery ', 'horse battery'],
    ['with a space at its start', ' horse battery', 'horse battery'],
    ['in capitals', 'Horse Battery', 'horse battery'],
    ['with a NUL', 'horse\u0000battery', 'horse'],
  ])('%s is taken as it is', async (_name, own, other) => {
    const { app, id } = await open()
    await app.auth.users.setPassword(id, own)
    expect((await login(app, other)).status).toBe(401)
    expect((await login(app, own)).status).toBe(200)
  })

  it('is the same however its characters are composed', async () => {
    const { app, id } = await open()
    await app.auth.users.setPassword(id, 'caf\u00e9 au lait')
    expect((await login(app, 'cafe\u0301 au lait')).status).toBe(200)
  })

  it('of a megabyte is refused before anything is done, and holds nobody up', async () => {
    const { app, stored } = await open()
    const before = await stored()
    const huge = 'x'.repeat(1_000_000)
    const order: string[] = []
    const attempts = Array.from({ length: 10 }, async () => {
      const { status } = await login(app, huge)
      order.push('refused')
      return status
    })
    const healthy = app.send('GET', '/api/v1/health').then(({ status }) => {
      order.push('healthy')
      return status
    })
    expect(await Promise.all([...attempts, healthy])).toEqual([...attempts.map(() => 413), 200])
    // One of 64 kB fits into a body, and is not hashed either.
    const big = { ...newcomer, password: 'x'.repeat(10_000) }
    expect((await app.send('POST', `${auth}/register`, { body: big })).body['code']).toBe('weak_password')
    expect((await login(app, 'x'.repeat(10_000))).status).toBe(401)
    expect(await stored()).toEqual(before)
  })
})
