import { and, CardeaError, eq } from '@cardea/core'
import { createMemoryStorage } from '@cardea/storage/memory'
import { createTestCardea } from '@cardea/testing'
import { definePermissions, defineRoles, own, row } from 'cardea'
import { beforeEach, describe, expect, it } from 'vitest'
import { createInstance, password, requestOf, type Sent } from '../app.fixture.js'
import { createErrorResponder } from '../handler/errors.js'
import { createGuard } from './create-guard.js'
import { createGuards } from './create-guards.js'

const permissions = definePermissions({ content: ['read', 'create', 'update', 'delete', 'publish'], media: ['read'] })
const roles = defineRoles(permissions, {
  viewer: { permissions: ['content:read'] },
  author: { permissions: [{ permission: 'content:update', when: own('author_id') }], inherits: ['viewer'] },
  proofreader: { permissions: [{ permission: 'content:update', fields: ['body'] }] },
  // By what the app knows of whoever asks, and of the request.
  deputy: {
    permissions: [
      {
        permission: 'content:update',
        when: and(eq('desk', { ref: 'principal.desk' }), eq('site', { ref: 'context.site' })),
      },
    ],
  },
  editor: { permissions: ['content:update', 'content:create', 'content:publish'], inherits: ['viewer'] },
})

interface Post {
  readonly id: string
  readonly author_id: string
}

/** What a framework hands to loaders: here, which post is asked for. */
interface Asked {
  readonly id: string
}

async function setUp() {
  const { auth, events, signInAs } = await createTestCardea({
    permissions,
    roles,
    defaultRole: 'viewer',
    mail: false,
    baseUrl: 'https://app.test',
  })
  const guards = createGuards(auth)
  const account = async (role?: 'author' | 'proofreader' | 'deputy' | 'editor' | 'admin') => {
    const { headers, user } = await signInAs({ email: `${role ?? 'viewer'}@example.test` })
    const id = String(user['id'])
    if (role !== undefined) await auth.permissions.assign(id, role)
    return { id, bearer: String(headers['authorization']).slice('Bearer '.length) }
  }
  const posts = new Map<string, Post>()
  const loaded: string[] = []
  const loadPost = async ({ id }: Asked): Promise<Post | undefined> => {
    loaded.push(id)
    return posts.get(id)
  }
  const denied = () => events.filter(({ type }) => type === 'access.denied')
  const ask = (bearer: string, method = 'PATCH', sent: Sent = {}) => requestOf(method, '/posts/1', { bearer, ...sent })
  return { auth, guards, account, posts, loaded, loadPost, denied, ask }
}

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'in',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )

