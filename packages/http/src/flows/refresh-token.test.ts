import { describe, expect, it } from 'vitest'
import { authPath, createApp } from '../app.fixture.js'
import type { RouteContract } from '../contract/route.js'
import { routeContracts } from '../contract/routes.js'

const contracts: RouteContract[] = Object.values(routeContracts)
const pathOf = ({ mount, path }: RouteContract) =>
  `${mount === 'auth' ? authPath('users') : '/api/v1'}${path.replace(/\{\w+\}/, '01a2014d-b475-7215-8438-031c3b71c287')}`
const headers = { origin: 'https://app.test' }

describe('a refresh token', () => {
  it.each(contracts.filter(({ access }) => access !== 'public').map((contract) => [contract.method, pathOf(contract)]))(
    'is worth nothing at %s %s',
    async (method, path) => {
      const app = await createApp()
      const { refresh } = await app.signUp()
      const before = await app.rows()
      // Some say the same to everybody.
      const { text } = await app.send(method, path, { headers })
      for (const sent of [
        { bearer: refresh },
        { cookie: `__Host-session=${refresh}` },
        { cookie: `__Secure-session-refresh=${refresh}` },
        { headers: { ...headers, 'x-refresh-token': refresh } },
      ]) {
        const got = await app.send(method, path, { headers, ...sent })
        const isOpen = contracts.some(
          (one) => pathOf(one) === path && one.method === method && one.access === 'optional',
        )
        const isNothing = isOpen ? got.status >= 400 || got.text === text : got.status === 401
        expect(isNothing, `${got.status} ${Object.keys(sent).join()}`).toBe(true)
      }
      for (const query of [`?refresh_token=${refresh}`, `?token=${refresh}`]) {
        expect((await app.send(method, `${path}${query}`, { headers })).status).toBeGreaterThanOrEqual(400)
      }
      expect(await app.rows()).toBe(before)
    },
  )

  it.each([
    ['/mfa/verify', 'mfa_token', { code: '123456' }],
    ['/mfa/totp/enroll', 'mfa_token', {}],
    ['/confirm-password-reset', 'token', { password: 'another good password' }],
    ['/confirm-verification', 'token', {}],
    ['/confirm-email-change', 'token', {}],
    ['/oauth/exchange', 'code', { code_verifier: 'v'.repeat(43) }],
  ])('is none of the secrets that %s takes', async (path, field, rest) => {
    const app = await createApp({ mail: {} })
    const { refresh } = await app.signUp()
    const before = await app.rows()
    const got = await app.send('POST', `${authPath('users')}${path}`, { body: { ...rest, [field]: refresh } })
    expect(got.status).toBeGreaterThanOrEqual(400)
    expect(await app.rows()).toBe(before)
  })

  it('is read from no URL, not even at its own route, and is in none', async () => {
    const app = await createApp()
    const { refresh } = await app.signUp()
    const before = await app.rows()
    for (const [method, body] of [
      ['POST', undefined],
      ['POST', {}],
      ['GET', undefined],
      ['HEAD', undefined],
    ] as const) {
      const got = await app.send(method, `/api/v1/auth/refresh?refresh_token=${refresh}`, { headers, body })
      expect(got.status).toBe(method === 'POST' ? 422 : 405)
    }
    expect(await app.rows()).toBe(before)
    const got = await app.send('POST', '/api/v1/auth/refresh', { body: { refresh_token: refresh } })
    expect([got.status, got.headers.get('location')]).toEqual([200, null])
  })

  it('is bound to its collection', async () => {
    const app = await createApp()
    const { refresh } = await app.signUp('customers')
    for (const collection of ['users', 'vendors']) {
      const got = await app.send('POST', `${authPath(collection)}/refresh`, { body: { refresh_token: refresh } })
      expect([got.status, got.code]).toEqual([401, 'token_invalid'])
    }
    const got = await app.send('POST', `${authPath('customers')}/refresh`, { body: { refresh_token: refresh } })
    expect(got.status).toBe(200)
  })

  it.each([
    ['idle', 7 * 86_400_000],
    ['absolute', 30 * 86_400_000],
  ])('is refused from the %s limit on', async (limit, milliseconds) => {
    const app = await createApp()
    const { refresh } = await app.signUp()
    const start = app.time.now
    let token = refresh
    const send = () => app.send('POST', '/api/v1/auth/refresh', { body: { refresh_token: token } })
    while (app.time.now < start + milliseconds - 6 * 86_400_000) {
      app.time.now = Math.min(app.time.now + 6 * 86_400_000, start + milliseconds - 6 * 86_400_000)
      token = String((await send()).body['refresh_token'])
    }
    app.time.now = start + milliseconds - 1
    const last = await send()
    expect([last.status, last.code]).toEqual([200, undefined])
    token = String(last.body['refresh_token'])
    // To the millisecond: every use moves the idle limit, and nothing moves the absolute one.
    app.time.now = limit === 'absolute' ? start + milliseconds : app.time.now + 7 * 86_400_000
    expect((await send()).code).toBe('token_expired')
  })
})
