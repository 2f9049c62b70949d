import { describe, expect, it } from 'vitest'
import { type App, createServer, origin, password, url } from './app.fixture.js'
import { CardeaClientError, createClient, isClientError, memoryStorage, type Platform } from './index.js'

const anna = { email: 'anna@example.test', password }

async function setUp() {
  const server = await createServer()
  const client = createClient<App>({ url, tokens: memoryStorage(), platform: server.openBrowser().platform })
  const outcome = await client.auth.register(anna)
  if (outcome.status !== 'signed-in') throw new Error(outcome.status)
  return { ...server, client, id: outcome.user.id }
}

/** A client whose server answers as a test likes, and what it was asked. */
function clientOf(
  answer: (url: string, init: RequestInit) => Response | Promise<Response>,
  more: Partial<Platform> = {},
) {
  const asked: { readonly url: string; readonly init: RequestInit }[] = []
  const fetch: Platform['fetch'] = async (address, init) => {
    asked.push({ url: address, init })
    return await answer(address, init)
  }
  return { asked, client: createClient<App>({ url, platform: { fetch, ...more } }) }
}

/** Answers never, and ends with the signal, as `fetch` does. */
const hang = (_url: string, { signal }: RequestInit): Promise<Response> =>
  new Promise((_, reject) => {
    if (signal?.aborted === true) reject(signal.reason as Error)
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })

const json = (body: unknown, init: ResponseInit = {}): Response => Response.json(body, init)

describe('createClient', () => {
  it.each([undefined, '/api/v1', 'app.example/api/v1'])(
    'says that %s is no whole address, outside a page',
    async (given) => {
      const client = createClient<App>(given === undefined ? {} : { url: given })
      const said = { code: 'network_error', message: expect.stringContaining('`url` has to be whole') }
      await expect(client.call('GET /health')).rejects.toMatchObject(said)
      await expect(client.auth.signIn(anna)).rejects.toMatchObject(said)
    },
  )

  it('takes any address where something else fetches', async () => {
    const fetch: Platform['fetch'] = async (address) => json({ status: address })
    const client = createClient<App>({ platform: { fetch } })
    expect(await client.call('GET /health')).toEqual({ status: '/api/v1/health' })
  })
})

describe('call', () => {
  it('asks any route, by method and path', async () => {
    const { client, auth, id } = await setUp()
    await expect(client.call('GET /roles')).rejects.toMatchObject({ code: 'forbidden', status: 403 })
    await auth.permissions.assign(id, 'clerk')
    const roles = await client.call('GET /roles')
    expect(roles.map(({ label }) => label)).toEqual(['admin', 'clerk', 'viewer'])
    const role = await client.call('GET /roles/{id}', { params: { id: 'clerk' } })
    expect(role.system_protected).toBe(false)
    const { data, total } = await client.call('GET /users', {
      query: { limit: 1, filter: { email: { contains: 'anna' } } },
    })
    expect([data.map(({ email }) => email), total]).toEqual([[anna.email], 1])
    const { items, total_pages } = await client.call('GET /users', { query: { page: 1 } })
    expect([items.length, total_pages]).toEqual([1, 1])
    const { next_cursor } = await client.call('GET /users', { query: { cursor: '' } })
    expect(next_cursor).toBeNull()
    expect(await client.call('POST /authz/check', { body: { permission: 'content:read' } })).toMatchObject({
      allowed: true,
    })
    expect(await client.call('GET /health')).toEqual({ status: 'ok' })
  })

  it('reaches the auth routes of every collection', async () => {
    const { client } = await setUp()
    const { flow_id } = await client.call('POST /collections/{name}/auth/otp/request', {
      params: { name: 'customers' },
      body: { email: anna.email },
    })
    expect(flow_id).not.toBe('')
  })

  it('lets no parameter change the path', async () => {
    const { client, asked } = clientOf(() => json({}))
    await client.call('GET /roles/{id}', { params: { id: '../users/a b?c#d' } })
    expect(asked.at(-1)?.url).toBe(`${url}/roles/..%2Fusers%2Fa%20b%3Fc%23d`)
    await expect(client.call('GET /roles/{id}', { params: { id: '' } })).rejects.toThrow('needs id')
  })
})

