import { createMemoryStorage } from '@cardea/storage/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { createApp, createInstance, origin, password, requestOf, type Sent } from '../app.fixture.js'
import { createGuard } from '../index.js'

async function setUp() {
  const app = await createApp()
  const guard = createGuard(app.auth)
  const user = await app.signUp()
  const customer = await app.signUp('customers')
  const request = (method: string, sent: Sent = {}) => requestOf(method, '/posts', sent)
  return { app, guard, user, customer, request }
}

describe('createGuard', () => {
  let kit: Awaited<ReturnType<typeof setUp>>
  beforeEach(async () => {
    kit = await setUp()
  })

  it('says who came, by cookie or token', async () => {
    const { guard, request, user } = kit
    for (const [sent, credential] of [
      [{ bearer: user.access }, 'access_token'],
      [{ cookie: user.cookie }, 'cookie'],
    ] as const) {
      const { authentication, subject } = await guard.require(request('GET', sent))
      expect(authentication).toMatchObject({ principalId: user.id, collection: 'users', credential })
      expect(authentication.session?.id).toBe(user.sessionId)
      expect([subject.can('content:read'), subject.can('content:update')]).toEqual([true, false])
    }
  })

  it('asks for a permission', async () => {
    const { app, guard, request, user } = kit
    const asked = request('POST', { bearer: user.access })
    await expect(guard.requirePermission(asked, 'content:update')).rejects.toMatchObject({ code: 'forbidden' })
    await app.auth.permissions.assign(user.id, 'editor')
    // The very next request.
    await expect(guard.requirePermission(asked, 'content:update')).resolves.toMatchObject({
      authentication: { principalId: user.id },
    })
    await expect(guard.requirePermission(request('GET'), 'content:read')).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    // @ts-expect-error The compiler knows the catalogue.
    await expect(guard.requirePermission(asked, 'content:reed')).rejects.toMatchObject({
      code: 'undeclared_permission',
    })
  })

  it.each([
    ['GET', 'fulfilled'],
    ['HEAD', 'fulfilled'],
    ['PUT', 'fulfilled'],
    ['PATCH', 'fulfilled'],
    ['POST', 'rejected'],
    ['DELETE', 'rejected'],
    ['OPTIONS', 'rejected'],
    ['QUERY', 'rejected'],
  ] as const)('lets an editor %s content: %s', async (method, outcome) => {
    const { app, guard, request, user } = kit
    await app.auth.permissions.assign(user.id, 'editor')
    const [result] = await Promise.allSettled([
      guard.requireResource(request(method, { bearer: user.access }), 'content'),
    ])
    expect(result?.status).toBe(outcome)
    if (result?.status === 'rejected') expect(result.reason).toMatchObject({ code: 'forbidden' })
  })

  it('refuses what the catalogue does not have, to an admin too', async () => {
    const { app, guard, request } = kit
    await app.auth.createFirstAdmin({ email: 'root@example.test', password })
    const login = await app.send('POST', '/api/v1/auth/login', { body: { email: 'root@example.test', password } })
    const bearer = String(login.body['access_token'])
    await expect(guard.requireResource(request('DELETE', { bearer }), 'content')).resolves.toBeDefined()
    for (const resource of ['nothing', '__proto__', 'content:read', '']) {
      await expect(guard.requireResource(request('GET', { bearer }), resource)).rejects.toMatchObject({
        code: 'forbidden',
      })
    }
    await expect(guard.requireResource(request('PATCH', { bearer }), 'sessions')).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('lets nobody through where nobody has to be', async () => {
    const { guard, request, user } = kit
    expect(await guard.optional(request('GET'))).toBeUndefined()
    expect(await guard.optional(request('GET', { headers: { authorization: 'Basic YTpi' } }))).toBeUndefined()
    expect(await guard.optional(request('GET', { cookie: `__Host-session=${'A'.repeat(43)}` }))).toBeUndefined()
    expect((await guard.optional(request('GET', { cookie: user.cookie })))?.authentication.principalId).toBe(user.id)
    await expect(guard.optional(request('GET', { bearer: 'x' }))).rejects.toMatchObject({ code: 'token_invalid' })
  })

  it('takes principals of the collections it is told, users by default', async () => {
    const { customer, guard, request, user } = kit
    const both = { collections: ['users', 'customers'] }
    const only = { collections: ['customers'] }
    for (const sent of [{ bearer: customer.access }, { cookie: customer.cookie }]) {
      await expect(guard.require(request('GET', sent))).rejects.toMatchObject({ code: expect.any(String) })
      expect((await guard.require(request('GET', sent), only)).authentication.collection).toBe('customers')
      expect((await guard.require(request('GET', sent), both)).authentication.principalId).toBe(customer.id)
    }
    for (const sent of [{ bearer: user.access }, { cookie: user.cookie }]) {
      await expect(guard.require(request('GET', sent), only)).rejects.toMatchObject({ code: expect.any(String) })
    }
    const stale = `__Host-session=${'A'.repeat(43)}; ${customer.cookie}`
    expect((await guard.require(request('GET', { cookie: stale }), both)).authentication.principalId).toBe(customer.id)
    await expect(guard.require(request('GET', { cookie: customer.cookie }), { collections: [] })).rejects.toMatchObject(
      {
        code: 'unauthenticated',
      },
    )
  })

  it('does not fall back to a cookie behind a bearer token that is no good', async () => {
    const { guard, request, user } = kit
    for (const authorization of ['Bearer x', 'Bearer', 'Bearer a b']) {
      const asked = request('GET', { cookie: user.cookie, headers: { authorization } })
      await expect(guard.require(asked)).rejects.toMatchObject({ code: 'token_invalid' })
      await expect(guard.optional(asked)).rejects.toMatchObject({ code: 'token_invalid' })
    }
  })

  it('refuses other sites that ride on a cookie, on unsafe methods', async () => {
    const { guard, request, user } = kit
    const { cookie } = user
    const evil = { origin: 'https://evil.test' }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const headers of [evil, {}, { 'sec-fetch-site': 'cross-site' }]) {
        const asked = request(method, { cookie, headers })
        await expect(guard.require(asked)).rejects.toMatchObject({ code: 'csrf_rejected' })
        await expect(guard.optional(asked)).rejects.toMatchObject({ code: 'csrf_rejected' })
      }
      await expect(guard.require(request(method, { cookie, headers: { origin } }))).resolves.toBeDefined()
      await expect(guard.require(request(method, { bearer: user.access, headers: evil }))).resolves.toBeDefined()
      expect(await guard.optional(request(method, { headers: evil }))).toBeUndefined()
    }
    await expect(guard.require(request('GET', { cookie, headers: evil }))).resolves.toBeDefined()
  })

  it('costs one statement, and none for nobody', async () => {
    const statements: string[] = []
    const storage = createMemoryStorage({ log: (event) => void statements.push(JSON.stringify(event)) })
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const auth = createInstance(storage, () => Date.UTC(2026, 0, 1), logger)
    await auth.migrate()
    await auth.ready()
    const guard = createGuard(auth)
    const registered = await auth.users.register({ email: 'a@example.test', password })
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    const { accessToken = '', cookieToken = '' } = registered.signIn
    for (const sent of [{ bearer: accessToken }, { cookie: `__Host-session=${cookieToken}` }]) {
      await guard.requirePermission(requestOf('GET', '/posts', sent), 'content:read')
      statements.length = 0
      await guard.requirePermission(requestOf('GET', '/posts', sent), 'content:read')
      expect(statements).toHaveLength(1)
    }
    statements.length = 0
    for (const sent of [
      {},
      { bearer: 'a b' },
      { cookie: 'theme=dark' },
      { cookie: '__Host-session=a; __Host-session=b' },
    ]) {
      await expect(guard.require(requestOf('GET', '/posts', sent))).rejects.toBeDefined()
    }
    expect(statements).toEqual([])
  })
})
