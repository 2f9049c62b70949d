import { describe, expect, it } from 'vitest'
import { type Account, authPath, createApp } from '../app.fixture.js'

const guarded: [method: string, path: string, body?: unknown][] = [
  ['GET', '/me'],
  ['PATCH', '/me', {}],
  ['POST', '/me/change-password', { current_password: 'correct horse battery', new_password: 'another battery' }],
  ['GET', '/sessions'],
  ['DELETE', '/sessions/all'],
]

/** The value of a cookie under the name that another collection's cookie has. */
const renamed = (cookie: string, collection: string) =>
  `__Host-session${collection === 'users' ? '' : `_${collection}`}=${cookie.split('=')[1]}`

describe.each([
  ['users', 'customers'],
  ['customers', 'users'],
  ['customers', 'vendors'],
])('a principal of %s at the routes of %s', (own, other) => {
  const at = authPath(other)
  const headers = { 'sec-fetch-site': 'same-origin' }

  it.each(guarded)('is nobody at %s %s, whatever it shows', async (method, path, body) => {
    const app = await createApp()
    const stranger = await app.signUp(own)
    const resident = await app.signUp(other)
    const before = await app.rows()
    const shown: Partial<Record<'bearer' | 'cookie', string>>[] = [
      { bearer: stranger.access },
      { bearer: stranger.refresh },
      { bearer: stranger.cookie.split('=')[1] ?? '' },
      { cookie: stranger.cookie },
      { cookie: renamed(stranger.cookie, other) },
      { cookie: renamed(`x=${stranger.access}`, other) },
      { cookie: renamed(`x=${stranger.refresh}`, other) },
      // With both, the bearer alone counts.
      { bearer: stranger.access, cookie: resident.cookie },
      {},
    ]
    for (const credential of shown) {
      const got = await app.send(method, `${at}${path}`, {
        ...credential,
        headers,
        ...(body === undefined ? {} : { body }),
      })
      expect(got.status, JSON.stringify(credential)).toBe(401)
      expect(got.headers.get('www-authenticate')).toBe('Bearer')
      expect(got.cookies.size).toBe(0)
    }
    expect(await app.rows()).toBe(before)
  })

  it('can neither refresh nor log out there', async () => {
    const app = await createApp()
    const stranger: Account = await app.signUp(own)
    const before = await app.rows()
    const refreshed = await app.send('POST', `${at}/refresh`, { body: { refresh_token: stranger.refresh } })
    expect([refreshed.status, refreshed.code]).toEqual([401, 'token_invalid'])
    for (const sent of [
      { bearer: stranger.access },
      { cookie: stranger.cookie },
      { cookie: renamed(stranger.cookie, other) },
      { body: { refresh_token: stranger.refresh } },
    ]) {
      expect((await app.send('POST', `${at}/logout`, { ...sent, headers })).status).toBe(200)
    }
    expect(await app.rows()).toBe(before)
    expect((await app.send('GET', `${authPath(own)}/me`, { bearer: stranger.access })).status).toBe(200)
  })

  it('does not extend a cookie of another collection', async () => {
    const app = await createApp()
    const [stranger, resident] = [await app.signUp(own), await app.signUp(other)]
    const got = await app.send('POST', `${at}/refresh`, {
      body: { refresh_token: resident.refresh },
      cookie: renamed(stranger.cookie, other),
      headers,
    })
    expect([got.status, got.cookies.size]).toEqual([200, 0])
  })

  it('cannot touch sessions there', async () => {
    const app = await createApp()
    const [stranger, resident] = [await app.signUp(own), await app.signUp(other)]
    const id = resident.sessionId
    const got = await app.send('DELETE', `${authPath(own)}/sessions/${id}`, { bearer: stranger.access })
    expect([got.status, got.code]).toEqual([404, 'not_found'])
    const reached = await app.send('GET', '/api/v1/sessions', {
      bearer: own === 'customers' ? stranger.access : resident.access,
    })
    expect(reached.status).toBe(401)
    expect((await app.send('GET', `${at}/me`, { bearer: resident.access })).status).toBe(200)
  })
})

describe('collections without sign-in', () => {
  it.each(['posts', 'nobody', '__proto__', 'constructor', 'toString', 'USERS', 'all'])(
    'has no routes for %s',
    async (name) => {
      const app = await createApp()
      const { access } = await app.signUp()
      for (const [method, path] of [...guarded, ['POST', '/login'], ['POST', '/register']] as const) {
        const got = await app.send(method, `${authPath(name)}${path}`, {
          bearer: access,
          ...(method === 'GET' ? {} : { body: {} }),
        })
        expect([got.status, got.code]).toEqual([404, 'not_found'])
      }
    },
  )
})
