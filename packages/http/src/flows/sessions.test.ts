import { describe, expect, it } from 'vitest'
import { type Account, type App, authPath, createApp, password } from '../app.fixture.js'

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'

async function signInAgain(app: App, collection: string, { email }: Account) {
  const got = await app.send('POST', `${authPath(collection)}/login`, { body: { email, password } })
  return { access: String(got.body['access_token']), sessionId: String(got.body['session_id']) }
}

describe.each(['users', 'customers'])('own sessions of %s', (collection) => {
  const at = authPath(collection)

  it('lists them as a plain array', async () => {
    const app = await createApp()
    const first = await app.signUp(collection)
    const second = await signInAgain(app, collection, first)
    const got = await app.send('GET', `${at}/sessions`, { bearer: second.access, headers: {} })
    expect(got.list).toHaveLength(2)
    for (const session of got.list) {
      expect(Object.keys(session).sort()).toEqual([
        'actor_id',
        'created',
        'created_at',
        'current',
        'device',
        'expires_at',
        'id',
        'ip_address',
        'last_used',
        'last_used_at',
        'user_agent',
      ])
      expect(session['created']).toMatch(instant)
      expect(session['last_used']).toMatch(instant)
      expect(session['expires_at']).toMatch(instant)
      expect(session['current']).toBe(session['id'] === second.sessionId)
    }
  })

  it.each(['/ID', '/ID/', '?q=ID', '/?q=ID'])('ends one at /sessions%s', async (spelling) => {
    const app = await createApp()
    const first = await app.signUp(collection)
    const second = await signInAgain(app, collection, first)
    const path = `${at}/sessions${spelling.replace('ID', first.sessionId)}`
    const got = await app.send('DELETE', path, { bearer: second.access })
    expect([got.status, got.text]).toEqual([204, ''])
    expect((await app.send('GET', `${at}/me`, { bearer: first.access })).status).toBe(401)
    expect((await app.send('GET', `${at}/me`, { bearer: second.access })).status).toBe(200)
    expect((await app.send('DELETE', path, { bearer: second.access })).status).toBe(404)
  })

  it('does not tell a foreign session from one that is not there', async () => {
    const app = await createApp()
    const [mine, theirs] = [await app.signUp(collection), await app.signUp(collection)]
    const before = await app.rows()
    for (const id of [theirs.sessionId, unknownId, 'x', `${mine.sessionId.toUpperCase()}`, '0']) {
      const got = await app.send('DELETE', `${at}/sessions/${id}`, { bearer: mine.access })
      expect([got.status, got.code]).toEqual([404, 'not_found'])
    }
    expect(await app.rows()).toBe(before)
    expect((await app.send('GET', `${at}/me`, { bearer: theirs.access })).status).toBe(200)
  })

  it('ends all of them, and clears the cookie of the one that asked', async () => {
    const app = await createApp()
    const first = await app.signUp(collection)
    const second = await signInAgain(app, collection, first)
    const headers = { 'sec-fetch-site': 'same-origin' }
    const got = await app.send('DELETE', `${at}/sessions/all`, { cookie: first.cookie, headers })
    expect(got.status).toBe(204)
    expect([...got.cookies.values()]).toEqual([''])
    for (const bearer of [first.access, second.access]) {
      expect((await app.send('GET', `${at}/me`, { bearer })).status).toBe(401)
    }
  })

  it('ends the one that asks, and clears its cookie if that is how it asked', async () => {
    const app = await createApp()
    const headers = { 'sec-fetch-site': 'same-origin' }
    const [byToken, byCookie] = [await app.signUp(collection), await app.signUp(collection)]
    const first = await app.send('DELETE', `${at}/sessions/${byToken.sessionId}`, { bearer: byToken.access })
    expect([first.status, first.cookies.size]).toEqual([204, 0])
    const path = `${at}/sessions/${byCookie.sessionId}`
    const second = await app.send('DELETE', path, { cookie: byCookie.cookie, headers })
    expect([second.status, [...second.cookies.values()]]).toEqual([204, ['']])
  })

  it('ends all others', async () => {
    const app = await createApp()
    const first = await app.signUp(collection)
    const second = await signInAgain(app, collection, first)
    const got = await app.send('DELETE', `${at}/sessions/all?scope=others`, { bearer: second.access })
    expect([got.status, got.cookies.size]).toEqual([204, 0])
    expect((await app.send('GET', `${at}/me`, { bearer: first.access })).status).toBe(401)
    expect((await app.send('GET', `${at}/me`, { bearer: second.access })).status).toBe(200)
  })

  it('takes no other scope, and no id called all', async () => {
    const app = await createApp()
    const { access } = await app.signUp(collection)
    const scope = await app.send('DELETE', `${at}/sessions/all?scope=local`, { bearer: access })
    expect([scope.status, scope.code]).toEqual([422, 'invalid_request'])
    const query = await app.send('DELETE', `${at}/sessions?q=all`, { bearer: access })
    expect([query.status, query.code]).toEqual([404, 'not_found'])
    expect((await app.send('GET', `${at}/me`, { bearer: access })).status).toBe(200)
  })
})

