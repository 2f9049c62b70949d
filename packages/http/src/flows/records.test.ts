import { createTestCardea } from '@cardea/testing'
import { anyOf, bool, defineCollection, json, number, owner, relation, text } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Got, received, requestOf, type Sent } from '../app.fixture.js'
import { createHandler } from '../index.js'
import { answerCheck, asDescribed } from '../openapi/conformance.fixture.js'

const password = 'correct horse battery'
const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'

const customers = defineCollection('customers', {
  type: 'auth',
  fields: { company: text({ optional: true }), rating: text({ optional: true, hidden: true }) },
  rules: { list: 'authenticated', view: 'self', update: 'self', delete: 'self' },
})
const posts = defineCollection('posts', {
  type: 'base',
  fields: {
    title: text(),
    score: number({ optional: true }),
    draft: bool({ default: false }),
    meta: json({ optional: true }),
    notes: text({ optional: true, hidden: true }),
    author: relation('customers', { optional: true }),
  },
  rules: {
    list: 'public',
    view: 'public',
    create: anyOf(owner('author'), 'content:create'),
    update: owner('author'),
    delete: owner('author'),
  },
})
const vault = defineCollection('vault', { type: 'base', fields: { text: text() } })

async function createShop() {
  const test = await createTestCardea({ ...cmsPreset, collections: [customers, posts, vault], mail: false })
  const handler = createHandler(test.auth, { rateLimits: 'off' })
  const ask = async (method: string, path: string, sent: Sent = {}): Promise<Response> =>
    await handler(requestOf(method, `/api/v1/collections/${path}`, sent), { ip: '192.0.2.1' })
  const check = await answerCheck(test.auth, { rateLimits: 'off' }, [customers, posts, vault])
  const send = async (method: string, path: string, sent: Sent = {}): Promise<Got> =>
    asDescribed(check, method, `/api/v1/collections/${path}`, await received(await ask(method, path, sent)))
  const somebody = async (role?: 'admin' | 'editor') => {
    const options = role === undefined ? { collection: 'customers' } : { roles: [role] }
    const { accessToken, cookie, user } = await test.signInAs(undefined, options)
    return { id: String(user['id']), bearer: accessToken, cookie }
  }
  return { ...test, handler, ask, send, somebody }
}

const outcome = ({ status, code }: Got): string => (code === undefined ? String(status) : `${status} ${code}`)