describe('createGuards', () => {
  let kit: Awaited<ReturnType<typeof setUp>>
  beforeEach(async () => {
    kit = await setUp()
  })

  describe('requirePermission with a loader', () => {
    it('judges by the object that it loads, and hands it on', async () => {
      const { guards, account, posts, loadPost, ask } = kit
      const author = await account('author')
      const admit = guards.requirePermission('content:update', { resource: loadPost })
      posts.set('mine', { id: 'mine', author_id: author.id })
      posts.set('theirs', { id: 'theirs', author_id: 'somebody' })
      const { resource, userId } = await admit(ask(author.bearer), { id: 'mine' })
      expect([resource, userId]).toEqual([posts.get('mine'), author.id])
      expect(await codeOf(admit(ask(author.bearer), { id: 'theirs' }))).toBe('forbidden')
      expect(await codeOf(admit(ask((await account('editor')).bearer), { id: 'theirs' }))).toBe('in')
    })

    it('tells whoever holds the permission for other objects that it is not held for this one', async () => {
      const { guards, account, posts, loadPost, ask } = kit
      posts.set('theirs', { id: 'theirs', author_id: 'somebody' })
      const [author, viewer] = [await account('author'), await account()]
      const one = guards.requirePermission('content:update', { resource: loadPost })
      const any = guards.guardResource('content', { resource: loadPost })
      for (const [admit, bearer, message] of [
        [
          one,
          author.bearer,
          'This needs the permission content:update, which is held for some objects or fields only.',
        ],
        [one, viewer.bearer, 'This needs the permission content:update.'],
        [any, author.bearer, 'This needs a permission over content that is held for this object.'],
        [any, viewer.bearer, 'This needs a permission over content.'],
      ] as const) {
        await expect(admit(ask(bearer), { id: 'theirs' })).rejects.toThrow(message)
      }
    })

    it('says 404 for what is not there, and 403 before it looks for whoever could do it to nothing', async () => {
      const { guards, account, loaded, loadPost, ask } = kit
      const admit = guards.requirePermission('content:update', { resource: loadPost })
      expect(await codeOf(admit(ask((await account()).bearer), { id: 'nothing' }))).toBe('forbidden')
      expect(loaded).toEqual([])
      for (const role of ['author', 'editor', 'admin'] as const) {
        expect(await codeOf(admit(ask((await account(role)).bearer), { id: 'nothing' }))).toBe('not_found')
      }
      const nothing = guards.requirePermission('content:update', { resource: () => null })
      expect(await codeOf(nothing(ask((await account('editor')).bearer), { id: 'x' }))).toBe('not_found')
    })

    it('refuses those who are nobody before it looks', async () => {
      const { guards, loaded, loadPost } = kit
      const admit = guards.requirePermission('content:update', { resource: loadPost })
      expect(await codeOf(admit(requestOf('PATCH', '/posts/1', {}), { id: 'mine' }))).toBe('unauthenticated')
      expect(loaded).toEqual([])
    })

    it('asks about one field where the route is about one', async () => {
      const { guards, account, posts, loadPost, ask } = kit
      const { bearer } = await account('proofreader')
      posts.set('1', { id: '1', author_id: 'somebody' })
      const whole = guards.requirePermission('content:update', { resource: loadPost })
      const body = guards.requirePermission('content:update', { resource: loadPost, field: 'body' })
      const title = guards.requirePermission('content:update', { resource: loadPost, field: 'title' })
      expect(await codeOf(whole(ask(bearer), { id: '1' }))).toBe('forbidden')
      expect(await codeOf(body(ask(bearer), { id: '1' }))).toBe('in')
      expect(await codeOf(title(ask(bearer), { id: '1' }))).toBe('forbidden')
      expect(
        await codeOf(guards.requirePermission('content:update', { field: 'body' })(ask(bearer), { id: '1' })),
      ).toBe('in')
    })

    it('leaves to the app what its loader throws, whatever it is', async () => {
      const { auth, guards, account, ask } = kit
      const { bearer } = await account('editor')
      const errors = createErrorResponder(auth)
      const request = ask(bearer)
      const failing = async (thrown: unknown) => {
        const resource = (): Promise<Post> => {
          throw thrown
        }
        return await guards
          .requirePermission('content:update', { resource })(request, { id: '1' })
          .catch((error: unknown) => error)
      }
      for (const thrown of [new Error('database down'), new CardeaError('unavailable', 'x'), 'a text']) {
        expect(await failing(thrown)).toBe(thrown)
        expect(errors.refusal(thrown, request)).toBeUndefined()
      }
      const { bearer: viewer } = await account()
      const refused = await guards
        .requirePermission('content:update')(ask(viewer), { id: '1' })
        .catch((e: unknown) => e)
      expect(errors.refusal(refused, request)?.status).toBe(403)
    })

    it('takes only an object for an object', async () => {
      const { guards, account, ask } = kit
      const { bearer } = await account('editor')
      // A loader in JavaScript may give anything.
      const resource = (() => true) as unknown as () => Post
      expect(await codeOf(guards.requirePermission('content:update', { resource })(ask(bearer), { id: '1' }))).toBe(
        'internal_error',
      )
    })
  })

  describe('guardResource', () => {
    it('maps methods, with the object that it loads, but for what creates', async () => {
      const { guards, account, posts, loaded, loadPost, ask } = kit
      const author = await account('author')
      const editor = await account('editor')
      posts.set('mine', { id: 'mine', author_id: author.id })
      const admit = guards.guardResource('content', { resource: loadPost })
      const outcomes: Record<string, unknown[]> = {}
      for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'POST', 'OPTIONS', 'QUERY', 'get']) {
        outcomes[method] = [
          await codeOf(admit(ask(author.bearer, method), { id: 'mine' })),
          await codeOf(admit(ask(editor.bearer, method), { id: 'mine' })),
          await codeOf(admit(ask(editor.bearer, method), { id: 'nothing' })),
        ]
      }
      expect(outcomes).toEqual({
        GET: ['in', 'in', 'not_found'],
        HEAD: ['in', 'in', 'not_found'],
        PUT: ['in', 'in', 'not_found'],
        PATCH: ['in', 'in', 'not_found'],
        DELETE: ['forbidden', 'forbidden', 'forbidden'],
        POST: ['forbidden', 'in', 'in'],
        OPTIONS: ['forbidden', 'forbidden', 'forbidden'],
        QUERY: ['forbidden', 'forbidden', 'forbidden'],
        get: ['in', 'in', 'not_found'],
      })
      loaded.length = 0
      expect((await admit(ask(editor.bearer, 'POST'), { id: 'mine' })).resource).toBeUndefined()
      expect(loaded).toEqual([])
    })

    it('lets single methods do something else, or nothing', async () => {
      const { guards, account, ask } = kit
      const { bearer } = await account('editor')
      const admit = guards.guardResource('content', { operations: { PUT: 'publish', QUERY: 'read', POST: false } })
      const context = { id: '1' }
      expect((await admit(ask(bearer, 'PUT'), context)).resource).toBeUndefined()
      expect(await codeOf(admit(ask(bearer, 'QUERY'), context))).toBe('in')
      expect(await codeOf(admit(ask(bearer, 'POST'), context))).toBe('forbidden')
      expect(await codeOf(admit(ask((await account('author')).bearer, 'PUT'), context))).toBe('forbidden')
    })

    it('refuses operations that nobody declares, to an admin too, with a loader and without', async () => {
      const { guards, account, loaded, loadPost, ask } = kit
      const { bearer } = await account('admin')
      for (const admit of [guards.guardResource('media'), guards.guardResource('media', { resource: loadPost })]) {
        expect(await codeOf(admit(ask(bearer, 'PATCH'), { id: '1' }))).toBe('forbidden')
      }
      expect(loaded).toEqual([])
    })
  })

  it('reports what it denies once, with the request, and nothing else', async () => {
    const { guards, account, posts, loadPost, denied, ask } = kit
    const author = await account('author')
    const editor = await account('editor')
    posts.set('theirs', { id: 'theirs', author_id: 'somebody' })
    const headers = { 'user-agent': 'A Browser', 'x-request-id': 'request-0001' }
    const sent = requestOf('PATCH', '/posts/1', { bearer: author.bearer, headers })
    const asked = { headers: sent.headers, method: sent.method, ip: '192.0.2.7' }
    const context = { id: 'theirs' }
    await codeOf(guards.requirePermission('content:update', { resource: loadPost })(asked, context))
    expect(denied()).toEqual([
      expect.objectContaining({
        principalId: author.id,
        collection: 'users',
        permission: 'content:update',
        outcome: 'failure',
        ip: '192.0.2.7',
        userAgent: 'A Browser',
        requestId: 'request-0001',
        sessionId: expect.any(String),
      }),
    ])
    const others: readonly [() => Promise<unknown>, string][] = [
      [() => guards.requirePermission('content:delete')(ask(author.bearer), context), 'content:delete'],
      [
        () => guards.requirePermission('content:delete', { resource: loadPost })(ask(author.bearer), context),
        'content:delete',
      ],
      [() => guards.guardResource('content')(ask(author.bearer, 'DELETE'), context), 'content:delete'],
      [() => guards.guardResource('content')(ask(author.bearer, 'STRANGE'), context), 'content:*'],
    ]
    for (const [work, permission] of others) {
      expect(await codeOf(work())).toBe('forbidden')
      expect(denied().at(-1)).toMatchObject({ permission, principalId: author.id })
    }
    expect(denied()).toHaveLength(5)
    const caller = await guards.requireAuth()(ask(author.bearer), context)
    expect(() => caller.authorize('content:update', posts.get('theirs'))).toThrow('content:update')
    expect(denied()).toHaveLength(6)
    // A slip of the code is no attempt, nor is what is allowed, or not there, or nobody's.
    expect(() => caller.authorize('content:reed' as 'content:read')).toThrow('not declared')
    caller.authorize('content:update', { author_id: author.id })
    await codeOf(guards.requirePermission('content:update', { resource: loadPost })(ask(editor.bearer), { id: 'x' }))
    await codeOf(guards.requirePermission('content:update')(requestOf('PATCH', '/', {}), context))
    expect(denied()).toHaveLength(6)
  })

  it('answers a refusal under the id that its event has', async () => {
    const { auth, guards, account, denied, ask } = kit
    const request = ask((await account()).bearer)
    const error: unknown = await guards
      .requirePermission('content:update')(request, { id: '1' })
      .catch((reason: unknown) => reason)
    const answer = createErrorResponder(auth).problem(error, request)
    const requestId = denied()[0]?.requestId
    expect(requestId).toEqual(expect.any(String))
    expect(answer.headers.get('x-request-id')).toBe(requestId)
    expect(await answer.json()).toMatchObject({ request_id: requestId })
  })

  it('tells the review of permissions what it needs', async () => {
    const { auth, guards } = kit
    guards.requirePermission('content:publish')
    guards.guardResource('media', { operations: { POST: false, DELETE: false } })
    const { undeclared, unneeded } = await auth.permissions.report()
    expect(undeclared).toEqual([{ permission: 'media:update', neededBy: ["guardResource('media')"] }])
    expect(unneeded).toContain('content:delete')
    expect(unneeded).not.toContain('content:publish')
    expect(unneeded).not.toContain('media:read')
  })

  it('leaves the tenant to the app, and what it throws', async () => {
    const { guards, account, ask } = kit
    const { bearer } = await account('editor')
    const asked: string[] = []
    const tenant = ({ id }: Asked) => {
      asked.push(id)
      if (id === 'broken') throw new Error('no such tenant')
      return null
    }
    const admit = guards.requirePermission('content:read', { tenant })
    expect(await codeOf(admit(ask(bearer), { id: 'acme' }))).toBe('in')
    expect(await codeOf(guards.requireAuth({ tenant })(ask(bearer), { id: 'beta' }))).toBe('in')
    expect(await codeOf(guards.optionalAuth({ tenant })(ask(bearer), { id: 'gamma' }))).toBe('in')
    expect(asked).toEqual(['acme', 'beta', 'gamma'])
    await expect(admit(ask(bearer), { id: 'broken' })).rejects.toThrow('no such tenant')
  })

  it('goes by the roles of the tenant that a request is about, and of no other', async () => {
    const { auth, guards, account, posts, loadPost, ask } = kit
    const { id, bearer } = await account()
    await auth.permissions.assign(id, 'editor', { scope: { tenant: 'acme' } })
    posts.set('acme', { id: 'acme', author_id: 'somebody' })
    posts.set('other', { id: 'other', author_id: 'somebody' })
    const tenant = async (asked: Asked) => await Promise.resolve(asked.id)
    const guarded = [
      guards.requirePermission('content:update', { tenant }),
      guards.requirePermission('content:update', { tenant, resource: loadPost }),
      guards.guardResource('content', { tenant }),
      guards.guardResource('content', { tenant, resource: loadPost }),
    ]
    for (const admit of guarded) {
      expect(await codeOf(admit(ask(bearer), { id: 'acme' }))).toBe('in')
      expect(await codeOf(admit(ask(bearer), { id: 'other' }))).toBe('forbidden')
    }
    const { subject } = await guards.requireAuth({ tenant })(ask(bearer), { id: 'acme' })
    expect([subject.can('content:update'), subject.tenant]).toEqual([true, 'acme'])
    expect(await codeOf(guards.requirePermission('content:update')(ask(bearer), { id: 'acme' }))).toBe('forbidden')
    const guard = createGuard(auth)
    expect((await guard.require(ask(bearer), { tenant: 'acme' })).subject.can('content:update')).toBe(true)
    expect((await guard.require(ask(bearer), { tenant: null })).subject.can('content:update')).toBe(false)
    // What was cut off a path is no tenant, and must not come to mean none.
    expect(await codeOf(guard.require(ask(bearer), { tenant: '' }))).toBe('invalid_request')
    expect(await codeOf(guards.requireAuth({ tenant })(ask(bearer), { id: '' }))).toBe('invalid_request')
  })

  it('knows the catalogue and what loaders give', async () => {
    const { guards, loadPost } = kit
    // @ts-expect-error No such permission.
    guards.requirePermission('content:reed')
    // @ts-expect-error No such resource.
    guards.guardResource('contents')
    // @ts-expect-error No such operation.
    guards.guardResource('media', { operations: { PUT: 'publish' } })
    // @ts-expect-error A loader gives an object.
    guards.requirePermission('content:read', { resource: () => 'a text' })
    const admit = guards.requirePermission('content:read', { resource: loadPost })
    const typed = async (): Promise<string> => (await admit(requestOf('GET', '/', {}), { id: '1' })).resource.author_id
    const plain = guards.requirePermission('content:read')
    const untyped = async (): Promise<undefined> => (await plain(requestOf('GET', '/', {}), { id: '1' })).resource
    expect([typed, untyped]).toHaveLength(2)
  })

  it('knows what the objects of a resource are, where the catalogue says so', async () => {
    const rows = { content: row<Post>() }
    const { auth } = await createTestCardea({
      permissions: definePermissions({ content: ['read', 'update'], media: ['read'] }, { rows }),
      mail: false,
    })
    const guards = createGuards(auth)
    const loadPost = ({ id }: Asked): Post => ({ id, author_id: 'ann' })
    guards.requirePermission('content:update', { resource: loadPost, field: 'author_id' })
    guards.guardResource('content', { resource: loadPost })
    guards.requirePermission('media:read', { resource: () => ({ anything: 1 }), field: 'anything' })
    // @ts-expect-error That is no post.
    guards.requirePermission('content:update', { resource: () => ({ id: '1' }) })
    // @ts-expect-error That is no post.
    guards.guardResource('content', { resource: () => ({ id: '1' }) })
    // @ts-expect-error A post has no such field.
    guards.requirePermission('content:update', { resource: loadPost, field: 'title' })
    const typed = async (): Promise<void> => {
      const caller = await guards.requireAuth()(requestOf('GET', '/', {}), {})
      // @ts-expect-error That is no post.
      caller.authorize('content:update', { id: '1' })
      // @ts-expect-error Nor is it for the subject.
      caller.subject.can('content:update', { id: '1' })
    }
    expect(typed).toBeDefined()
  })

  it('costs one statement where it lets in', async () => {
    const statements: string[] = []
    const storage = createMemoryStorage({ log: (event) => void statements.push(JSON.stringify(event)) })
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const auth = createInstance(storage, () => Date.UTC(2026, 0, 1), logger)
    await auth.migrate()
    await auth.ready()
    const registered = await auth.users.register({ email: 'a@example.test', password })
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    const bearer = registered.signIn.accessToken ?? ''
    const own = createGuards(auth)
    for (const admit of [
      own.requirePermission('content:read', { resource: () => ({}) }),
      own.guardResource('content', { resource: () => ({}) }),
    ]) {
      await admit(requestOf('GET', '/posts', { bearer }), { id: '1' })
      statements.length = 0
      await admit(requestOf('GET', '/posts', { bearer }), { id: '1' })
      expect(statements).toHaveLength(1)
    }
  })
})

