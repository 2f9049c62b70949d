import { createMemoryRateLimitStore } from '@cardea/core/limits'
import { CardeaError } from 'cardea'
import { describe, expect, it } from 'vitest'
import { createApp, password, requestOf } from '../app.fixture.js'
import { createGuard, createHandler, type HttpOptions, type RateLimitOptions } from '../index.js'

const login = '/api/v1/auth/login'
const me = '/api/v1/auth/me'
const body = { email: 'nobody@example.test', password }
const two = { limit: 2, periodSeconds: 60 }

const appWith = (rateLimits: RateLimitOptions, more: HttpOptions = {}) => createApp({}, { rateLimits, ...more })
type App = Awaited<ReturnType<typeof createApp>>

/** The statuses of so many requests, one after the other. */
async function statuses(app: App, count: number, method: string, path: string, sent: Parameters<App['send']>[2] = {}) {
  const got: number[] = []
  for (let index = 0; index < count; index += 1) got.push((await app.send(method, path, sent)).status)
  return got
}

describe('rules of an app', () => {
  it('take the place of those of a class, and hold all when there are several', async () => {
    const app = await appWith({
      rules: {
        'sign-in': [
          { limit: 3, periodSeconds: 60 },
          { limit: 4, periodSeconds: 3_600 },
        ],
      },
    })
    expect(await statuses(app, 4, 'POST', login, { body })).toEqual([401, 401, 401, 429])
    app.time.now += 60_000
    expect(await statuses(app, 2, 'POST', login, { body })).toEqual([401, 429])
    const got = await app.send('POST', login, { body })
    expect(got.headers.get('ratelimit-policy')).toBe('"sign-in";q=4;w=3600')
  })

  it('are for one route of every collection, which then has a bucket of its own', async () => {
    const app = await appWith({ rules: { 'POST /auth/login': { ...two, burst: 1 } } })
    const paths = [login, `${login}/`, '/api/v1/collections/customers/auth/login', `${login}?x=1`]
    const got = []
    for (const path of paths) got.push((await app.send('POST', path, { body })).status)
    expect(got).toEqual([401, 429, 429, 429])
    const otp = { email: 'nobody@example.test', code: '123456' }
    expect(await statuses(app, 11, 'POST', '/api/v1/auth/otp/verify', { body: otp })).toEqual([
      ...Array<number>(10).fill(403),
      429,
    ])
  })

  it('by audience count the network of whoever is not recognised, and the account of whoever is', async () => {
    const app = await appWith({ audiences: { anonymous: two, authenticated: { limit: 3, periodSeconds: 60 } } })
    const accounts = []
    for (let index = 0; index < 2; index += 1) {
      app.time.now += 60_000
      accounts.push(await app.signUp())
    }
    app.time.now += 60_000
    const [first, second] = accounts
    expect(await statuses(app, 4, 'GET', me, { bearer: first?.access ?? '' })).toEqual([200, 200, 200, 429])
    expect(await statuses(app, 1, 'GET', me, { bearer: first?.access ?? '', ip: '203.0.113.9' })).toEqual([429])
    expect(await statuses(app, 1, 'GET', me, { cookie: second?.cookie ?? '' })).toEqual([200])
    expect(await statuses(app, 3, 'GET', me)).toEqual([401, 401, 429])
    expect(await statuses(app, 3, 'GET', me, { bearer: 'x.y.z', ip: '203.0.113.9' })).toEqual([401, 401, 429])
  })

  it('by audience never give a public route more for a token that is sent along', async () => {
    const app = await appWith({ audiences: { authenticated: { limit: 1_000, periodSeconds: 60 } } })
    const { access, cookie } = await app.signUp()
    const headers = { origin: 'https://app.test' }
    const tokens = [{ bearer: access }, { cookie, headers }, {}]
    const got = []
    for (let index = 0; index < 14; index += 1) {
      got.push((await app.send('POST', login, { body, ...tokens[index % 3] })).status)
    }
    expect(got).toEqual([...Array<number>(10).fill(401), ...Array<number>(4).fill(429)])
  })

  it('let whoever is exempt from checks have limits of its own', async () => {
    const app = await appWith({ audiences: { authenticated: two, admin: { limit: 5, periodSeconds: 60 } } })
    await app.auth.createFirstAdmin({ email: 'root@example.test', password })
    const { body: answer } = await app.send('POST', login, { body: { email: 'root@example.test', password } })
    const bearer = String(answer['access_token'])
    const { access } = await app.signUp()
    expect((await statuses(app, 7, 'GET', me, { bearer })).filter((status) => status === 200)).toHaveLength(5)
    expect((await statuses(app, 7, 'GET', me, { bearer: access })).filter((status) => status === 200)).toHaveLength(2)
  })

  it.each<[unknown, string]>([
    [
      { rules: { 'POST /auth/logn': two } },
      'rateLimits.rules: "POST /auth/logn" is no class and no route; did you mean "POST /auth/login"?',
    ],
    [{ rules: { signin: two } }, 'did you mean "sign-in"?'],
    [{ rules: { 'something else entirely': two } }, 'use one of sign-in, password'],
    [{ rules: { 'sign-in': { limit: 0, periodSeconds: 60 } } }, 'rateLimits: rules.sign-in.0.limit must be at least 1'],
    [{ rules: { 'sign-in': { limit: 1 } } }, 'rules.sign-in.0.periodSeconds is required'],
    [{ rules: { 'sign-in': [] } }, 'rules.sign-in must be at least 1 items'],
    [{ rules: { 'sign-in': { ...two, bursts: 1 } } }, 'rules.sign-in.0.bursts is not a known field'],
    [{ audiences: { users: two } }, 'audiences.users is not a known field'],
    [{ store: 'redis' }, 'store must be memory, database, or a store with the methods take and giveBack'],
    [{ store: { take: () => [] } }, 'store must be memory, database'],
    [{ multiplier: 0 }, 'multiplier must be at least 0.1'],
  ])('are refused when they are wrong: %j', async (rateLimits, message) => {
    // What a program in plain JavaScript could pass.
    const options = { rateLimits } as HttpOptions
    await expect(createApp({}, options)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(message),
    })
  })

  it('have one store', async () => {
    const rateLimitStore = createMemoryRateLimitStore()
    await expect(appWith({ store: 'memory' }, { rateLimitStore })).rejects.toMatchObject({
      message: 'createHandler: give rateLimits.store or rateLimitStore, not both',
    })
  })

  it('count in the database of the instance where they are told to', async () => {
    const app = await appWith({ store: 'database', multiplier: 0.3 })
    expect(await statuses(app, 5, 'POST', login, { body })).toEqual([401, 401, 401, 429, 429])
  })
})