describe('records', () => {
  it('asks for the records of a collection', async () => {
    const { client, asked } = clientOf(() => json({ id: '1' }))
    const posts = client.records('posts')
    await posts.list({ limit: 10, sort: ['-created_at', 'title'], filter: { title: { contains: 'a&b' } } })
    await posts.get('1', { expand: 'author' })
    await posts.create({ title: 'Hinges', author: 'x' })
    await posts.update('1', { title: 'Doors' }, { ifMatch: '"3"' })
    await posts.delete('1')
    const all = `${url}/collections/posts/records`
    expect(asked.map(({ url: address, init }) => [init.method, address, init.body])).toEqual([
      ['GET', `${all}?limit=10&sort=-created_at%2Ctitle&filter%5Btitle%5D%5Bcontains%5D=a%26b`, undefined],
      ['GET', `${all}/1?expand=author`, undefined],
      ['POST', all, '{"title":"Hinges","author":"x"}'],
      ['PATCH', `${all}/1`, '{"title":"Doors"}'],
      ['DELETE', `${all}/1`, undefined],
    ])
    expect(asked[3]?.init.headers).toMatchObject({ 'if-match': '"3"' })
  })
})

describe('records of a server', () => {
  it('are made, read, changed in turn, exported and deleted', async () => {
    const { client, auth, id } = await setUp()
    await expect(client.records('posts').create({ title: 'x', author: id })).rejects.toMatchObject({ status: 403 })
    await auth.permissions.assign(id, 'admin')
    const posts = client.records('posts')
    const made = await posts.create({ title: 'Hinges', author: id })
    expect(made).toMatchObject({ title: 'Hinges', subtitle: null, author: id })
    expect(await posts.get(made.id)).toEqual(made)
    const { record, etag } = await posts.view(made.id)
    expect(record).toEqual(made)
    const ifMatch = etag ?? ''
    expect((await posts.update(made.id, { title: 'Doors' }, { ifMatch })).title).toBe('Doors')
    const late = { code: 'precondition_failed', status: 412 }
    await expect(posts.update(made.id, { title: 'Late' }, { ifMatch })).rejects.toMatchObject(late)
    await expect(posts.delete(made.id, { ifMatch })).rejects.toMatchObject(late)
    expect((await posts.get(made.id, { expand: 'author' })).author).toMatchObject({ id })
    expect((await posts.view(made.id, { expand: 'author' })).etag).toBeNull()
    // Names are sent with commas between them, and no name has one.
    const part = await posts.get(made.id, { fields: ['title', 'author'], expand: ['author'] })
    expect(part).toMatchObject({ title: 'Doors', author: { id } })
    expect(Object.keys(part)).toEqual(['title', 'author'])
    expect(await posts.list({ fields: ['title', 'score'] })).toEqual([{ title: 'Doors', score: null }])
    for (const title of ['One', 'Two']) await posts.create({ title, author: id })
    const page = await posts.list({ limit: 2, sort: ['-title', 'id'], filter: { title: { in: ['One', 'Two'] } } })
    expect([page.data.map(({ title }) => title), page.total]).toEqual([['Two', 'One'], 2])
    const filter = { title: { eq: 'One' } }
    expect(await posts.export({ format: 'csv', fields: ['title'], filter })).toBe('title\r\nOne\r\n')
    expect(await posts.export({ format: 'jsonl', fields: 'title', search: 'tw' })).toBe('{"title":"Two"}\n')
    expect(await posts.deleteMany({ filter })).toEqual({ deleted: 1, kept: 0, more: false })
    await posts.delete(made.id)
    await expect(posts.get(made.id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(posts.deleteMany({})).rejects.toMatchObject({ code: 'invalid_request' })
    expect(await posts.deleteMany({ all: true })).toMatchObject({ deleted: 1 })
    expect(await posts.list()).toEqual([])
  })
})

describe('request', () => {
  it('asks routes of the app with the session', async () => {
    const { client, id } = await setUp()
    expect(await client.request('GET', '/drafts')).toEqual({ user: id })
    expect(await client.request('GET', `${origin}/drafts`)).toEqual({ user: id })
    await expect(client.request('GET', '/nothing')).rejects.toMatchObject({ code: 'not_found' })
  })

  it.each(['https://evil.test/drafts', '//evil.test/drafts', 'http://app.test/drafts', '\\\\evil.test/drafts'])(
    'gives the session to no other site: %s',
    async (address) => {
      const { client, requests } = await setUp()
      requests.length = 0
      expect(() => client.request('GET', address)).toThrow(TypeError)
      expect(requests).toEqual([])
    },
  )

  it('sends forms, files and bytes as they are', async () => {
    const { client, asked } = clientOf(() => json({}))
    const form = new FormData()
    form.set('file', new Blob(['a hinge']), 'hinge.txt')
    const raw = [form, new Blob(['a hinge']), new URLSearchParams({ a: '1' }), new Uint8Array(2), new ArrayBuffer(2)]
    for (const body of raw) await client.request('POST', '/upload', { body })
    expect(asked.map(({ init }) => init.body)).toEqual(raw)
    // What kind it is, and where the parts of a form begin, is for `fetch` to say.
    for (const { init } of asked) expect(init.headers).not.toHaveProperty('content-type')
    await client.request('POST', '/upload', { body: { a: 1 } })
    expect(asked.at(-1)?.init).toMatchObject({ body: '{"a":1}', headers: { 'content-type': 'application/json' } })
  })

  it('waits as long as it is told, for ever too', async () => {
    const fetch: Platform['fetch'] = async (_url, { signal }) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      signal?.throwIfAborted()
      return json({ a: 1 })
    }
    const client = createClient({ timeoutSeconds: Number.POSITIVE_INFINITY, platform: { fetch } })
    expect(await client.request('GET', '/drafts')).toEqual({ a: 1 })
  })

  it('takes the `fetch` of a browser, which is no method of anything else', async () => {
    async function fetch(this: unknown): Promise<Response> {
      if (this !== undefined) throw new TypeError("Failed to execute 'fetch' on 'Window': Illegal invocation")
      return json({ a: 1 })
    }
    expect(await createClient({ platform: { fetch } }).request('GET', '/drafts')).toEqual({ a: 1 })
  })

  it('stays on the site of the page where `url` is a path', async () => {
    const asked: string[] = []
    const fetch: Platform['fetch'] = async (address) => {
      asked.push(address)
      return json({})
    }
    const client = createClient({ platform: { fetch } })
    await client.request('GET', '/drafts?a=1')
    await client.auth.me()
    expect(asked).toEqual(['/drafts?a=1', '/api/v1/auth/me'])
    expect(() => client.request('GET', 'https://evil.test/')).toThrow(TypeError)
  })
})

describe('errors of a client', () => {
  it('have what the server says', async () => {
    const problem = { code: 'rate_limited', detail: 'Wait.', status: 429, request_id: 'r1' }
    const headers = { 'retry-after': '7', 'content-type': 'application/problem+json' }
    const { client } = clientOf(() => json(problem, { status: 429, headers }))
    const error: unknown = await client.auth.me().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(CardeaClientError)
    expect(error).toMatchObject({
      code: 'rate_limited',
      message: 'Wait.',
      status: 429,
      retryAfterSeconds: 7,
      requestId: 'r1',
    })
    expect(isClientError(error)).toBe(true)
    expect(isClientError(error, 'rate_limited')).toBe(true)
    expect(isClientError(error, 'forbidden')).toBe(false)
    expect(isClientError(new Error('rate_limited'))).toBe(false)
  })

  it('show no ticket of a sign-in when they are printed', async () => {
    const { inspect } = await import('node:util')
    const { client } = clientOf(() => json({ code: 'mfa_required', mfa_token: 'hunter2' }, { status: 401 }))
    const error: unknown = await client.auth.me().catch((thrown: unknown) => thrown)
    expect(`${inspect(error)}${JSON.stringify(error)}`).not.toContain('hunter2')
  })

  it.each([
    [
      'a page of a proxy',
      () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }),
      502,
    ],
    ['something else in JSON', () => json(null, { status: 500 }), 500],
    ['what says it is JSON', () => new Response('{', { headers: { 'content-type': 'application/json' } }), 200],
  ])("tell an answer that is not the server's: %s", async (_what, answer, status) => {
    const { client } = clientOf(answer)
    await expect(client.auth.me()).rejects.toMatchObject({ code: 'unexpected_answer', status })
  })

  it('leave an abort as it is', async () => {
    const { client } = clientOf(hang)
    const stop = new AbortController()
    const asked = client.auth.me({ signal: stop.signal })
    stop.abort(new Error('changed my mind'))
    await expect(asked).rejects.toThrow('changed my mind')
    await expect(client.auth.me({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('say when no answer came in time', async () => {
    let waited = 0
    const { client } = clientOf(hang, {
      after: (milliseconds, call) => {
        waited = milliseconds
        queueMicrotask(call)
        return () => undefined
      },
    })
    await expect(client.auth.me()).rejects.toMatchObject({
      code: 'timeout',
      message: 'No answer came within 30 seconds.',
    })
    expect(waited).toBe(30_000)
  })
})

describe('createClient', () => {
  it('sends headers that it is given, asked for each time', async () => {
    const asked: unknown[] = []
    const fetch: Platform['fetch'] = async (_address, { headers }) => {
      asked.push(headers)
      return json({})
    }
    let cookie = 'session=1'
    const client = createClient({ url, headers: () => ({ cookie }), platform: { fetch } })
    await client.auth.me()
    cookie = 'session=2'
    await client.auth.me()
    expect(asked).toMatchObject([{ cookie: 'session=1' }, { cookie: 'session=2' }])
  })
})
