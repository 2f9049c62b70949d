import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, clientOf, type RequestOptions } from './client.js'
import type { TestDatabase } from './databases.js'
import { defineCustomers } from './define-customers.js'
import { demoKinds } from './demo-kinds.js'
import { adminCredentials, type DemoServer, startDemo } from './demo-server.js'

const api = '/api/v1'
const login = `${api}/auth/login`
const register = `${api}/auth/register`
const customers = `${api}/collections/customers/auth`
const good = { email: 'nobody@example.com', password: 'a good password', username: 'nobody', name: 'Nobody' }

/** What each request must be answered with: status, code and, where it is said, the place. */
const bodies: readonly [string, string, RequestOptions, number, string, string?][] = [
  ['an array as body', login, { raw: '[]' }, 422, 'invalid_request'],
  ['a string as body', login, { raw: '"a"' }, 422, 'invalid_request'],
  ['null as body', login, { raw: 'null' }, 422, 'invalid_request'],
  ['no body', login, { raw: '' }, 422, 'invalid_request'],
  ['broken JSON', login, { raw: '{"email":' }, 400, 'invalid_request'],
  [
    'a duplicate key',
    login,
    { raw: '{"email":"a@b.example","email":"c@d.example","password":"p"}' },
    400,
    'invalid_request',
  ],
  [
    'an escaped duplicate key',
    login,
    { raw: '{"email":"a@b.example","\\u0065mail":"c","password":"p"}' },
    400,
    'invalid_request',
  ],
  [
    'text instead of JSON',
    login,
    { raw: '{}', headers: { 'content-type': 'text/plain' } },
    415,
    'unsupported_media_type',
  ],
  [
    'a form',
    login,
    { raw: 'email=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'unsupported_media_type',
  ],
  ['an e-mail that is a number', login, { body: { email: 0, password: 'p' } }, 422, 'invalid_request', 'email'],
  [
    'an e-mail that is an array',
    login,
    { body: { email: ['a@b.example'], password: 'p' } },
    422,
    'invalid_request',
    'email',
  ],
  [
    'a password that is an object',
    login,
    { body: { email: 'a@b.example', password: { $ne: 1 } } },
    422,
    'invalid_request',
    'password',
  ],
  [
    'a password that is true',
    login,
    { body: { email: 'a@b.example', password: true } },
    422,
    'invalid_request',
    'password',
  ],
  ['no password', login, { body: { email: 'a@b.example' } }, 422, 'invalid_request', 'password'],
  ['an unknown field', login, { body: { ...adminCredentials, skipMfa: true } }, 422, 'unknown_field', 'skipMfa'],
  [
    '__proto__',
    login,
    { raw: '{"email":"a@b.example","password":"p","__proto__":{"isAdmin":true}}' },
    422,
    'unknown_field',
    '__proto__',
  ],
  [
    'constructor',
    register,
    { raw: `{"constructor":{"prototype":{"x":1}},${JSON.stringify(good).slice(1)}` },
    422,
    'unknown_field',
    'constructor',
  ],
  ['a password of 1 MB', register, { body: { ...good, password: 'x'.repeat(1_000_000) } }, 413, 'payload_too_large'],
  [
    'a password of 1,025 bytes',
    register,
    { body: { ...good, password: 'x'.repeat(1_025) } },
    422,
    'weak_password',
    'password',
  ],
  [
    'a password of 7 characters',
    register,
    { body: { ...good, password: 'seven77' } },
    422,
    'weak_password',
    'password',
  ],
  [
    'a lone surrogate',
    register,
    { raw: JSON.stringify(good).replace('a good password', 'a good \\ud800 password') },
    400,
    'invalid_request',
  ],
  [
    'an e-mail with a line break',
    register,
    { body: { ...good, email: 'a@b.example\nBcc: c@d.example' } },
    422,
    'invalid_request',
    'email',
  ],
  ['two addresses', register, { body: { ...good, email: 'a@b.example,c@d.example' } }, 422, 'invalid_request', 'email'],
  ['verified', register, { body: { ...good, verified: true } }, 422, 'unknown_field', 'verified'],
  ['an id', register, { body: { ...good, id: '1' } }, 422, 'unknown_field', 'id'],
  ['a status', register, { body: { ...good, status: 'active' } }, 422, 'unknown_field', 'status'],
  [
    'a role for a customer',
    `${customers}/register`,
    { body: { email: good.email, password: good.password, role: 'admin' } },
    422,
    'unknown_field',
    'role',
  ],
  [
    'a number as a text field',
    `${customers}/register`,
    { body: { email: good.email, password: good.password, company: 5 } },
    422,
    'invalid_request',
    'company',
  ],
  [
    'NUL in a field',
    `${customers}/register`,
    { body: { email: good.email, password: good.password, company: 'a\u0000b' } },
    422,
    'invalid_request',
    'company',
  ],
  ['a wrong set-up code', register, { body: { ...good, setup_code: 'guess' } }, 403, 'forbidden'],
  [
    'a refresh token that is a number',
    `${api}/auth/refresh`,
    { body: { refresh_token: 0 } },
    422,
    'invalid_request',
    'refresh_token',
  ],
  ['a refresh token that is none', `${api}/auth/refresh`, { body: { refresh_token: 'a.b.c' } }, 401, 'token_invalid'],
  ['an unknown query', `${login}?admin=1`, { body: adminCredentials }, 422, 'unknown_field', 'admin'],
  [
    'a foreign origin',
    login,
    { body: adminCredentials, headers: { origin: 'https://evil.example' } },
    403,
    'csrf_rejected',
  ],
  ['a null origin', login, { body: adminCredentials, headers: { origin: 'null' } }, 403, 'csrf_rejected'],
  [
    'a cross-site request',
    login,
    { body: adminCredentials, headers: { 'sec-fetch-site': 'cross-site' } },
    403,
    'csrf_rejected',
  ],
]

const tokens: readonly [string, RequestOptions][] = [
  ['no credential', {}],
  ['an empty bearer', { headers: { authorization: 'Bearer ' } }],
  ['no token at all', { bearer: 'x' }],
  ['percent signs', { bearer: '%E0%A4%A' }],
  ['an unsigned token', { bearer: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.' }],
  ['three dots', { bearer: '...' }],
  ['an enormous token', { bearer: `${'a'.repeat(5_000)}.b.c` }],
  ['a cookie that is no token', { cookie: 'session=1' }],
  ['a broken cookie', { cookie: 'session=%E0%A4%A; =;;' }],
  ['an empty cookie', { cookie: 'session=' }],
]

describe.each(demoKinds)('bad input, on $name', ({ kind, script }) => {
  let database: TestDatabase
  let server: DemoServer
  let client: Client

  beforeAll(async () => {
    database = await kind.create()
    server = await startDemo({ DATABASE_URL: database.url }, undefined, script)
    client = clientOf(server.url)
    await defineCustomers(client)
  })

  afterAll(async () => {
    await server?.stop()
    await database?.drop()
  })

  it.each(bodies)('%s is refused', async (_name, path, options, status, code, place) => {
    const answer = await client.post(path, undefined, options)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(answer.body).toMatchObject({ status, code, title: expect.any(String), request_id: expect.any(String) })
    expect(answer.status).toBe(status)
    if (place !== undefined) expect(answer.body['errors']).toContainEqual(expect.objectContaining({ path: place }))
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  it.each(tokens)('%s does not authenticate', async (_name, options) => {
    for (const path of [`${api}/auth/me`, '/posts']) {
      const answer = await client.get(path, options)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(['unauthenticated', 'token_invalid']).toContain(answer.body['code'])
    }
  })

  it('takes a cookie for none that comes twice', async () => {
    const { cookie } = await client.post(login, adminCredentials)
    expect((await client.get(`${api}/auth/me`, { cookie })).status).toBe(200)
    expect((await client.get(`${api}/auth/me`, { cookie: `${cookie}; ${cookie}` })).status).toBe(401)
    expect((await client.get(`${api}/auth/me`, { cookie: `session=x; ${cookie}` })).status).toBe(401)
  })

  it.each(['/nothing', `${api}/nothing`, `${api}//auth/me`, `${api}/auth/%6de`, `${api}/collections/nothing/auth/me`])(
    'answers 404 as a problem for %s',
    async (path) => {
      const answer = await client.get(path)
      expect([answer.status, answer.body['code']]).toEqual([404, 'not_found'])
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    },
  )

  it('answers 405 with the methods there are', async () => {
    const answer = await client.get(login)
    expect([answer.status, answer.body['code']]).toEqual([405, 'method_not_allowed'])
    expect(answer.headers.get('allow')).toMatch(/POST/)
  })

  it('is refused by the routes of the app in the same form', async () => {
    const { body } = await client.post(login, adminCredentials)
    const bearer = body['access_token']
    const refused: readonly (readonly [RequestOptions, number, string])[] = [
      [{ raw: '{"title":' }, 400, 'invalid_request'],
      [{ body: { title: 5 } }, 422, 'invalid_request'],
      [{ body: { title: 'a\u0000b' } }, 422, 'invalid_request'],
      [{ body: { title: '' } }, 422, 'invalid_request'],
      [{ body: { title: 'x', body: 'x'.repeat(70_000) } }, 413, 'payload_too_large'],
      [{ raw: '{"title":"x"}', headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
    ]
    for (const [options, status, code] of refused) {
      const answer = await client.post('/posts', undefined, { ...options, bearer })
      expect([answer.status, answer.body['code']]).toEqual([status, code])
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    }
    const unknown = await client.patch('/posts/a%00b', { title: 'x' }, { bearer })
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'not_found'])
    expect((await client.get('/posts', { bearer })).body).toHaveLength(0)
  })

  it('has written nothing for all of that', async () => {
    expect((await client.post(login, { email: good.email, password: good.password })).status).toBe(401)
    expect((await client.post(`${customers}/login`, { email: good.email, password: good.password })).status).toBe(401)
    expect((await client.post(register, good)).status).toBe(201)
    expect((await client.post(`${customers}/register`, { email: good.email, password: good.password })).status).toBe(
      201,
    )
  })
})