describe('what a request gets back', () => {
  it('is its attempt, when it could not be served', async () => {
    const app = await createApp({}, {})
    let isDown = true
    const ready = async () => {
      if (isDown) throw new CardeaError('unavailable', 'Gone.')
      await app.auth.ready()
    }
    const handler = createHandler({ ...app.auth, ready })
    const ask = async (): Promise<number> =>
      (await handler(requestOf('POST', login, { body }), { ip: '192.0.2.1' })).status
    for (let index = 0; index < 30; index += 1) expect(await ask()).toBe(503)
    isDown = false
    for (let index = 0; index < 10; index += 1) expect(await ask()).toBe(401)
    expect(await ask()).toBe(429)
  })
})

describe('the budget of passwords', () => {
  it('holds for everybody together, and takes nothing from whoever is refused', async () => {
    const app = await appWith({ rules: { hash: { limit: 3, periodSeconds: 60 } } })
    const got = []
    for (let index = 0; index < 5; index += 1) {
      got.push(await app.send('POST', login, { body, ip: `203.0.113.${index}` }))
    }
    expect(got.map(({ status }) => status)).toEqual([401, 401, 401, 503, 503])
    expect(got[3]?.headers.get('retry-after')).toBe('20')
    expect(got[3]?.code).toBe('unavailable')
    expect((await app.send('GET', me, { ip: '203.0.113.4' })).status).toBe(401)
    // Nothing of its network was used up by 503s.
    expect(new Set(await statuses(app, 20, 'POST', login, { body, ip: '203.0.113.9' }))).toEqual(new Set([503]))
    app.time.now += 60_000
    expect(await statuses(app, 3, 'POST', login, { body, ip: '203.0.113.9' })).toEqual([401, 401, 401])
  })
})

