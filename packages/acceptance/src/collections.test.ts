import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, clientOf } from './client.js'
import type { TestDatabase } from './databases.js'
import { adminToken, defineCustomers } from './define-customers.js'
import { demoKinds } from './demo-kinds.js'
import { type DemoServer, startDemo } from './demo-server.js'

const api = '/api/v1'
const path = `${api}/collections`

const field = (index: number) => ({ name: `field_${index}`, type: 'text' })
const many = (count: number) => Array.from({ length: count }, (_, index) => field(index))

/** What is sent, and the places that are wrong with it. */
const refused: readonly [string, unknown, number, string, readonly string[]][] = [
  ['nothing', undefined, 422, 'invalid_request', ['name', 'type']],
  ['an array', [], 422, 'invalid_request', ['']],
  ['no type', { name: 'x' }, 422, 'invalid_request', ['type']],
  ['another type', { name: 'x', type: 'view' }, 422, 'invalid_request', ['type']],
  ...[
    '__proto__',
    'constructor',
    'users',
    'auth',
    'all',
    'settings',
    'records',
    'cardea_x',
    'a'.repeat(64),
    'a'.repeat(10_000),
    "x'; drop table cardea_principals; --",
    'x"y',
    'x`y',
    'x y',
    '../users',
    'kündinnen',
    'Customers',
    '',
    7,
    null,
    true,
    ['x'],
    { $ne: '' },
  ].map((name): [string, unknown, number, string, readonly string[]] => [
    `the name ${JSON.stringify(name).slice(0, 40)}`,
    { name, type: 'auth' },
    422,
    'invalid_request',
    ['name'],
  ]),
  ['an unknown member', { name: 'x', type: 'auth', list_rule: '' }, 422, 'unknown_field', ['list_rule']],
  ['a prototype', { name: 'x', type: 'auth', constructor: { prototype: {} } }, 422, 'unknown_field', ['constructor']],
  ['a table of Cardea', { name: 'x', type: 'auth', table: 'cardea_x' }, 422, 'invalid_request', ['table']],
  ['a table with a quote', { name: 'x', type: 'auth', table: 'a"b' }, 422, 'invalid_request', ['table']],
  [
    '1,000 fields',
    { name: 'x', type: 'auth', schema: { fields: many(1_000) } },
    422,
    'invalid_request',
    ['schema.fields'],
  ],
  [
    'more keys than a table can have',
    { name: 'x', type: 'auth', fields: many(60).map((each) => ({ ...each, unique: true })) },
    422,
    'invalid_request',
    ['fields'],
  ],
  [
    'one field twice',
    { name: 'x', type: 'auth', fields: [field(1), field(2), field(1)] },
    422,
    'invalid_request',
    ['fields.2.name'],
  ],
  [
    'a column of Cardea',
    { name: 'x', type: 'auth', schema: [{ name: 'epoch', type: 'number' }] },
    422,
    'invalid_request',
    ['schema.0.name'],
  ],
  [
    'an unknown option of a field',
    { name: 'x', type: 'auth', schema: { fields: [field(1), { ...field(2), sql: '1' }] } },
    422,
    'unknown_field',
    ['schema.fields.1.sql'],
  ],
  [
    'a relation to nothing',
    { name: 'x', type: 'auth', schema: { fields: [{ name: 'a', type: 'relation', collection: 'nobody' }] } },
    422,
    'invalid_request',
    ['schema.fields.0.collection'],
  ],
]

