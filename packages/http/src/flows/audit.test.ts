import { beforeEach, describe, expect, it } from 'vitest'
import { type App, createApp, password } from '../app.fixture.js'

const path = '/api/v1/audit'

describe('GET /audit', () => {
  let app: App
  let bearer: string
  let adminId: string

  beforeEach(async () => {
    app = await createApp()
    const admin = await app.auth.createFirstAdmin({ email: 'root@example.test', password })
    adminId = admin.id
    const body = { email: 'root@example.test', password }
    const login = await app.send('POST', '/api/v1/auth/login', { body, ip: '192.0.2.99' })
    bearer = String(login.body['access_token'])
  })

  const list = (query = '') => app.send('GET', `${path}${query}`, { bearer })
  const typesOf = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.map(({ type }) => type)
  const dataOf = (got: { readonly body: Readonly<Record<string, unknown>> }, name = 'data') =>
    got.body[name] as readonly Readonly<Record<string, unknown>>[]

  it('is for those who may read it', async () => {
    expect(await app.send('GET', path)).toMatchObject({ status: 401 })
    const { access, id } = await app.signUp()
    expect(await app.send('GET', path, { bearer: access })).toMatchObject({ status: 403, code: 'forbidden' })
    await app.settle()
    const [denied] = (await list('?type=access.denied')).list
    expect(denied).toMatchObject({
      outcome: 'failure',
      user_id: id,
      ip_address: '192.0.2.1',
      details: { permission: 'audit:read' },
    })
    const customer = await app.signUp('customers')
    await app.auth.permissions.assign(customer.id, 'admin')
    expect(await app.send('GET', path, { bearer: customer.access })).toMatchObject({ status: 200 })
  })

  it('says where each event came from, the newest first, and holds it when the request is answered', async () => {
    const headers = { 'user-agent': 'Tester/1.0', 'x-request-id': 'request-of-the-test' }
    const wrong = { email: 'root@example.test', password: 'a wrong password' }
    const failed = await app.send('POST', '/api/v1/auth/login', { body: wrong, headers, ip: '2001:db8::1' })
    expect(failed.status).toBe(401)
    const got = await list()
    expect(typesOf(got.list)).toEqual(['sign_in.failed', 'sign_in.succeeded', 'user.registered'])
    expect(got.list[0]).toEqual({
      id: expect.any(String),
      type: 'sign_in.failed',
      outcome: 'failure',
      at: new Date(app.time.now).toISOString(),
      collection: 'users',
      user_id: adminId,
      actor_id: null,
      session_id: null,
      key_id: null,
      ip_address: '2001:db8:0:0:0:0:0:1',
      user_agent: 'Tester/1.0',
      request_id: 'request-of-the-test',
      count: 1,
      details: { reason: 'mismatch' },
    })
    expect(failed.headers.get('x-request-id')).toBe('request-of-the-test')
  })

  it('says by whom and in which session others were changed', async () => {
    const { id, sessionId } = await app.signUp()
    const key = await app.send('POST', '/api/v1/tokens', { bearer, body: { user_id: id } })
    expect(key.status).toBe(201)
    const [made] = (await list(`?user_id=${id}&type=api_key.created`)).list
    expect(made).toMatchObject({ actor_id: adminId, key_id: key.body['id'] })
    expect(await app.send('DELETE', `/api/v1/sessions/${sessionId}`, { bearer })).toMatchObject({ status: 204 })
    expect(typesOf((await list(`?actor_id=${adminId}`)).list)).toEqual(['session.revoked', 'api_key.created'])
    expect(typesOf((await list(`?session_id=${sessionId}`)).list)).toEqual(['session.revoked', 'sign_in.succeeded'])
  })

  it('refuses what no event can hold', async () => {
    for (const query of ['type=%00', 'user_id=a%00b', 'ip_address=%00', 'filter[actor_id][eq]=%00']) {
      expect([query, (await list(`?${query}`)).status]).toEqual([query, 422])
    }
    const cursor = Buffer.from(JSON.stringify([app.time.now, '\0'])).toString('base64url')
    expect((await list(`?cursor=${cursor}`)).status).toBe(422)
  })

  it('takes the forms of lists', async () => {
    for (let count = 0; count < 3; count += 1) await app.signUp()
    const all = typesOf((await list()).list)
    expect(all).toHaveLength(8)
    expect((await list('?limit=2&offset=1')).body).toMatchObject({ total: 8, limit: 2, offset: 1 })
    expect(typesOf(dataOf(await list('?limit=2&offset=1')))).toEqual(all.slice(1, 3))
    const page = await list('?page=2&per_page=3')
    expect(page.body).toMatchObject({ page: 2, per_page: 3, total: 8, total_pages: 3 })
    expect(typesOf(dataOf(page, 'items'))).toEqual(all.slice(3, 6))
    expect(typesOf((await list('?sort=at')).list)).toEqual([...all].reverse())
    for (const sort of ['-at', 'at']) {
      const seen: unknown[] = []
      let cursor: unknown = ''
      while (cursor !== null) {
        const got = await list(`?cursor=${String(cursor)}&limit=3&sort=${sort}`)
        seen.push(...dataOf(got).map(({ id }) => id))
        cursor = got.body['next_cursor']
      }
      expect(seen).toEqual((await list(`?sort=${sort}`)).list.map(({ id }) => id))
    }
  })

  it('takes filters, by either of their names', async () => {
    const { id, sessionId } = await app.signUp()
    const from = new Date(app.time.now).toISOString()
    for (const query of [
      `user_id=${id}&type=sign_in.succeeded`,
      `filter[user_id][eq]=${id}&filter[type][eq]=sign_in.succeeded`,
      `session_id=${sessionId}`,
      `ip_address=::ffff:192.0.2.1&type=sign_in.succeeded`,
      `from=${from}&outcome=success&user_id=${id}&type=sign_in.succeeded`,
      `filter[at][gte]=${from}&session_id=${sessionId}`,
    ]) {
      const [found, ...more] = (await list(`?${encodeURI(query)}`)).list
      expect([query, found?.['session_id'], more]).toEqual([query, sessionId, []])
    }
    expect((await list(`?to=${from}`)).list).toEqual([])
    expect((await list('?outcome=failure')).list).toEqual([])
  })

  it.each([
    ['sort=type', 'sort', 'unknown_field'],
    ['outcome=maybe', 'outcome', 'invalid_value'],
    ['from=yesterday', 'from', 'invalid_format'],
    ['type=a&filter[type][eq]=b', 'filter[type][eq]', 'invalid'],
    ['cursor=W10', 'cursor', 'invalid_format'],
    ['cursor=WyJhIiwiYiJd', 'cursor', 'invalid_format'],
    ['cursor=&page=1', 'page', 'invalid'],
    ['limit=1001', 'limit', 'invalid_value'],
    ['search=x', 'search', 'unknown_field'],
    ['filter[type][ne]=a', 'filter[type][ne]', 'unknown_field'],
  ])('refuses %s', async (query, place, code) => {
    const got = await list(`?${encodeURI(query)}`)
    expect(got).toMatchObject({ status: 422, body: { errors: [{ path: place, code }] } })
  })

  it('counts what is refused before anybody is looked up, and gathers it', async () => {
    const limited = await createApp({}, {})
    const admin = { email: 'root@example.test', password }
    await limited.auth.createFirstAdmin(admin)
    const body = { email: 'nobody@example.test', password: 'x' }
    let refused = 0
    for (let count = 0; count < 60; count += 1) {
      const got = await limited.send('POST', '/api/v1/auth/login', { body })
      if (got.status === 429) refused += 1
    }
    const headers = { origin: 'https://evil.test' }
    expect(await limited.send('POST', '/api/v1/auth/login', { body, headers })).toMatchObject({ code: 'csrf_rejected' })
    await limited.settle()
    await limited.auth.audit.flush()
    const entries = await limited.auth.audit.list({ type: 'request.limited' })
    expect(entries.reduce((sum, { count }) => sum + count, 0)).toBe(refused)
    expect(entries.length).toBeLessThan(refused)
    expect(entries.at(-1)).toMatchObject({ ip: '192.0.2.1', details: { limit: 'sign-in' } })
    expect(await limited.auth.audit.list({ type: 'request.forged' })).toHaveLength(1)
  })

  it('lets no header forge a line or steer a terminal', async () => {
    const hostile = 'curl\u001b[31m\u009b2J\u0085 level=error'
    const headers = { 'user-agent': hostile, 'x-request-id': 'id\u001b[2J-and-more' }
    const body = { email: 'root@example.test', password: 'wrong\r\n\u2028' }
    expect(await app.send('POST', '/api/v1/auth/login', { body, headers })).toMatchObject({ status: 401 })
    const [entry] = (await list('?type=sign_in.failed')).list
    expect(entry?.['user_agent']).toBe('curl\u{FFFD}[31m\u{FFFD}2J\u{FFFD} level=error')
    expect(entry?.['request_id']).toMatch(/^[0-9a-f-]{36}$/)
  })
})
