import { describe, expect, it, vi } from 'vitest'
import { createApp } from '../app.fixture.js'
import { createGuards } from '../guard/create-guards.js'
import { createErrorResponder } from '../handler/errors.js'

const forwarded = { headers: { 'x-forwarded-for': '203.0.113.9' } }

describe('the log', () => {
  it('tells once of a proxy that no option speaks of, whichever way requests come', async () => {
    const app = await createApp()
    const { access } = await app.signUp()
    expect(app.log).toEqual([])
    await app.send('GET', '/health', forwarded)
    await app.send('GET', '/api/v1/auth/me', { ...forwarded, bearer: access })
    const { key } = await app.auth.apiKeys.create({ principalId: (await app.signUp()).id })
    const headers = new Headers({ ...forwarded.headers, authorization: `Bearer ${key}` })
    await createGuards(app.auth).requireAuth()({ method: 'GET', headers, ip: '192.0.2.1' }, {})
    await app.auth.close()
    expect(app.log.map(({ message }) => message)).toEqual([expect.stringContaining('the option trustProxy is not set')])
  })

  it.each([{ trustProxy: 1 }, { trustProxy: 0 }])('tells nothing where there is %j', async (options) => {
    const app = await createApp({}, { rateLimits: 'off', ...options })
    await app.send('GET', '/health', forwarded)
    await app.auth.close()
    expect(app.log).toEqual([])
  })

  it('tells once of a page whose origin no option names, at routes and guards', async () => {
    const app = await createApp()
    const { cookie } = await app.signUp()
    const headers = { origin: 'https://app.test:5173' }
    const refused = await app.send('POST', '/api/v1/auth/logout', { cookie, headers })
    expect(refused).toMatchObject({ status: 403, body: { code: 'csrf_rejected' } })
    const request = { method: 'POST', headers: new Headers({ ...headers, cookie: cookie ?? '' }), ip: null }
    const guarded = createGuards(app.auth).requireAuth()(request, {})
    await expect(guarded).rejects.toMatchObject({ code: 'csrf_rejected' })
    await app.auth.close()
    expect(app.log.map(({ message }) => message)).toEqual([expect.stringContaining('neither baseUrl nor one of')])
  })

  it('tells once of a credential that is good, of a collection that a guard does not let in', async () => {
    const app = await createApp({ environment: 'development' })
    const { access, cookie } = await app.signUp()
    const customer = await app.signUp('customers')
    const forCustomers = createGuards(app.auth).requireAuth({ collections: ['customers'] })
    const ask = async (headers: Record<string, string>, guard = forCustomers) =>
      await guard({ method: 'GET', headers: new Headers(headers), ip: null }, {})
    const refused = { code: expect.stringMatching(/^(unauthenticated|token_invalid)$/) }
    await expect(ask({})).rejects.toMatchObject(refused)
    await expect(ask({ authorization: 'Bearer a.b.c' })).rejects.toMatchObject(refused)
    await ask({ cookie: customer.cookie ?? '' })
    await expect(ask({ authorization: `Bearer ${access}` })).rejects.toMatchObject(refused)
    await expect(ask({ cookie: cookie ?? '' })).rejects.toMatchObject(refused)
    await app.auth.close()
    expect(app.log.map(({ message }) => message).filter((message) => message.includes('are let in'))).toEqual([
      expect.stringMatching(/only principals of customers are let in: .*good, but of users.*\['customers', 'users'\]/),
    ])
  })

  it.each(['production', 'test'] as const)('tells nothing of it in %s', async (environment) => {
    const app = await createApp({ environment, baseUrl: 'https://app.test' })
    const { access } = await app.signUp()
    const guard = createGuards(app.auth, { trustProxy: 0 }).requireAuth({ collections: ['customers'] })
    const headers = new Headers({ authorization: `Bearer ${access}` })
    await expect(guard({ method: 'GET', headers, ip: null }, {})).rejects.toMatchObject({ code: 'token_invalid' })
    await app.auth.close()
    expect(app.log.filter(({ message }) => message.includes('are let in'))).toEqual([])
  })

  it('tells once of a handler without a guard, and where it is', async () => {
    const { auth, log } = await createApp()
    const errors = createErrorResponder(auth)
    const error = errors.unguarded()
    errors.unguarded()
    expect(error).toMatchObject({ code: 'unauthenticated', message: 'Sign in first.' })
    await vi.waitFor(() => expect(log).toHaveLength(1))
    expect(log).toEqual([{ message: expect.stringContaining('no guard has looked at'), fields: { error } }])
  })
})
