import { createTestCardea } from '@cardea/testing'
import { CardeaError, definePermissions, defineRoles, own, row } from 'cardea'
import { type Context, Hono } from 'hono'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { cardeaHono } from './index.js'

const permissions = definePermissions({ content: ['read', 'create', 'update', 'delete'], comments: ['update'] })
const roles = defineRoles(permissions, {
  viewer: { permissions: ['content:read'] },
  author: {
    permissions: [
      { permission: 'content:update', when: own('author_id') },
      { permission: 'comments:update', when: own('by') },
    ],
    inherits: ['viewer'],
  },
})

interface Post {
  readonly id: string
  readonly author_id: string
  readonly title: string
}

async function setUp() {
  const { auth, events, signInAs } = await createTestCardea({
    baseUrl: 'http://localhost:3000',
    permissions,
    roles,
    defaultRole: 'viewer',
    mail: false,
  })
  const cardea = cardeaHono(auth, { rateLimits: 'off' })
  const posts = new Map<string, Post>()
  const reads: (string | undefined)[] = []
  const loadPost = async (c: Context): Promise<Post | undefined> => {
    const id = c.req.param('id')
    reads.push(id)
    if (id === 'broken') throw new Error('database down')
    if (id === 'away') throw new CardeaError('unavailable', 'database away')
    return posts.get(id ?? '')
  }
  const signUp = async (name: string, role?: string) => {
    const { cookie, headers, user } = await signInAs({ email: `${name}@example.test` })
    const id = String(user['id'])
    if (role !== undefined) await auth.permissions.assign(id, role)
    return { id, headers, cookie }
  }
  const denied = () => events.filter(({ type }) => type === 'access.denied')
  return { auth, cardea, posts, reads, loadPost, signUp, denied }
}

const statusOf = async (response: Response | Promise<Response>): Promise<number> => (await response).status

describe('a guard that loads', () => {
  it('loads once, and hands on what it has loaded by its type', async () => {
    const { cardea, posts, reads, loadPost, signUp } = await setUp()
    const { getAuth, getResource, requirePermission } = cardea
    const author = await signUp('ann', 'author')
    posts.set('1', { id: '1', author_id: author.id, title: 'One' })
    const app = new Hono()
    app.patch('/posts/:id', requirePermission('content:update', { resource: loadPost }), (c) => {
      const post = getResource(c)
      expectTypeOf(post).toEqualTypeOf<Post>()
      return c.text(`${post.title} of ${getAuth(c).userId === post.author_id ? 'its author' : 'another'}`)
    })
    const response = await app.request('/posts/1', { method: 'PATCH', headers: author.headers })
    expect(await response.text()).toBe('One of its author')
    expect(reads).toEqual(['1'])
  })

  it('keeps apps with variables of their own, and guards one after another', async () => {
    const { cardea, posts, loadPost, signUp } = await setUp()
    const { getResource, guardResource, requireAuth, requirePermission } = cardea
    const author = await signUp('ann', 'author')
    posts.set('1', { id: '1', author_id: author.id, title: 'One' })
    const app = new Hono<{ Variables: { colour: string } }>()
    app.use(requireAuth())
    app.use(async (c, next) => {
      c.set('colour', 'blue')
      await next()
    })
    app.on(
      ['PUT', 'POST'],
      '/posts/:id',
      guardResource('content', { resource: loadPost }),
      requirePermission('content:read'),
      (c) => {
        expectTypeOf(getResource(c)).toEqualTypeOf<Post | undefined>()
        return c.text(`${c.get('colour')} ${getResource(c)?.title}`)
      },
    )
    const put = await app.request('/posts/1', { method: 'PUT', headers: author.headers })
    expect(await put.text()).toBe('blue One')
    const unknown = (c: Context): unknown => getResource(c)
    expectTypeOf(unknown).returns.toBeUnknown()
  })

  it('says what is wrong, and to whom it is', async () => {
    const { cardea, posts, reads, loadPost, signUp, denied } = await setUp()
    const author = await signUp('ann', 'author')
    const viewer = await signUp('vic')
    posts.set('theirs', { id: 'theirs', author_id: 'somebody', title: 'Theirs' })
    const app = new Hono()
    let ran = 0
    app.patch('/posts/:id', cardea.requirePermission('content:update', { resource: loadPost }), (c) => {
      ran += 1
      return c.text('in')
    })
    const patch = (id: string, headers: Record<string, string> = {}) =>
      app.request(`/posts/${id}`, { method: 'PATCH', headers })
    expect(await statusOf(patch('theirs'))).toBe(401)
    expect(await statusOf(patch('theirs', { ...viewer.headers }))).toBe(403)
    expect(reads).toEqual([])
    expect(await statusOf(patch('theirs', { ...author.headers }))).toBe(403)
    const missing = await patch('nothing', { ...author.headers })
    expect([missing.status, await missing.json()]).toMatchObject([404, { code: 'not_found' }])
    expect(await statusOf(patch('theirs', { cookie: author.cookie }))).toBe(403)
    expect(ran).toBe(0)
    expect(denied().map(({ principalId, permission }) => [principalId, permission])).toEqual([
      [viewer.id, 'content:update'],
      [author.id, 'content:update'],
    ])
  })

  it('leaves to the app what its loader throws', async () => {
    const { cardea, loadPost, signUp } = await setUp()
    const author = await signUp('ann', 'author')
    const seen: unknown[] = []
    const app = new Hono()
    app.onError((error, c) => {
      seen.push(error.message)
      return c.text('the app says', 503)
    })
    app.patch('/posts/:id', cardea.requirePermission('content:update', { resource: loadPost }), (c) => c.text('in'))
    for (const id of ['broken', 'away']) {
      const response = await app.request(`/posts/${id}`, { method: 'PATCH', headers: author.headers })
      expect([response.status, await response.text()]).toEqual([503, 'the app says'])
    }
    expect(seen).toEqual(['database down', 'database away'])
  })

  it('has handlers ask themselves, and reports that as well', async () => {
    const { cardea, signUp, denied } = await setUp()
    const { getAuth, onError, requireAuth } = cardea
    const author = await signUp('ann', 'author')
    const app = new Hono()
    app.onError(onError)
    app.patch('/comments/:by', requireAuth(), (c) => {
      getAuth(c).authorize('comments:update', { by: c.req.param('by') })
      return c.text('in')
    })
    const patch = (by: string) => app.request(`/comments/${by}`, { method: 'PATCH', headers: author.headers })
    expect(await statusOf(patch(author.id))).toBe(200)
    expect(denied()).toEqual([])
    const refused = await patch('somebody')
    expect(refused.status).toBe(403)
    expect(denied()).toEqual([
      expect.objectContaining({ permission: 'comments:update', requestId: refused.headers.get('x-request-id') }),
    ])
  })

  it('knows its options', async () => {
    const { cardea, loadPost } = await setUp()
    cardea.guardResource('content', { operations: { PUT: 'create', DELETE: false }, resource: loadPost })
    // @ts-expect-error No such operation of this resource.
    cardea.guardResource('comments', { operations: { PUT: 'create' } })
    // @ts-expect-error A loader gives an object.
    cardea.requirePermission('content:read', { resource: () => 7 })
    expect(cardea).toBeDefined()
  })

  it('knows what the objects of a resource are, where the catalogue says so', async () => {
    const rows = { content: row<Post>() }
    const typed = await createTestCardea({
      permissions: definePermissions({ content: ['update'] }, { rows }),
      mail: false,
    })
    const { getAuth, guardResource, requirePermission } = cardeaHono(typed.auth, { rateLimits: 'off' })
    const resource = (): Post => ({ id: '1', author_id: 'ann', title: 'One' })
    requirePermission('content:update', { resource, field: 'title' })
    // Compilers tell of the last overload that does not fit, which is the one with a loader: two arguments, not one or two.
    expectTypeOf<Parameters<typeof requirePermission>['length']>().toEqualTypeOf<2>()
    expectTypeOf<Parameters<typeof guardResource>['length']>().toEqualTypeOf<2>()
    guardResource('content', { resource })
    // @ts-expect-error That is no post.
    requirePermission('content:update', { resource: () => ({ id: '1' }) })
    // @ts-expect-error That is no post.
    guardResource('content', { resource: () => ({ id: '1' }) })
    // @ts-expect-error A post has no such field.
    requirePermission('content:update', { resource, field: 'text' })
    // @ts-expect-error That is no post.
    const handle = (c: Context): void => getAuth(c).authorize('content:update', { id: '1' })
    expect(handle).toBeDefined()
  })
})