describe.each(demoKinds)('collections at run time on $name', ({ kind, script }) => {
  let database: TestDatabase
  let server: DemoServer
  let client: Client
  let bearer: string

  beforeAll(async () => {
    database = await kind.create()
    server = await startDemo({ DATABASE_URL: database.url }, undefined, script)
    client = clientOf(server.url)
    bearer = await adminToken(client)
    await defineCustomers(client)
  })

  afterAll(async () => {
    await server?.stop()
    await database?.drop()
  })

  const namesNow = async () => {
    const { body } = await client.get(`${path}?limit=1000&sort=name`, { bearer })
    return JSON.stringify(body['data'], ['name'])
  }

  it.each(refused)('%s is refused, and the place is named', async (_name, body, status, code, places) => {
    const before = await namesNow()
    const answer = await client.post(path, body, { bearer })
    expect([answer.status, answer.body['code']]).toEqual([status, code])
    const errors: unknown = answer.body['errors']
    expect(Array.isArray(errors) ? errors.map((each) => String(each.path)) : []).toEqual(places)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(await namesNow()).toBe(before)
  })

  it('refuses what is no JSON, and methods that there are not', async () => {
    const raw = JSON.stringify({ name: 'x', type: 'auth' })
    const headers = { 'content-type': 'text/plain' }
    expect((await client.send('POST', path, { raw, headers, bearer })).status).toBe(415)
    expect((await client.send('POST', path, { raw: '{"name":"x","name":"y","type":"auth"}', bearer })).status).toBe(400)
    expect((await client.send('POST', path, { raw: '{"name":', bearer })).status).toBe(400)
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const answer = await client.send(method, path, { bearer })
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD, OPTIONS'])
    }
    expect((await client.send('POST', `${path}/customers`, { raw, bearer })).status).toBe(405)
  })

  it('refuses names that code, permissions or a collection have, with the reason', async () => {
    for (const name of ['media', 'content', 'customers']) {
      const { status, body } = await client.post(path, { name, type: 'auth' }, { bearer })
      expect([status, body['code']]).toEqual([409, 'conflict'])
      expect(body['detail']).toMatch(name === 'customers' ? /collection of this name/ : /permissions for/)
    }
    expect((await client.get(`${api}/media`, { bearer })).status).toBe(200)
    const table = 'auth_customers'
    expect((await client.post(path, { name: 'others', type: 'auth', table }, { bearer })).status).toBe(409)
  })

  it('makes tables, keys and references of any names beside each other', async () => {
    const base = (name: string, ...columns: readonly string[]) => ({
      name,
      type: 'base',
      fields: Object.fromEntries(
        columns.map((column) => [
          column,
          column.endsWith('d') ? { type: 'relation', collection: 'customers' } : { type: 'text', unique: true },
        ]),
      ),
    })
    const definitions = [
      base('a', 'b_c', 'b_d'),
      base('a_b', 'c', 'd'),
      ...['a_b_c_key', 'a_b_d_idx', 'a_pkey', 'a_b_pkey', 'a_b_d_fkey'].map((name) => base(name, 'c', 'd')),
      base('b_c_key', 'c'),
      base('b', 'c', 'pkey'),
    ]
    for (const definition of definitions) {
      const { status, body } = await client.post(path, definition, { bearer })
      expect([definition.name, status, body['code']]).toEqual([definition.name, 201, undefined])
    }
  })

  it('says in its own words that a name is taken in the database, and where', async () => {
    const columns = kind.name === 'MySQL' ? 'id varchar(36) primary key, owner varchar(36)' : 'id text, owner text'
    const takers = {
      SQLite: ['create index "auth_taken$owner_idx" on theirs (owner)'],
      PostgreSQL: ['create index "auth_taken$owner_idx" on theirs (owner)'],
      MySQL: ['alter table theirs add constraint auth_taken$owner_fkey foreign key (owner) references theirs (id)'],
    }
    for (const sql of [`create table theirs (${columns})`, ...takers[kind.name]]) await database.query(sql)
    const fields = { owner: { type: 'relation', collection: 'customers' } }
    const { status, body } = await client.post(path, { name: 'taken', type: 'base', fields }, { bearer })
    expect([status, body['code']]).toEqual([409, 'conflict'])
    expect(body['errors']).toMatchObject([{ path: 'name', code: 'taken' }])
    expect(JSON.stringify(body)).not.toMatch(/exists|errno|auth_taken|_idx|_fkey|constraint/i)
    expect(body['detail']).toContain('something else in the database has a name that it needs')
    expect((await client.get(`${path}/taken`, { bearer })).status).toBe(404)
  })

  it('is for administrators: not for viewers, customers, or nobody', async () => {
    const viewer = await client.post(`${api}/auth/register`, {
      email: 'viewer@example.com',
      password: 'a good password',
      username: 'viewer',
      name: 'Viewer',
      role: 'admin',
    })
    const own = { email: 'customer@example.com', password: 'a good password' }
    const customer = await client.post(`${path}/customers/auth/register`, own)
    const origin = { 'sec-fetch-site': 'same-origin' }
    for (const who of [
      { bearer: viewer.body['access_token'] },
      { bearer: customer.body['access_token'] },
      { cookie: viewer.cookie, headers: origin },
      { cookie: customer.cookie, headers: origin },
    ]) {
      expect((await client.post(path, { name: 'mine', type: 'auth' }, who)).body['code']).toBe('forbidden')
      expect((await client.get(path, who)).status).toBe(403)
      expect((await client.get(`${path}/customers`, who)).status).toBe(403)
      expect((await client.get(`${path}/nobody`, who)).status).toBe(403)
    }
    const forged = { cookie: viewer.cookie, headers: { origin: 'https://evil.example' } }
    expect((await client.post(path, { name: 'mine', type: 'auth' }, forged)).body['code']).toBe('csrf_rejected')
    expect((await client.post(path, { name: 'mine', type: 'auth' })).status).toBe(401)
    expect((await client.get(path)).status).toBe(401)
  })

  it('shows one by both spellings, and 404 for what is not there', async () => {
    const bySegment = await client.get(`${path}/customers`, { bearer })
    for (const spelling of [`${path}/customers/`, `${path}?q=customers`, `${path}/?q=customers`]) {
      expect((await client.get(spelling, { bearer })).body).toEqual(bySegment.body)
    }
    for (const name of ['nobody', '__proto__', 'constructor', 'CUSTOMERS']) {
      expect((await client.get(`${path}/${name}`, { bearer })).status).toBe(404)
      expect((await client.post(`${path}/${name}/auth/login`, {})).status).toBe(404)
    }
  })

  it('lists them in every form that lists have', async () => {
    for (const name of ['list_c', 'list_a', 'list_b']) await client.post(path, { name, type: 'base' }, { bearer })
    const get = async (query: string) => (await client.get(`${path}?search=list_&${query}`, { bearer })).body
    const named = (body: unknown) => JSON.parse(JSON.stringify(body, ['name'])) as unknown
    const [a, b, c] = ['list_a', 'list_b', 'list_c'].map((name) => ({ name }))
    expect(named(await get(''))).toEqual([a, b, c])
    expect(named(await get('sort=-name'))).toEqual([c, b, a])
    expect(named(await get('sort=created'))).toEqual([c, a, b])
    const byLimit = await get('limit=2&offset=1')
    expect([byLimit['total'], byLimit['limit'], byLimit['offset'], named(byLimit['data'])]).toEqual([3, 2, 1, [b, c]])
    const byPage = await get('page=2&per_page=2')
    expect([byPage['total'], byPage['total_pages'], byPage['page'], named(byPage['items'])]).toEqual([3, 2, 2, [c]])
    const first = await get('cursor=&limit=2&sort=-name')
    expect(named(first['data'])).toEqual([c, b])
    const second = await get(`cursor=${String(first['next_cursor'])}&limit=2&sort=-name`)
    expect([named(second['data']), second['next_cursor']]).toEqual([[a], null])
    expect(named(await get('filter[type][eq]=base&filter[name][ne]=list_b'))).toEqual([a, c])
    for (const query of [
      'sort=secret',
      'sort=constructor',
      "sort=name';--",
      'limit=0',
      'limit=1001',
      'limit=1e3',
      'offset=-1',
      'page=1&limit=2',
      'cursor=&page=1',
      'cursor=bm90IG91cnM',
      'cursor=WyJsaXN0X2EiLDEsMl0',
      'filter[secret][eq]=1',
      'filter[name][like]=1',
      'where=1',
    ]) {
      const answer = await client.get(`${path}?${query}`, { bearer })
      expect([query, answer.status]).toEqual([query, 422])
    }
  })

  it('keeps hidden fields to itself', async () => {
    const fields = [
      { name: 'shown', type: 'text' },
      { name: 'credit', type: 'text', hidden: true, default: 'none' },
    ]
    const made = await client.post(path, { name: 'discreet', type: 'auth', schema: { fields } }, { bearer })
    expect(made.status).toBe(201)
    const own = { email: 'discreet@example.com', password: 'a good password' }
    const registered = await client.post(`${path}/discreet/auth/register`, { ...own, shown: 'x' })
    const told = [
      made,
      await client.get(`${path}/discreet`, { bearer }),
      await client.get(path, { bearer }),
      registered,
      await client.get(`${path}/discreet/auth/me`, { bearer: registered.body['access_token'] }),
    ]
    for (const { status, body } of told) {
      expect(status).toBeLessThan(300)
      expect(JSON.stringify(body)).not.toContain('credit')
    }
    const set = await client.post(`${path}/discreet/auth/register`, { ...own, email: 'b@example.com', credit: 'all' })
    expect(set.body['code']).toBe('unknown_field')
  })

  it('takes the form of code, with settings that are enforced', async () => {
    const definition = {
      name: 'staff',
      type: 'auth',
      fields: {
        badge: { type: 'text', unique: true, pattern: '^[A-Z]{2}[0-9]{3}$' },
        floor: { type: 'number', optional: true },
      },
      auth: { identifiers: ['badge'], require_verified: false, registration: 'open' },
    }
    const made = await client.post(path, definition, { bearer })
    expect(made.body['auth']).toEqual({
      password: { enabled: true },
      registration: 'open',
      require_verified: false,
      identifiers: ['badge'],
    })
    const auth = `${path}/staff/auth`
    const own = { email: 'staff@example.com', password: 'a good password' }
    const missing = await client.post(`${auth}/register`, own)
    expect([missing.status, missing.body['errors']]).toMatchObject([422, [{ path: 'badge', code: 'required' }]])
    expect((await client.post(`${auth}/register`, { ...own, badge: 'nope' })).status).toBe(422)
    expect((await client.post(`${auth}/register`, { ...own, badge: 'AB123' })).status).toBe(201)
    const taken = await client.post(`${auth}/register`, { ...own, email: 'other@example.com', badge: 'AB123' })
    expect([taken.status, taken.body['code'], taken.body['errors']]).toMatchObject([
      409,
      'conflict',
      [{ path: 'badge', code: 'taken' }],
    ])
    expect(JSON.stringify(taken.body)).not.toContain('AB123')
    expect((await client.post(`${auth}/login`, { badge: 'AB123', password: own.password })).status).toBe(200)
    const closed = { name: 'closed', type: 'auth', auth: { registration: 'closed' } }
    expect((await client.post(path, closed, { bearer })).status).toBe(201)
    expect((await client.post(`${path}/closed/auth/register`, own)).body['code']).toBe('method_disabled')
    const base = { name: 'articles', type: 'base', fields: [{ name: 'title', type: 'text' }] }
    expect((await client.post(path, base, { bearer })).body).toMatchObject({ type: 'base', auth: null })
    expect((await client.post(`${path}/articles/auth/login`, own)).status).toBe(404)
  })

  it('outlives a restart of the server', async () => {
    const own = { email: 'restart@example.com', password: 'a good password' }
    await client.post(`${path}/customers/auth/register`, own)
    await server.stop()
    server = await startDemo({ DATABASE_URL: database.url }, undefined, script)
    client = clientOf(server.url)
    expect((await client.post(`${path}/customers/auth/login`, own)).status).toBe(200)
    expect((await client.get(`${path}/customers`, { bearer })).status).toBe(200)
  })
})
