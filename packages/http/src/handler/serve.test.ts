import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { toResponse } from '../answers/answer.js'
import { createApp, password, received, requestOf, type Sent } from '../app.fixture.js'
import type { RouteContract } from '../contract/route.js'
import { describeProblem } from '../problem/problem.js'
import { createRouter } from '../router/create-router.js'
import { atOnce, defineRoute } from '../routes/route.js'
import { createCors } from './cors.js'
import { createRuntime } from './runtime.js'
import { createService } from './serve.js'

const contract: RouteContract = {
  method: 'POST',
  mount: 'api',
  path: '/articles/{id}',
  access: { permission: 'content:update' },
  principals: 'any',
  limit: null,
  query: [],
  body: { required: ['title'], optional: [] },
  status: 200,
  errors: [],
}

/** The service over a route of its own, which needs a permission and takes principals of every collection. */
async function setUp(changes: Partial<RouteContract> = {}) {
  const app = await createApp()
  const runtime = createRuntime(app.auth, { rateLimits: 'off' }, 'test')
  const route = defineRoute(
    { ...contract, ...changes },
    {
      body: z.strictObject({ title: z.string() }),
      handle: ({ caller, parameters }, { body }) =>
        Promise.resolve({ body: { id: parameters['id'], title: body.title, by: caller?.collection } }),
    },
  )
  const serve = createService(runtime, createRouter([atOnce(route)], '/api/v1'), createCors(undefined))
  const send = async (sent: Sent, path = '/api/v1/articles/7') => {
    try {
      const answer = await serve(requestOf('POST', path, sent), sent.context ?? {}, 'request-1')
      return await received(toResponse(answer, { requestId: 'request-1', method: 'POST' }))
    } catch (error) {
      const { code, status } = describeProblem(error, 'request-1')
      return { code, status, body: {} }
    }
  }
  return { app, send }
}

const body = { title: 'On hinges' }

describe('createService', () => {
  it('asks for the permission that the route declares', async () => {
    const { app, send } = await setUp()
    const { access, id } = await app.signUp()
    expect(await send({ body })).toMatchObject({ status: 401, code: 'unauthenticated' })
    expect(await send({ body, bearer: access })).toMatchObject({ status: 403, code: 'forbidden' })
    await app.auth.permissions.assign(id, 'editor')
    expect(await send({ body, bearer: access })).toMatchObject({
      status: 200,
      body: { id: '7', title: 'On hinges', by: 'users' },
    })
  })

  it('denies everybody, an admin too, what the catalogue does not have', async () => {
    const { app, send } = await setUp({ access: { permission: 'articles:update' } })
    await app.auth.createFirstAdmin({ email: 'root@example.test', password })
    const login = await app.send('POST', '/api/v1/auth/login', { body: { email: 'root@example.test', password } })
    expect(await send({ body, bearer: String(login.body['access_token']) })).toMatchObject({ status: 403 })
  })

  it.each([
    ['any', 200],
    ['own', 401],
  ] as const)('takes %s principals as the route declares', async (principals, status) => {
    const { app, send } = await setUp({ access: 'authenticated', principals })
    const customer = await app.signUp('customers')
    expect((await send({ body, bearer: customer.access })).status).toBe(status)
    const headers = { origin: 'https://app.test' }
    expect((await send({ body, cookie: customer.cookie, headers })).status).toBe(status)
    const user = await app.signUp()
    expect((await send({ body, bearer: user.access })).status).toBe(200)
  })

  it('reads no body before it knows who asks', async () => {
    const { app, send } = await setUp()
    const { access } = await app.signUp()
    for (const wrong of ['{', 'x'.repeat(100_000), '[]']) {
      expect((await send({ body: wrong })).status).toBe(401)
      expect((await send({ body: wrong, bearer: access })).status).toBe(403)
    }
  })

  it('finds an item by the query as well, once', async () => {
    const { app, send } = await setUp({ access: 'authenticated' })
    const { access: bearer } = await app.signUp()
    for (const path of ['/api/v1/articles?q=8', '/api/v1/articles/?q=8', '/api/v1/articles/8/']) {
      expect((await send({ body, bearer }, path)).body).toMatchObject({ id: '8' })
    }
    expect(await send({ body, bearer }, '/api/v1/articles')).toMatchObject({ status: 404 })
    expect(await send({ body, bearer }, '/api/v1/articles/8?q=9')).toMatchObject({ status: 422, code: 'unknown_field' })
    expect(await send({ body, bearer }, '/api/v1/articles?q=8&q=9')).toMatchObject({ status: 422 })
  })

  it('takes a body that a framework has read', async () => {
    const { app, send } = await setUp({ access: 'authenticated' })
    const { access: bearer } = await app.signUp()
    const headers = { 'content-type': 'application/json' }
    const given = async (parsedBody: unknown) => await send({ bearer, headers, context: { parsedBody } })
    expect((await given(body)).body).toMatchObject({ title: 'On hinges' })
    expect(await given({ ...body, extra: 1 })).toMatchObject({ status: 422, code: 'unknown_field' })
    expect(await given({ title: 7 })).toMatchObject({ status: 422, code: 'invalid_request' })
  })
})