describe('a guarded route', () => {
  /** Headers with which proxies and frameworks talk to themselves, and some skip their checks when a client sends them. */
  const forged: readonly Readonly<Record<string, string>>[] = [
    { 'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware' },
    { 'x-middleware-next': '1', 'x-middleware-rewrite': '/public' },
    { 'x-original-url': '/public', 'x-rewrite-url': '/public' },
    { 'x-forwarded-uri': '/public', 'x-forwarded-path': '/public', 'x-forwarded-prefix': '/public' },
    { 'x-http-method-override': 'GET', 'x-http-method': 'GET', 'x-method-override': 'GET' },
    { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' },
    { 'x-user-id': 'admin', 'x-auth-user': 'admin', 'x-remote-user': 'admin', 'x-clerk-auth-status': 'signed-in' },
    { 'x-invoke-path': '/public', 'x-matched-path': '/public', 'next-action': 'x', rsc: '1' },
  ]

  /** Ways to write the path of a route, some of which a router takes for it, and some of which lead elsewhere. */
  const variants = [
    '/posts/1',
    '/posts/1/',
    '//posts/1',
    '/posts//1',
    '/./posts/1',
    '/public/../posts/1',
    '/posts/%31',
    '/%70osts/1',
    '/posts%2F1',
    '/POSTS/1',
    '/posts/1;x=y',
    '/posts/1%00',
    '/posts/1?x=/public',
    '/posts\\1',
    '/public/..;/posts/1',
  ]

  it('holds however its path is written and whatever internal headers are sent', async () => {
    const { cardea, posts, loadPost, signUp } = await setUp()
    const viewer = await signUp('vic')
    posts.set('1', { id: '1', author_id: 'somebody', title: 'One' })
    let ran = 0
    const work = (c: Context): Response => {
      ran += 1
      return c.text('done')
    }
    // As it may be written by somebody who wants every spelling to arrive.
    const app = new Hono({ strict: false })
    app.use(cardea.mount)
    app.onError(cardea.onError)
    app.get('/public', (c) => c.text('public'))
    app.patch('/posts/:id', cardea.requirePermission('content:update', { resource: loadPost }), work)
    app.patch('/posts/:id/*', cardea.guardResource('content'), work)
    // A handler that somebody forgot to guard, but which asks who it is for.
    app.patch('*', (c) => {
      cardea.getAuth(c).authorize('content:update')
      return work(c)
    })
    for (const path of variants) {
      for (const headers of [{}, ...forged]) {
        for (const credential of [{}, viewer.headers]) {
          const response = await app.request(path, { method: 'PATCH', headers: { ...headers, ...credential } })
          expect([401, 403, 404], `${path} ${JSON.stringify(headers)}`).toContain(response.status)
        }
      }
    }
    expect(ran).toBe(0)
  })
})