describe.each([`${authPath('users')}/sessions`, '/api/v1/sessions'])('the list %s', (path) => {
  it('comes in the forms of every list, the newest first unless another order is asked for', async () => {
    const app = await createApp()
    const account = await app.signUp()
    for (const milliseconds of [1, 1]) {
      app.time.now += milliseconds
      await signInAgain(app, 'users', account)
    }
    const get = async (query: string) => await app.send('GET', `${path}?${query}`, { bearer: account.access })
    const idsOf = (list: unknown) =>
      (list as Record<string, unknown>[]).map((session) => session['id'] ?? session['session_id'])
    const all = idsOf((await get('')).list)
    expect(all).toHaveLength(3)
    expect(all.at(-1)).toBe(account.sessionId)
    const { data, ...part } = (await get('limit=1&offset=1')).body
    expect([idsOf(data), part]).toEqual([all.slice(1, 2), { total: 3, limit: 1, offset: 1 }])
    const { items, ...page } = (await get('page=2&per_page=2')).body
    expect([idsOf(items), page]).toEqual([all.slice(2), { page: 2, per_page: 2, total: 3, total_pages: 2 }])
    const first = (await get('cursor=&limit=2')).body
    const next = (await get(`cursor=${first['next_cursor']}&limit=2`)).body
    expect([...idsOf(first['data']), ...idsOf(next['data'])]).toEqual(all)
    expect(next['next_cursor']).toBeNull()
    expect(idsOf((await get('sort=created_at')).list)).toEqual(all.toReversed())
    expect((await get('search=no%20such%20browser')).list).toEqual([])
    expect((await get('sort=token_hash')).body).toMatchObject({ status: 422, code: 'unknown_field' })
    expect((await get('limit=0')).body).toMatchObject({ status: 422, code: 'invalid_request' })
  })
})