describe('API keys', () => {
  const wrong = (index: number) => `cardea_${index.toString().padStart(8, '0')}`

  it('that are none cost a network 30 a minute, and then nothing is looked up', async () => {
    const app = await createApp({}, {})
    const guard = createGuard(app.auth)
    const account = await app.signUp()
    await app.auth.permissions.assign(account.id, 'programmer')
    const { key } = await app.auth.apiKeys.create({ principalId: account.id })
    const { key: fresh } = await app.auth.apiKeys.create({ principalId: account.id })
    const tokens = '/api/v1/tokens'
    for (let index = 0; index < 100; index += 1) {
      expect((await app.send('GET', tokens, { bearer: key })).status).toBe(200)
    }
    const got = []
    for (let index = 0; index < 40; index += 1) got.push(await app.send('GET', tokens, { bearer: wrong(index) }))
    expect(got.map(({ status }) => status)).toEqual([...Array<number>(30).fill(401), ...Array<number>(10).fill(429)])
    expect(got[35]?.headers.get('ratelimit-policy')).toBe('"api-key";q=30;w=60')
    expect(got[35]?.headers.get('retry-after')).toBe('2')
    // The guards of the app know as well; a network beside it and people with sessions are not touched.
    const headers = new Headers({ authorization: `Bearer ${fresh}` })
    const ask = (ip: string) => guard.require({ method: 'GET', headers, ip })
    await expect(ask('::ffff:192.0.2.1')).rejects.toMatchObject({ code: 'rate_limited' })
    await expect(ask('192.0.2.2')).resolves.toBeDefined()
    expect((await app.send('GET', me, { bearer: account.access })).status).toBe(200)
    app.time.now += 2_000
    await expect(ask('192.0.2.1')).resolves.toBeDefined()
  })

  it('that are none count also where a route takes a ticket in their place', async () => {
    const rules = { 'second-factor': { limit: 1_000, periodSeconds: 60 } }
    const { send } = await createApp({ auth: { mfa: { enabled: true } } }, { rateLimits: { rules } })
    const got = []
    for (let index = 0; index < 31; index += 1) {
      got.push((await send('POST', '/api/v1/auth/mfa/totp/enroll', { bearer: wrong(index), body: {} })).status)
    }
    expect(got).toEqual([...Array<number>(30).fill(401), 429])
  })

  it('that were right before go on beside somebody who guesses, until they are right no more', async () => {
    const app = await createApp({}, {})
    const guard = createGuard(app.auth)
    const account = await app.signUp()
    await app.auth.permissions.assign(account.id, 'programmer')
    const { apiKey, key } = await app.auth.apiKeys.create({ principalId: account.id })
    const ask = async (bearer: string) => (await app.send('GET', '/api/v1/tokens', { bearer })).status
    expect(await ask(key)).toBe(200)
    for (let index = 0; index < 31; index += 1) await ask(wrong(index))
    expect([await ask(wrong(31)), await ask(key), await ask(key)]).toEqual([429, 200, 200])
    const headers = new Headers({ authorization: `Bearer ${key}` })
    await expect(guard.require({ method: 'GET', headers, ip: '192.0.2.1' })).resolves.toBeDefined()
    await app.auth.apiKeys.revoke(apiKey.id)
    expect([await ask(key), await ask(key)]).toEqual([429, 429])
  })

  it('are counted by guards too, ten times as many where nobody knows the address', async () => {
    const app = await createApp({}, {})
    const guard = createGuard(app.auth)
    let looked = 0
    const counting = createGuard({
      ...app.auth,
      verify: (...values) => {
        looked += 1
        return app.auth.verify(...values)
      },
    })
    for (const each of [guard, counting]) {
      const codes: unknown[] = []
      for (let index = 0; index < 303; index += 1) {
        const headers = new Headers({ authorization: `Bearer ${wrong(index)}` })
        const error: unknown = await each.require({ method: 'GET', headers }).catch((caught: unknown) => caught)
        codes.push(error instanceof CardeaError ? error.code : error)
      }
      expect(codes).toEqual([...Array<string>(300).fill('token_invalid'), ...Array<string>(3).fill('rate_limited')])
    }
    // The one that is refused first was looked at; those after it were not.
    expect(looked).toBe(301)
  })
})