describe('circumstances', () => {
  const row = { id: '1', author_id: 'somebody', desk: 'sports', site: 'news' }

  it('are what conditions refer to: of whoever asks and of the request, asked for once it is known who that is', async () => {
    const { guards, account, ask } = await setUp()
    const { id, bearer } = await account('deputy')
    const desks = new Map([[id, 'sports']])
    const guard = (site: string) =>
      guards.requirePermission('content:update', {
        resource: async () => row,
        circumstances: async (_: Asked, { principalId }) => ({
          principal: { desk: desks.get(principalId) },
          context: { site },
        }),
      })
    const found = await guard('news')(ask(bearer), { id: '1' })
    expect(found.resource).toBe(row)
    // What the handler asks is answered by the same.
    expect(found.subject.can('content:update', row)).toBe(true)
    expect(await codeOf(guard('blog')(ask(bearer), { id: '1' }))).toBe('forbidden')
    desks.set(id, 'culture')
    expect(await codeOf(guard('news')(ask(bearer), { id: '1' }))).toBe('forbidden')
    const without = guards.requirePermission('content:update', { resource: async () => row })
    expect(await codeOf(without(ask(bearer), { id: '1' }))).toBe('forbidden')
  })

  it('are asked for nobody who is not let in, and count for guards of every kind', async () => {
    const { guards, account, ask } = await setUp()
    const asked: string[] = []
    const circumstances = (_: Asked, { principalId }: { readonly principalId: string }) => {
      asked.push(principalId)
      return { principal: { desk: 'sports' }, context: { site: 'news' } }
    }
    const optional = guards.optionalAuth({ circumstances })
    expect(await optional(requestOf('GET', '/posts', {}), { id: '1' })).toBeUndefined()
    expect(await codeOf(guards.requireAuth({ circumstances })(requestOf('GET', '/posts', {}), { id: '1' }))).toBe(
      'unauthenticated',
    )
    expect(asked).toEqual([])
    const { id, bearer } = await account('deputy')
    const admits = [
      optional,
      guards.requireAuth({ circumstances }),
      guards.guardResource('content', { circumstances, resource: async () => row }),
    ]
    for (const admit of admits) {
      const found = await admit(ask(bearer), { id: '1' })
      expect(found?.subject.can('content:update', row)).toBe(true)
      expect(found?.subject.filter('content:update')).toEqual(and(eq('desk', 'sports'), eq('site', 'news')))
    }
    expect(asked).toEqual([id, id, id])
  })

  it('that cannot be found are the app’s to answer', async () => {
    const { guards, account, ask } = await setUp()
    const { bearer } = await account('deputy')
    const failing = new Error('the directory is down')
    const guard = guards.requireAuth({
      circumstances: () => {
        throw failing
      },
    })
    await expect(guard(ask(bearer), { id: '1' })).rejects.toBe(failing)
  })
})