describe('/sessions', () => {
  async function admin(app: App) {
    const created = await app.auth.createFirstAdmin({ email: 'root@example.test', password })
    const got = await app.send('POST', '/api/v1/auth/login', { body: { email: 'root@example.test', password } })
    return { id: created.id, access: String(got.body['access_token']), sessionId: String(got.body['session_id']) }
  }

  it('lists the own ones under the names of ModulaCMS', async () => {
    const app = await createApp()
    const { access, id, sessionId } = await app.signUp()
    const got = await app.send('GET', '/api/v1/sessions/', { bearer: access })
    expect(got.list).toEqual([
      {
        session_id: sessionId,
        user_id: id,
        created_at: expect.stringMatching(instant),
        expires_at: expect.stringMatching(instant),
        last_access: expect.stringMatching(instant),
        ip_address: '192.0.2.1',
        user_agent: null,
        device: null,
        actor_id: null,
        current: true,
      },
    ])
    expect((await app.send('GET', `/api/v1/sessions?user_id=${id}`, { bearer: access })).list).toEqual(got.list)
  })

  it("shows somebody else's only with sessions:read", async () => {
    const app = await createApp()
    const [mine, theirs] = [await app.signUp(), await app.signUp()]
    const refused = await app.send('GET', `/api/v1/sessions?user_id=${theirs.id}`, { bearer: mine.access })
    expect([refused.status, refused.code]).toEqual([403, 'forbidden'])
    const unknown = await app.send('GET', `/api/v1/sessions?user_id=${unknownId}`, { bearer: mine.access })
    expect([unknown.status, unknown.code]).toEqual([403, 'forbidden'])
    const { access } = await admin(app)
    const seen = await app.send('GET', `/api/v1/sessions?user_id=${theirs.id}`, { bearer: access })
    expect(seen.list).toEqual([expect.objectContaining({ session_id: theirs.sessionId, current: false })])
  })

  it('knows no users but its own, also for an admin', async () => {
    const app = await createApp()
    const customer = await app.signUp('customers')
    const { access } = await admin(app)
    for (const id of [customer.id, unknownId, 'x', '']) {
      const listed = await app.send('GET', `/api/v1/sessions?user_id=${id}`, { bearer: access })
      expect([listed.status, listed.code]).toEqual([404, 'not_found'])
    }
    const ended = await app.send('DELETE', `/api/v1/sessions/${customer.sessionId}`, { bearer: access })
    expect([ended.status, ended.code]).toEqual([404, 'not_found'])
    expect((await app.send('GET', `${authPath('customers')}/me`, { bearer: customer.access })).status).toBe(200)
  })

  it('takes API keys: what they were made for, and no more than their owners may', async () => {
    const app = await createApp()
    const [mine, theirs] = [await app.signUp(), await app.signUp()]
    const { access, id } = await admin(app)
    const keyOf = async (principalId: string, scopes: readonly ('sessions:read' | 'content:read')[] | null) =>
      (await app.auth.apiKeys.create({ principalId, scopes })).key
    const path = '/api/v1/sessions'
    const own = await keyOf(mine.id, null)
    const listed = await app.send('GET', path, { bearer: own })
    expect(listed.list).toEqual([expect.objectContaining({ session_id: mine.sessionId, current: false })])
    expect((await app.send('GET', `${path}?user_id=${theirs.id}`, { bearer: own })).status).toBe(403)
    expect((await app.send('DELETE', `${path}/${theirs.sessionId}`, { bearer: own })).status).toBe(404)
    // Not even what is its owner's without being asked for.
    const narrow = await keyOf(id, ['content:read'])
    const reading = await keyOf(id, ['sessions:read'])
    expect((await app.send('GET', path, { bearer: narrow })).status).toBe(403)
    expect((await app.send('GET', `/api/v1/users/sessions?q=${mine.id}`, { bearer: narrow })).status).toBe(403)
    expect((await app.send('GET', path, { bearer: reading })).status).toBe(200)
    expect((await app.send('GET', `/api/v1/users/sessions?q=${mine.id}`, { bearer: reading })).list).toHaveLength(1)
    for (const bearer of [narrow, reading]) {
      expect((await app.send('DELETE', `${path}/${mine.sessionId}`, { bearer })).status).toBe(403)
    }
    expect((await app.send('GET', '/api/v1/auth/me', { bearer: access })).status).toBe(200)
    const all = await keyOf(id, null)
    expect((await app.send('DELETE', `${path}/?q=${mine.sessionId}`, { bearer: all })).status).toBe(204)
    expect((await app.send('GET', '/api/v1/auth/me', { bearer: mine.access })).status).toBe(401)
  })

  it('ends own ones, and those of others only with sessions:delete', async () => {
    const app = await createApp()
    const [mine, theirs] = [await app.signUp(), await app.signUp()]
    const second = await signInAgain(app, 'users', mine)
    expect((await app.send('DELETE', `/api/v1/sessions/?q=${second.sessionId}`, { bearer: mine.access })).status).toBe(
      204,
    )
    const foreign = await app.send('DELETE', `/api/v1/sessions/${theirs.sessionId}`, { bearer: mine.access })
    expect([foreign.status, foreign.code]).toEqual([404, 'not_found'])
    const { access } = await admin(app)
    const path = `/api/v1/sessions/?q=${theirs.sessionId}`
    expect((await app.send('DELETE', path, { bearer: access })).status).toBe(204)
    expect((await app.send('DELETE', path, { bearer: access })).status).toBe(404)
    expect((await app.send('GET', '/api/v1/auth/me', { bearer: theirs.access })).status).toBe(401)
    expect((await app.send('GET', '/api/v1/auth/me', { bearer: mine.access })).status).toBe(200)
  })
})
