import { createHash } from 'node:crypto'
import { sessions } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createProofApp, expecting, type Got, origin, type ProofApp, password } from './app.js'

const auth = '/api/v1/auth'
const subject = 'guarded'
const email = `${subject}@example.test`
const verifier = 'the-verifier-that-a-page-keeps-for-a-minute-or-so'
const challenge = createHash('sha256').update(verifier).digest('base64url')
const browser = { 'sec-fetch-site': 'same-origin' }

/** Every way to prove who one is; the answer that another app would sign in by. */
const ways: readonly (readonly [string, (app: ProofApp) => Promise<Got>])[] = [
  ['a password', (app) => app.send('POST', `${auth}/login`, { body: { email, password }, headers: browser })],
  [
    'a username and a password',
    (app) => app.send('POST', `${auth}/login`, { body: { username: subject, password }, headers: browser }),
  ],
  [
    'a code by mail',
    async (app) => {
      const asked = await app.send('POST', `${auth}/otp/request`, { body: { email } })
      const body = { email, code: await app.mails.codeFor(email), flow_id: asked.body['flow_id'] }
      return await app.send('POST', `${auth}/otp/verify`, { body, headers: browser })
    },
  ],
  [
    'a code by mail without its flow',
    async (app) => {
      await app.send('POST', `${auth}/otp/request`, { body: { email } })
      const body = { email, code: await app.mails.codeFor(email) }
      return await app.send('POST', `${auth}/otp/verify`, { body, headers: browser })
    },
  ],
  ['a provider, for a cookie', async (app) => (await app.comeBack(subject)).got],
  [
    'a provider, for tokens',
    async (app) => {
      const { got } = await app.comeBack(subject, { query: `&mode=token&code_challenge=${challenge}` })
      const code = new URL(got.location, origin).searchParams.get('code')
      return await app.send('POST', `${auth}/oauth/exchange`, {
        body: { code, code_verifier: verifier },
        headers: browser,
      })
    },
  ],
  [
    'a new password by mail',
    async (app) => {
      await app.send('POST', `${auth}/request-password-reset`, { body: { email } })
      const next = 'another horse battery'
      const body = { token: await app.mails.tokenFor(email), password: next }
      const reset = await expecting(200, app.send('POST', `${auth}/confirm-password-reset`, { body, headers: browser }))
      expectNobody(reset)
      return await app.send('POST', `${auth}/login`, { body: { email, password: next }, headers: browser })
    },
  ],
]

/** Nothing that signs anybody in. */
function expectNobody(got: Got): void {
  for (const name of ['access_token', 'refresh_token', 'session_id', 'user']) expect(got.body).not.toHaveProperty(name)
  const cookies = [...got.cookies].filter(([, value]) => value !== '').map(([name]) => name)
  expect(cookies.filter((name) => name !== '__Host-session-mfa')).toEqual([])
}

/** The ticket of an answer: in its body, or in the cookie of a browser that was sent on. */
const ticketOf = (got: Got): string => String(got.body['mfa_token'] ?? got.cookies.get('__Host-session-mfa') ?? '')

async function open(required = false) {
  const storage = createMemoryStorage()
  const app = await createProofApp(storage, { auth: { otp: { enabled: true }, mfa: { enabled: true, required } } })
  const sessionCount = async () => (await storage.find(sessions, { limit: 'all' })).length
  return { app, sessionCount }
}

describe('whoever has a second factor', () => {
  it.each(ways)('gets a ticket and no session by %s', async (_name, prove) => {
    const { app, sessionCount } = await open()
    await app.auth.users.create({ email, password, username: subject, name: 'G' }, { verified: true })
    const { secret } = await app.enroll(email)
    await app.settle()
    const before = await sessionCount()
    const got = await prove(app)
    expectNobody(got)
    await app.settle()
    // A new password has ended those of before.
    expect(await sessionCount()).toBeLessThanOrEqual(before)
    const ticket = ticketOf(got)
    for (const sent of [{ bearer: ticket }, { cookie: `__Host-session=${ticket}` }]) {
      expect((await app.send('GET', `${auth}/me`, sent)).status).toBe(401)
    }
    const body = { mfa_token: ticket, code: app.totpOf(secret) }
    const signedIn = await expecting(200, app.send('POST', `${auth}/mfa/verify`, { body }))
    const me = await app.send('GET', `${auth}/me`, { bearer: String(signedIn.body['access_token']) })
    expect(me.body).toMatchObject({ email })
  })
})

describe('whoever has to have a second factor', () => {
  const signUps: readonly (readonly [string, (app: ProofApp) => Promise<Got>])[] = [
    [
      'a registration',
      (app) =>
        app.send('POST', `${auth}/register`, {
          body: { email, password, username: subject, name: 'G' },
          headers: browser,
        }),
    ],
    ['a first sign-in through a provider', async (app) => (await app.comeBack(subject)).got],
    [
      'a first sign-in through a provider, for tokens',
      async (app) => {
        const { got } = await app.comeBack(subject, { query: `&mode=token&code_challenge=${challenge}` })
        const code = new URL(got.location, origin).searchParams.get('code')
        return await app.send('POST', `${auth}/oauth/exchange`, { body: { code, code_verifier: verifier } })
      },
    ],
  ]

  it.each(signUps)('gets a ticket and no session by %s', async (_name, signUp) => {
    const { app, sessionCount } = await open(true)
    const got = await signUp(app)
    expectNobody(got)
    await app.settle()
    expect([ticketOf(got) === '', await sessionCount()]).toEqual([false, 0])
  })

  it.each(ways.slice(0, 6))('gets a ticket and no session by %s', async (_name, prove) => {
    const { app, sessionCount } = await open(true)
    await app.auth.users.create({ email, password, username: subject, name: 'G' }, { verified: true })
    const got = await prove(app)
    expectNobody(got)
    await app.settle()
    expect([ticketOf(got) === '', await sessionCount()]).toEqual([false, 0])
  })
})
