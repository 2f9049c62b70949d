import { routeContracts } from '@cardea/http/contract'
import { createMemoryStorage } from '@cardea/storage/memory'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofApp, expecting, type Got, type ProofApp, password } from './app.js'

const auth = '/api/v1/auth'
const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'
const name = '__Host-session'
const planted = `${name}=${'A'.repeat(43)}`

let people = 0
/** Somebody with an account. */
async function person(app: ProofApp): Promise<string> {
  people += 1
  const email = `person${people}@example.test`
  await app.auth.users.create({ email, password, username: `person${people}`, name: 'P' }, { verified: true })
  return email
}

const cookieOf = ({ cookies }: Got): string => `${name}=${cookies.get(name)}`

describe('the token of a session', () => {
  let app: ProofApp
  beforeAll(async () => {
    const mfa = { enabled: true }
    app = await createProofApp(createMemoryStorage(), { auth: { otp: { enabled: true }, mfa } })
  })
  afterAll(() => app?.close())

  const me = async (cookie: string): Promise<number> => (await app.send('GET', `${auth}/me`, { cookie })).status
  const login = (email: string, cookie = ''): Promise<Got> =>
    expecting(
      200,
      app.send('POST', `${auth}/login`, { body: { email, password }, ...(cookie === '' ? {} : { cookie }) }),
    )

  it('is never one that the client has brought along', async () => {
    const email = await person(app)
    const signedIn = await login(email, planted)
    expect([cookieOf(signedIn) === planted, await me(cookieOf(signedIn)), await me(planted)]).toEqual([false, 200, 401])
    const refreshed = await app.send('POST', `${auth}/refresh`, {
      body: { refresh_token: signedIn.body['refresh_token'] },
      cookie: planted,
    })
    expect([refreshed.status, refreshed.cookies.size, await me(planted)]).toEqual([200, 0, 401])
  })

  it('is another one after each sign-in, and the one before is dead', async () => {
    const email = await person(app)
    const first = cookieOf(await login(email))
    const second = cookieOf(await login(email, first))
    expect([first === second, await me(first), await me(second)]).toEqual([false, 401, 200])
  })

  const steps: readonly (readonly [string, (cookie: string) => Promise<Got>])[] = [
    ['a re-authentication', (cookie) => app.send('POST', `${auth}/reauthenticate`, { cookie, body: { password } })],
    [
      'a new password',
      (cookie) =>
        app.send('POST', `${auth}/me/change-password`, {
          cookie,
          body: { current_password: password, new_password: 'another horse battery' },
        }),
    ],
    [
      'a second factor',
      async (cookie) => {
        const begun = await expecting(200, app.send('POST', `${auth}/mfa/totp/enroll`, { cookie, body: {} }))
        const body = { code: app.totpOf(String(begun.body['secret'])) }
        return await app.send('POST', `${auth}/mfa/totp/activate`, { cookie, body })
      },
    ],
  ]

  it.each(steps)('is another one after %s, and the one before is dead', async (_step, take) => {
    const before = cookieOf(await login(await person(app)))
    const got = await take(before)
    expect(got.status).toBeLessThan(300)
    const after = cookieOf(got)
    expect([after === before, await me(before), await me(after)]).toEqual([false, 401, 200])
  })
})

describe('the ticket of a second factor', () => {
  let app: ProofApp
  let ticket = ''
  beforeAll(async () => {
    app = await createProofApp(createMemoryStorage(), { auth: { mfa: { enabled: true } } })
    const email = await person(app)
    await app.enroll(email)
    const asked = await expecting(401, app.send('POST', `${auth}/login`, { body: { email, password } }))
    ticket = String(asked.body['mfa_token'])
  })
  afterAll(() => app?.close())

  const guarded = Object.entries(routeContracts).filter(
    ([, { access }]) => access !== 'public' && access !== 'optional',
  )

  it.each(guarded)('opens nothing as a bearer token or a cookie: %s', async (_route, { mount, method, path }) => {
    const place = `${mount === 'auth' ? auth : '/api/v1'}${path.replace(/\{\w+\}/, unknownId)}`
    const body = method === 'GET' ? {} : { body: {} }
    for (const sent of [{ bearer: ticket }, { cookie: `${name}=${ticket}` }, { cookie: `${name}-mfa=${ticket}` }]) {
      expect((await app.send(method, place, { ...sent, ...body })).status).toBe(401)
    }
  })

  it('is good where it belongs', async () => {
    const wrong = await app.send('POST', `${auth}/mfa/verify`, { body: { mfa_token: ticket, code: '000000' } })
    expect([wrong.status, wrong.body['code']]).toEqual([401, 'mfa_invalid'])
  })
})