describe('records', () => {
  let shop: Awaited<ReturnType<typeof createShop>>
  let ann: { readonly id: string; readonly bearer: string; readonly cookie: string }
  let bob: typeof ann
  let admin: typeof ann
  let post: { readonly record: { readonly id: string }; readonly etag: string }

  beforeAll(async () => {
    shop = await createShop()
    ann = await shop.somebody()
    bob = await shop.somebody()
    admin = await shop.somebody('admin')
  })

  beforeEach(async () => {
    shop.clock.advance(1)
    post = await shop.auth.records.posts.create({ title: 'A post', score: 1, author: ann.id })
  })

  const at = (id: string) => `posts/records/${id}`

  it('answer by the rules, whoever asks, and in whatever way', async () => {
    const cookie = { cookie: bob.cookie, headers: { 'sec-fetch-site': 'same-origin' } }
    const { key } = await shop.auth.apiKeys.create({ principalId: ann.id, scopes: null })
    const { key: scoped } = await shop.auth.apiKeys.create({ principalId: admin.id, scopes: ['posts:read'] })
    const { id } = post.record
    const unmet = '404 not_found'
    const locked = ['401 unauthenticated', '403 forbidden', '403 forbidden', '200', '403 forbidden', '403 forbidden']
    const expected = {
      'GET posts/records': ['200', '200', '200', '200', '200', '200'],
      [`GET ${at(id)}`]: ['200', '200', '200', '200', '200', '200'],
      'POST posts/records': ['401 unauthenticated', '201', '201', '201', '201', '403 forbidden'],
      [`PATCH ${at(id)}`]: ['401 unauthenticated', unmet, '200', '200', '200', unmet],
      'GET vault/records': locked,
      'POST vault/records': locked.map((each) => (each === '200' ? '422 invalid_request' : each)),
      'GET customers/records': ['401 unauthenticated', '200', '200', '200', '200', '200'],
      [`GET customers/records/${ann.id}`]: ['401 unauthenticated', unmet, '200', '200', '200', unmet],
      'GET users/records': locked,
      [`GET users/records/${admin.id}`]: ['401 unauthenticated', unmet, unmet, '200', unmet, unmet],
      [`DELETE ${at(id)}`]: ['401 unauthenticated', unmet, '204', unmet, unmet, unmet],
    }
    for (const [row, outcomes] of Object.entries(expected)) {
      const [method = '', path = ''] = row.split(' ')
      const body = method === 'POST' || method === 'PATCH' ? { body: { title: 'x' } } : {}
      const found: string[] = []
      const bearers = [ann.bearer, admin.bearer, key, scoped].map((bearer) => ({ bearer }))
      for (const by of [{}, cookie, ...bearers]) {
        found.push(outcome(await shop.send(method, path, { ...body, ...by })))
      }
      // The third deletes it, so that there is nothing for the others.
      expect([row, ...found]).toEqual([row, ...outcomes])
    }
  })

  it('are not those of its owner to an API key with scopes', async () => {
    const { key } = await shop.auth.apiKeys.create({ principalId: admin.id, scopes: ['content:read'] })
    expect((await shop.send('GET', 'customers/records', { bearer: key })).list).toEqual([])
    expect((await shop.send('GET', 'customers/records?limit=5', { bearer: key })).body).toMatchObject({ total: 0 })
    expect((await shop.send('GET', 'customers/records', { bearer: bob.bearer })).list.length).toBeGreaterThan(1)
  })

  it('are made with a place and a tag', async () => {
    const got = await shop.send('POST', 'posts/records', {
      bearer: ann.bearer,
      body: { title: 'New', meta: { a: [1] } },
    })
    expect(got.status).toBe(201)
    const { id } = got.body
    expect(got.body).toMatchObject({ title: 'New', meta: { a: [1] }, author: ann.id, draft: false })
    expect(got.body).not.toHaveProperty('notes')
    expect(got.headers.get('location')).toBe(`/api/v1/collections/posts/records/${String(id)}`)
    const seen = await shop.send('GET', at(String(id)))
    expect([seen.body, seen.headers.get('etag')]).toEqual([got.body, got.headers.get('etag')])
    const byQuery = await shop.send('GET', `posts/records/?q=${String(id)}`)
    expect(byQuery.body).toEqual(got.body)
  })

  it('say which fields are wrong', async () => {
    for (const body of [
      { title: 'x', notes: 'x' },
      { title: 'x', id: unknownId },
      { title: 'x', role: 'admin' },
    ]) {
      const got = await shop.send('POST', 'posts/records', { bearer: ann.bearer, body })
      expect(outcome(got)).toBe('422 unknown_field')
      const patched = await shop.send('PATCH', at(post.record.id), { bearer: ann.bearer, body })
      expect(outcome(patched)).toBe('422 unknown_field')
    }
    const { body } = await shop.send('POST', 'posts/records', { bearer: ann.bearer, body: { score: 'x' } })
    expect(body['errors']).toMatchObject([{ path: 'title' }, { path: 'score' }])
  })

  describe('lists', () => {
    it('come in four forms, with filters, a search, an order and members', async () => {
      for (const score of [5, 3, 4]) {
        shop.clock.advance(1)
        await shop.auth.records.posts.create({ title: 'forms', score })
      }
      const get = async (query: string) => await shop.send('GET', `posts/records?search=forms&${query}`)
      const scores = (items: unknown) => (items as { readonly score: number }[]).map(({ score }) => score)
      expect(scores((await get('')).list)).toEqual([5, 3, 4])
      const byOffset = (await get('limit=2&offset=1&sort=-score')).body
      expect([scores(byOffset['data']), byOffset['total']]).toEqual([[4, 3], 3])
      const byPage = (await get('page=2&per_page=2&filter[score][gte]=3')).body
      expect([scores(byPage['items']), byPage['total_pages']]).toEqual([[4], 2])
      const first = (await get('cursor=&limit=2&sort=score')).body
      const second = (await get(`cursor=${String(first['next_cursor'])}&limit=2&sort=score`)).body
      expect([scores(first['data']), scores(second['data']), second['next_cursor']]).toEqual([[3, 4], [5], null])
      for (const order of ['-created_at', '-created', '-updated']) {
        expect([order, scores((await get(`sort=${order}`)).list)]).toEqual([order, [4, 3, 5]])
      }
      expect(scores((await get('filter[created][gte]=2020-01-01&sort=created')).list)).toEqual([5, 3, 4])
      expect((await get('fields=score,title&sort=score')).list[0]).toEqual({ title: 'forms', score: 3 })
    })

    it('show relations as records to those alone who may see them', async () => {
      const path = `posts/records?expand=author&filter[id][eq]=${post.record.id}`
      const [seen] = (await shop.send('GET', path, { bearer: ann.bearer })).list
      expect(seen?.['author']).toMatchObject({ id: ann.id, company: null })
      expect(seen?.['author']).not.toHaveProperty('rating')
      for (const sent of [{}, { bearer: bob.bearer }]) {
        expect((await shop.send('GET', path, sent)).list[0]?.['author']).toBe(ann.id)
      }
    })

    it.each([
      'filter[notes][eq]=x',
      'sort=notes',
      'fields=notes',
      'expand=notes',
      'expand=title',
      'filter[title][like]=x',
      'zzz=1',
      'filter[meta][eq]=x',
    ])('refuse %s', async (query) => {
      expect(outcome(await shop.send('GET', `posts/records?${query}`))).toBe('422 unknown_field')
    })

    it('have at most 1,000 records, 20 filters and 5 expanded relations', async () => {
      const filters = Array.from({ length: 21 }, (_, index) => `filter[f${index}][eq]=1`).join('&')
      for (const query of ['limit=1001', 'per_page=1001', filters, 'expand=a,b,c,d,e,f', 'cursor=nonsense']) {
        expect(outcome(await shop.send('GET', `posts/records?${query}`))).toBe('422 invalid_request')
      }
    })
  })

  describe('versions', () => {
    it('are asked for with If-None-Match', async () => {
      const { id } = post.record
      for (const [tag, status] of [
        [post.etag, 304],
        [`W/${post.etag}`, 304],
        [`"x", ${post.etag}`, 304],
        ['*', 304],
        ['"x"', 200],
      ] as const) {
        const response = await shop.ask('GET', at(id), { headers: { 'if-none-match': tag } })
        expect([response.status, response.headers.get('etag')]).toEqual([status, post.etag])
        expect((await response.text()) === '').toBe(status === 304)
        expect(response.headers.has('content-type')).toBe(status === 200)
      }
      // What is shown within may have changed.
      const expanded = await shop.ask('GET', `${at(id)}?expand=author`, { headers: { 'if-none-match': post.etag } })
      expect([expanded.status, expanded.headers.get('etag')]).toEqual([200, null])
    })

    it('are asked for with If-Match', async () => {
      const { id } = post.record
      const { bearer } = ann
      const patch = async (tag: string, body: object) =>
        await shop.send('PATCH', at(id), { bearer, body, headers: { 'if-match': tag } })
      const changed = await patch(post.etag, { title: 'Second' })
      const etag = changed.headers.get('etag') ?? ''
      expect([changed.status, changed.body['title'], etag === post.etag]).toEqual([200, 'Second', false])
      expect(outcome(await patch(post.etag, { title: 'Third' }))).toBe('412 precondition_failed')
      expect(outcome(await patch(`W/${etag}`, { title: 'Third' }))).toBe('412 precondition_failed')
      for (const malformed of ['x', '"x', '', '*, "x"x']) {
        expect(outcome(await patch(malformed, { title: 'Third' }))).toBe('400 invalid_request')
      }
      const remove = async (tag: string) =>
        outcome(await shop.send('DELETE', at(id), { bearer, headers: { 'if-match': tag } }))
      expect(await remove(post.etag)).toBe('412 precondition_failed')
      expect(await remove(`"x", ${etag}`)).toBe('204')
      expect(outcome(await patch('*', { title: 'x' }))).toBe('404 not_found')
    })
  })

  describe('many at once', () => {
    it('are deleted by a filter, or all where that is said', async () => {
      const { bearer } = ann
      const remove = async (query: string) => await shop.send('DELETE', `posts/records${query}`, { bearer })
      expect(outcome(await remove(''))).toBe('422 invalid_request')
      expect(outcome(await remove('?all=0'))).toBe('422 invalid_request')
      expect(outcome(await remove('?search='))).toBe('422 invalid_request')
      expect(outcome(await remove('?search=x&limit=1'))).toBe('422 unknown_field')
      expect(outcome(await remove('?filter[notes][eq]=x'))).toBe('422 unknown_field')
      expect(outcome(await shop.send('DELETE', 'posts/records?all=1'))).toBe('401 unauthenticated')
      const foreign = await shop.auth.records.posts.create({ title: 'bulk', author: bob.id })
      await shop.auth.records.posts.create({ title: 'bulk', author: ann.id })
      const got = await remove('?filter[title][eq]=bulk')
      expect([got.status, got.body]).toEqual([200, { deleted: 1, kept: 0, more: false }])
      expect((await shop.send('GET', at(foreign.record.id))).status).toBe(200)
      expect((await remove('?all=1')).body).toMatchObject({ kept: 0, more: false })
      expect((await shop.send('GET', `posts/records?filter[author][eq]=${ann.id}`)).list).toEqual([])
      expect((await shop.send('GET', at(foreign.record.id))).status).toBe(200)
    })

    it.each([
      ['csv', 'text/csv; charset=utf-8'],
      ['json', 'application/json'],
      ['jsonl', 'application/x-ndjson'],
    ])('are exported as %s', async (format, type) => {
      const query = `search=sheet&fields=title,score,meta&format=${format}`
      const rows = [
        { title: '=sheet("x")', score: -1, meta: { a: 'b,c' } },
        { title: 'sheet "two",\nthree', score: null, meta: null },
      ]
      await shop.auth.records.posts.deleteMany({ search: 'sheet' })
      for (const row of rows) {
        shop.clock.advance(1)
        await shop.auth.records.posts.create(row)
      }
      const response = await shop.ask('GET', `posts/records/export?${query}`)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe(type)
      expect(response.headers.get('content-disposition')).toBe(`attachment; filename="posts.${format}"`)
      expect(response.headers.get('cache-control')).toBe('no-store')
      const whole = await response.text()
      if (format === 'csv') {
        expect(whole).toBe(`title,score,meta\r\n"'=sheet(""x"")",-1,"{""a"":""b,c""}"\r\n"sheet ""two"",\nthree",,\r\n`)
      } else if (format === 'json') expect(JSON.parse(whole)).toEqual(rows)
      else expect(whole).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    })

    it('are exported by the list rule, and refused before anything is sent', async () => {
      expect(await (await shop.ask('GET', 'posts/records/export?format=json&search=no-such-post')).text()).toBe('[]\n')
      for (const [path, sent, expected] of [
        ['vault/records/export', {}, '401 unauthenticated'],
        ['vault/records/export', { bearer: ann.bearer }, '403 forbidden'],
        ['posts/records/export?format=xml', {}, '422 invalid_request'],
        ['posts/records/export?limit=1', {}, '422 unknown_field'],
        ['posts/records/export?fields=notes', {}, '422 unknown_field'],
        ['posts/records/export?sort=notes', {}, '422 unknown_field'],
        ['nothing/records/export', {}, '404 not_found'],
      ] as const) {
        expect([path, outcome(await shop.send('GET', path, sent))]).toEqual([path, expected])
      }
      expect((await shop.send('HEAD', 'posts/records/export')).status).toBe(405)
    })

    it('are read no faster than they are sent, and no further than somebody reads', async () => {
      for (let from = 0; from < 3; from += 1) {
        await Promise.all(
          Array.from({ length: 500 }, () => shop.auth.records.posts.create({ title: 'slow', author: bob.id })),
        )
      }
      shop.events.length = 0
      const response = await shop.ask('GET', 'posts/records/export?search=slow&format=jsonl', { bearer: ann.bearer })
      const reader = response.body?.getReader()
      const { value } = (await reader?.read()) ?? {}
      expect(new TextDecoder().decode(value).trimEnd().split('\n')).toHaveLength(500)
      expect(shop.events).toEqual([])
      await reader?.cancel()
      // Two pages would have been 1,000.
      expect(shop.events).toMatchObject([
        { type: 'records.exported', collection: 'posts', records: 500, actorId: ann.id, ip: '192.0.2.1' },
      ])
      await shop.auth.records.posts.deleteMany({ search: 'slow' })
    })

    it('break off where whoever reads may read no more', async () => {
      const reader = await shop.somebody()
      await Promise.all(Array.from({ length: 600 }, () => shop.auth.records.posts.create({ title: 'long' })))
      const response = await shop.ask('GET', 'posts/records/export?search=long', { bearer: reader.bearer })
      await shop.auth.collections.customers.disable(reader.id)
      await expect(response.text()).rejects.toMatchObject({ code: 'session_revoked' })
      expect(shop.logs.some(({ level, message }) => level === 'warn' && message.includes('export'))).toBe(true)
    })
  })

  it('of principals change no account, and are deleted with it', async () => {
    const path = `customers/records/${bob.id}`
    const { bearer } = bob
    for (const field of ['email', 'verified', 'password', 'role', 'status', 'rating', 'id']) {
      const got = await shop.send('PATCH', path, { bearer, body: { company: 'x', [field]: 'y' } })
      expect(got.body['errors']).toMatchObject([{ path: field, code: 'unknown_field' }])
    }
    expect((await shop.send('PATCH', path, { bearer, body: { company: 'Bob' } })).body).toMatchObject({
      company: 'Bob',
    })
    const made = await shop.send('POST', 'customers/records', {
      bearer: admin.bearer,
      body: { email: 'made@example.test', password, company: 'Made' },
    })
    expect(made.body).toMatchObject({ email: 'made@example.test', company: 'Made', verified: false })
    const login = await shop.send('POST', 'customers/auth/login', { body: { email: 'made@example.test', password } })
    expect(login.status).toBe(200)
    expect((await shop.send('DELETE', path, { bearer })).status).toBe(204)
    expect(outcome(await shop.send('GET', path, { bearer }))).toMatch(/^401/)
  })

  it('come from this site where they come with a cookie', async () => {
    const sent = { cookie: ann.cookie, body: { title: 'x' } }
    const evil = { origin: 'https://evil.test' }
    expect(outcome(await shop.send('POST', 'posts/records', { ...sent, headers: evil }))).toBe('403 csrf_rejected')
    expect(outcome(await shop.send('POST', 'posts/records', sent))).toBe('403 csrf_rejected')
    expect(outcome(await shop.send('DELETE', 'posts/records?all=1', { cookie: ann.cookie }))).toBe('403 csrf_rejected')
  })

  it('are there at once for a collection of run time, and gone with it', async () => {
    expect(outcome(await shop.send('GET', 'notes/records'))).toBe('404 not_found')
    expect(outcome(await shop.send('POST', 'cardea_roles/records', { body: {} }))).toBe('404 not_found')
    const { bearer } = admin
    const definition = {
      name: 'notes',
      type: 'base',
      fields: [{ name: 'text', type: 'text' }],
      rules: { list: 'public' },
    }
    expect((await shop.send('POST', '', { bearer, body: definition })).status).toBe(201)
    expect(outcome(await shop.send('GET', 'notes/records'))).toBe('200')
    const made = await shop.send('POST', 'notes/records', { bearer, body: { text: 'x' } })
    expect(made.body).toMatchObject({ text: 'x' })
    expect((await shop.send('GET', 'notes/records')).list).toEqual([made.body])
    expect((await shop.send('DELETE', 'notes', { bearer })).status).toBe(204)
    expect(outcome(await shop.send('GET', 'notes/records'))).toBe('404 not_found')
  })
})
