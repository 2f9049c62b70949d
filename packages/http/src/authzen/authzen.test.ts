import { and, type Condition, eq } from '@cardea/core'
import { own } from 'cardea'
import { beforeAll, describe, expect, it } from 'vitest'
import { createApp, type Got, origin, type Sent } from '../app.fixture.js'
import { type AuthzenOptions, type AuthzenSearch, authzen } from './index.js'

const secret = 'a-secret-of-the-program-that-enforces'

/** Documents of the app, which programs ask about as `document`; they are what the catalogue has as `content`. */
const documents = new Map(
  [
    { id: '1', author_id: 'somebody' },
    { id: '2', author_id: '' },
    { id: 'boxcarring.md', author_id: 'somebody' },
    { id: 'resource-search.md', author_id: 'somebody' },
  ].map((document) => [document.id, document]),
)

/** An app whose programs talk as the examples of the specification do, about `alice@example.com`. */
async function setUp(more: AuthzenOptions = {}) {
  const ids = new Map<string, string>()
  const options: AuthzenOptions = {
    bearerTokens: [secret],
    subjects: {
      user: {
        collection: 'users',
        find: (name) => ids.get(name),
        nameOf: (id) => [...ids].find(([, known]) => known === id)?.[0],
      },
    },
    resources: {
      document: { resource: 'content', find: (id) => documents.get(id) },
      account: { resource: 'content' },
    },
    actions: { can_read: 'read', can_edit: 'update' },
    ...more,
  }
  const app = await createApp({}, { rateLimits: 'off', authzen: authzen(options) })
  const alice = await app.signUp()
  // Ids are in the order of time.
  app.time.now += 1
  const bob = await app.signUp()
  ids.set('alice@example.com', alice.id).set('bob@example.com', bob.id)
  const ask = (path: string, body: unknown, sent: Sent = {}): Promise<Got> =>
    app.send('POST', `/access/v1/${path}`, { bearer: secret, body, ...sent })
  return { app, alice, bob, ask, ids }
}

const subject = { type: 'user', id: 'alice@example.com' }
const question = {
  subject,
  resource: { type: 'account', id: '123' },
  action: { name: 'can_read', properties: { method: 'GET' } },
  context: { time: '1985-10-26T01:22-07:00' },
}

describe('POST /access/v1/evaluation', () => {
  let kit: Awaited<ReturnType<typeof setUp>>
  beforeAll(async () => {
    kit = await setUp()
  })

  it('decides, and answers under the id of the request', async () => {
    const headers = { 'x-request-id': 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716' }
    const got = await kit.ask('evaluation', question, { headers })
    expect([got.status, got.text]).toEqual([200, '{"decision":true}'])
    expect(got.headers.get('content-type')).toBe('application/json')
    expect(got.headers.get('x-request-id')).toBe('bfe9eb29-ab87-4ca3-be83-a1d5d8305716')
    const edit = await kit.ask('evaluation', { ...question, action: { name: 'can_edit' } })
    expect([edit.status, edit.body['decision']]).toEqual([200, false])
  })

  it('goes by the roles of now', async () => {
    const { app, alice, ask } = kit
    const edit = { ...question, action: { name: 'can_edit' } }
    await app.auth.permissions.assign(alice.id, 'editor')
    expect((await ask('evaluation', edit)).body).toEqual({ decision: true })
    await app.auth.permissions.unassign(alice.id, 'editor')
    expect((await ask('evaluation', edit)).body['decision']).toBe(false)
  })

  it.each([
    ['an unknown subject', { subject: { type: 'user', id: 'nobody@example.com' } }, 404],
    ['an unknown type of subject', { subject: { type: 'robot', id: 'alice@example.com' } }, 404],
    ['a subject of another form', { subject: { type: '__proto__', id: 'constructor' } }, 404],
    ['an unknown resource', { resource: { type: 'document', id: 'nothing' } }, 404],
    ['an unknown type of resource', { resource: { type: 'nothing', id: '1' } }, undefined],
    ['an unknown action', { action: { name: 'can_fly' } }, undefined],
    ['an action with a colon in it', { action: { name: 'read:update' } }, undefined],
    ['a wildcard', { action: { name: '*' } }, undefined],
  ])('denies %s', async (_name, other, status) => {
    const got = await kit.ask('evaluation', { ...question, ...other })
    expect([got.status, got.body['decision']]).toEqual([200, false])
    const { error, reason } = got.body['context'] as { error?: { status: number }; reason?: string }
    expect(error?.status).toBe(status)
    expect(typeof reason).toBe(status === undefined ? 'string' : 'undefined')
  })

  it('denies everything to whoever may not sign in', async () => {
    const { app, alice, ask } = kit
    const asked = question
    expect((await ask('evaluation', asked)).body).toEqual({ decision: true })
    await app.auth.users.disable(alice.id)
    expect((await ask('evaluation', asked)).body['decision']).toBe(false)
    const { resource: _resource, action: _action, ...others } = asked
    const actions = await ask('search/action', { ...others, resource: question.resource })
    expect(actions.body['results']).toEqual([])
    await app.auth.users.enable(alice.id)
    expect((await ask('evaluation', asked)).body).toEqual({ decision: true })
  })

  it('denies to an admin what nobody declares', async () => {
    const { app, bob, ask } = kit
    await app.auth.permissions.assign(bob.id, 'admin')
    const asked = { ...question, subject: { type: 'user', id: 'bob@example.com' } }
    expect((await ask('evaluation', { ...asked, action: { name: 'delete' } })).body).toEqual({ decision: true })
    expect((await ask('evaluation', { ...asked, action: { name: 'can_fly' } })).body['decision']).toBe(false)
  })

  it('ignores what it does not know', async () => {
    const got = await kit.ask('evaluation', { ...question, zzz: 1, subject: { ...subject, zzz: { a: [] } } })
    expect([got.status, got.body]).toEqual([200, { decision: true }])
  })

  it.each([
    ['no subject', { subject: undefined }, 'subject'],
    ['no id', { subject: { type: 'user' } }, 'subject.id'],
    ['an id that is no text', { resource: { type: 'account', id: 123 } }, 'resource.id'],
    ['an empty type', { resource: { type: '', id: '123' } }, 'resource.type'],
    ['no action', { action: {} }, 'action.name'],
    ['properties that are none', { subject: { ...subject, properties: 'x' } }, 'subject.properties'],
    ['a context that is none', { context: [] }, 'context'],
  ])('says 400 for %s, and where', async (_name, other, place) => {
    const got = await kit.ask(
      'evaluation',
      { ...question, ...other },
      { headers: { 'x-request-id': 'id of a program/7' } },
    )
    expect([got.status, got.code]).toEqual([400, 'invalid_request'])
    expect(got.body['detail']).toContain(place)
    // Whatever it is that the program has sent.
    expect(got.headers.get('x-request-id')).toBe('id of a program/7')
    expect(got.body['request_id']).not.toBe('id of a program/7')
  })

  it('says 400 for what is no JSON, and 415 for what does not say that it is', async () => {
    expect((await kit.ask('evaluation', '{')).status).toBe(400)
    expect((await kit.ask('evaluation', '{}', { headers: { 'content-type': 'text/plain' } })).status).toBe(415)
    expect((await kit.app.send('GET', '/access/v1/evaluation', { bearer: secret })).status).toBe(405)
  })
})

describe('who may ask', () => {
  it('is whoever knows the secret, or has the permission', async () => {
    const { app, alice, ask } = await setUp()
    const keyOf = async (...scopes: ('content:read' | 'roles:read')[]) =>
      (await app.auth.apiKeys.create({ principalId: alice.id, scopes })).key
    expect((await ask('evaluation', question)).status).toBe(200)
    expect((await ask('evaluation', question, { bearer: alice.access })).status).toBe(403)
    for (const sent of [{ bearer: '' }, { bearer: `${secret}x` }, { bearer: secret.slice(1) }]) {
      const got = await ask('evaluation', question, sent)
      expect([got.status, got.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    }
    const nobody = await app.send('POST', '/access/v1/evaluation', { body: question })
    expect([nobody.status, nobody.code]).toEqual([401, 'unauthenticated'])
    await app.auth.permissions.assign(alice.id, 'admin')
    expect((await ask('evaluation', question, { bearer: alice.access })).status).toBe(200)
    expect((await ask('evaluation', question, { bearer: await keyOf('content:read') })).status).toBe(403)
    expect((await ask('evaluation', question, { bearer: await keyOf('roles:read') })).status).toBe(200)
  })

  it('is whoever has the permission that the options name, without a secret', async () => {
    const { app, alice, bob, ask } = await setUp({ bearerTokens: [], permission: 'tokens:read' })
    expect((await ask('evaluation', question)).status).toBe(401)
    expect((await ask('evaluation', question, { bearer: bob.access })).status).toBe(403)
    await app.auth.permissions.assign(bob.id, 'programmer')
    expect((await ask('evaluation', question, { bearer: bob.access })).status).toBe(200)
    expect((await ask('evaluation', question, { bearer: alice.access })).status).toBe(403)
    const denied = app.events.filter(({ type }) => type === 'access.denied')
    expect(denied.map((event) => [event.principalId, event.permission])).toEqual([
      [bob.id, 'tokens:read'],
      [alice.id, 'tokens:read'],
    ])
  })

  it('is nobody where it was not asked for', async () => {
    const app = await createApp()
    for (const path of ['/access/v1/evaluation', '/access/v1/evaluations', '/access/v1/search/subject']) {
      expect((await app.send('POST', path, { body: question })).status).toBe(404)
    }
    expect((await app.send('GET', '/.well-known/authzen-configuration')).status).toBe(404)
    expect(app.handler.matches('/access/v1/evaluation')).toBe(false)
  })
})

describe('POST /access/v1/evaluations', () => {
  let kit: Awaited<ReturnType<typeof setUp>>
  beforeAll(async () => {
    kit = await setUp()
  })

  it('takes what questions have in common from around them', async () => {
    const got = await kit.ask('evaluations', {
      subject,
      context: { time: '2024-05-31T15:22-07:00' },
      action: { name: 'can_read' },
      evaluations: [
        { resource: { type: 'document', id: 'boxcarring.md' } },
        { resource: { type: 'document', id: 'subject-search.md' } },
        { action: { name: 'can_edit' }, resource: { type: 'document', id: 'resource-search.md' } },
      ],
    })
    expect([got.status, got.body]).toEqual([
      200,
      {
        evaluations: [
          { decision: true },
          { decision: false, context: { error: { status: 404, message: expect.any(String) } } },
          { decision: false, context: { reason: expect.stringContaining('content:update') } },
        ],
      },
    ])
  })

  const three = {
    subject,
    action: { name: 'can_read' },
    evaluations: ['1', 'nothing', '2'].map((id) => ({ resource: { type: 'document', id } })),
  }
  const decisionsOf = ({ body }: Got): unknown =>
    (body['evaluations'] as readonly { decision: boolean }[]).map(({ decision }) => decision)

  it.each([
    [undefined, [true, false, true]],
    ['execute_all', [true, false, true]],
    ['deny_on_first_deny', [true, false]],
    ['permit_on_first_permit', [true]],
  ])('goes on as far as %s says', async (semantic, decisions) => {
    const options = semantic === undefined ? {} : { options: { evaluations_semantic: semantic, another_option: 'x' } }
    expect(decisionsOf(await kit.ask('evaluations', { ...three, ...options }))).toEqual(decisions)
  })

  it('is a single question without any', async () => {
    expect((await kit.ask('evaluations', question)).body).toEqual({ decision: true })
    expect((await kit.ask('evaluations', { ...question, evaluations: [] })).body).toEqual({ decision: true })
  })

  it.each([
    [
      'a question without a subject',
      { evaluations: [question, { ...question, subject: undefined }] },
      'evaluations.1.subject',
    ],
    ['questions that are none', { ...question, evaluations: ['x'] }, 'evaluations'],
    ['more than a hundred', { ...question, evaluations: Array.from({ length: 101 }, () => ({})) }, 'evaluations'],
    ['another way to go on', { ...three, options: { evaluations_semantic: 'any' } }, 'evaluations_semantic'],
    ['neither questions nor a question', {}, 'subject'],
  ])('says 400 for %s', async (_name, body, place) => {
    const got = await kit.ask('evaluations', body)
    expect([got.status, got.code]).toEqual([400, 'invalid_request'])
    expect(got.body['detail']).toContain(place)
  })

  it('looks somebody up once', async () => {
    let looked = 0
    const { ask, ids } = await setUp({
      subjects: {
        user: {
          collection: 'users',
          find: (name) => {
            looked += 1
            return ids.get(name)
          },
        },
      },
    })
    await ask('evaluations', three)
    expect(looked).toBe(1)
  })
})

describe('POST /access/v1/search/subject', () => {
  const asked = {
    subject: { type: 'user' },
    action: { name: 'can_read' },
    resource: { type: 'account', id: '123' },
    context: { time: '2024-10-26T01:22-07:00' },
  }
  const idsOf = ({ body }: Got) => (body['results'] as readonly { id: string }[]).map(({ id }) => id)

  it('finds who may, in parts, by the names that programs use', async () => {
    const { app, alice, ask } = await setUp()
    const all = await ask('search/subject', asked)
    expect([all.status, all.body]).toEqual([
      200,
      {
        page: { next_token: '', count: 2 },
        results: [
          { type: 'user', id: 'alice@example.com' },
          { type: 'user', id: 'bob@example.com' },
        ],
      },
    ])
    const first = await ask('search/subject', { ...asked, page: { limit: 1 } })
    const { next_token: token } = first.body['page'] as { next_token: string }
    // A subject's own id means nothing here.
    const second = await ask('search/subject', { ...asked, subject: { type: 'user', id: 'x' }, page: { token } })
    expect([idsOf(first), idsOf(second)]).toEqual([['alice@example.com'], ['bob@example.com']])
    expect((await ask('search/subject', { ...asked, action: { name: 'can_edit' }, page: { token } })).status).toBe(400)
    await app.auth.permissions.assign(alice.id, 'editor')
    const edit = { ...asked, action: { name: 'can_edit' } }
    expect(idsOf(await ask('search/subject', edit))).toEqual(['alice@example.com'])
    const evaluated = await ask('evaluation', { ...edit, subject })
    expect(evaluated.body).toEqual({ decision: true })
    await app.auth.users.disable(alice.id)
    expect(idsOf(await ask('search/subject', edit))).toEqual([])
  })

  it('judges by the resource that the app has', async () => {
    const { app, alice, bob, ask } = await setUp()
    documents.set('of bob', { id: 'of bob', author_id: bob.id })
    const role = await app.auth.permissions.roles.create({ label: 'author' })
    await app.auth.permissions.grants.add(role.id, 'content:delete', { when: own('author_id') })
    for (const { id } of [alice, bob]) await app.auth.permissions.assign(id, role.id)
    const remove = { ...asked, action: { name: 'delete' } }
    const of = (id: string) => ({ ...remove, resource: { type: 'document', id } })
    expect(idsOf(await ask('search/subject', of('of bob')))).toEqual(['bob@example.com'])
    expect(idsOf(await ask('search/subject', of('1')))).toEqual([])
    expect(idsOf(await ask('search/subject', of('nothing')))).toEqual([])
    documents.delete('of bob')
  })

  it('tells of one collection at a time, by its own name without others', async () => {
    const { app, alice, ask } = await setUp()
    const customer = await app.signUp('customers')
    await app.auth.permissions.assign(customer.id, 'viewer')
    expect(idsOf(await ask('search/subject', asked))).not.toContain(customer.id)
    const plain = await createApp({}, { rateLimits: 'off', authzen: authzen({ bearerTokens: [secret] }) })
    const [user, other] = [await plain.signUp(), await plain.signUp('customers')]
    await plain.auth.permissions.assign(other.id, 'viewer')
    const search = async (type: string) =>
      (
        await plain.send('POST', '/access/v1/search/subject', {
          bearer: secret,
          body: { subject: { type }, action: { name: 'read' }, resource: { type: 'content', id: '1' } },
        })
      ).body['results']
    expect(await search('users')).toEqual([{ type: 'users', id: user.id }])
    expect(await search('customers')).toEqual([{ type: 'customers', id: other.id }])
    expect(await search('nothing')).toEqual([])
    expect(alice.id).not.toBe(user.id)
  })

  it.each([
    ['an unknown type', { subject: { type: 'robot' } }],
    ['an unknown action', { action: { name: 'can_fly' } }],
    ['an unknown type of resource', { resource: { type: 'nothing', id: '1' } }],
  ])('finds none for %s', async (_name, other) => {
    const { ask } = await setUp()
    const got = await ask('search/subject', { ...asked, ...other })
    expect([got.status, got.body]).toEqual([200, { page: { next_token: '', count: 0 }, results: [] }])
  })
})

describe('POST /access/v1/search/action', () => {
  let kit: Awaited<ReturnType<typeof setUp>>
  beforeAll(async () => {
    kit = await setUp()
    await kit.app.auth.permissions.assign(kit.alice.id, 'editor')
  })

  const asked = { subject, resource: { type: 'account', id: '123' }, context: { time: '2024-10-26T01:22-07:00' } }

  it('finds what a subject may do, by the names that programs use', async () => {
    const got = await kit.ask('search/action', asked)
    expect([got.status, got.text]).toEqual([
      200,
      '{"page":{"next_token":"","count":2,"total":2},"results":[{"name":"can_edit"},{"name":"can_read"}]}',
    ])
    // Each of them is allowed indeed, and nothing else.
    for (const name of ['can_read', 'can_edit', 'create', 'delete', 'publish', 'read', 'update']) {
      const { body } = await kit.ask('evaluation', { ...asked, action: { name } })
      expect([name, body['decision']]).toEqual([name, ['can_read', 'can_edit', 'read', 'update'].includes(name)])
    }
  })

  it('gives them in parts', async () => {
    const first = await kit.ask('search/action', { ...asked, page: { limit: 1 } })
    const { next_token: token, count } = first.body['page'] as { next_token: string; count: number }
    expect([first.body['results'], count]).toEqual([[{ name: 'can_edit' }], 1])
    expect(token).not.toBe('')
    const second = await kit.ask('search/action', { ...asked, page: { token } })
    expect(second.body).toMatchObject({ page: { next_token: '', count: 1 }, results: [{ name: 'can_read' }] })
    // In whatever order the members come.
    const { subject: whom, resource, context } = asked
    const again = await kit.ask('search/action', { page: { limit: 1, token }, context, resource, subject: whom })
    expect(again.body['results']).toEqual([{ name: 'can_read' }])
  })

  it.each([
    [
      'another subject',
      (token: string) => ({ ...asked, subject: { ...subject, id: 'bob@example.com' }, page: { token } }),
    ],
    ['another context', (token: string) => ({ ...asked, context: {}, page: { token } })],
    ['another limit', (token: string) => ({ ...asked, page: { token, limit: 2 } })],
    ['a token that is none', () => ({ ...asked, page: { token: 'alsehrq3495u8' } })],
    ['a token of other things', () => ({ ...asked, page: { token: Buffer.from('[1,2,3]').toString('base64url') } })],
    ['no number for a limit', () => ({ ...asked, page: { limit: '2' } })],
    ['a limit of nothing', () => ({ ...asked, page: { limit: 0 } })],
  ])('says 400 for %s', async (_name, bodyOf) => {
    const first = await kit.ask('search/action', { ...asked, page: { limit: 1 } })
    const got = await kit.ask('search/action', bodyOf((first.body['page'] as { next_token: string }).next_token))
    expect([got.status, got.code]).toEqual([400, 'invalid_request'])
  })

  it('finds nothing for nobody, and of nothing', async () => {
    const nothing = { page: { next_token: '', count: 0 }, results: [] }
    const nobody = { ...asked, subject: { type: 'user', id: 'nobody@example.com' } }
    expect((await kit.ask('search/action', nobody)).body).toEqual(nothing)
    const missing = { ...asked, resource: { type: 'document', id: 'nothing' } }
    expect((await kit.ask('search/action', missing)).body).toEqual(nothing)
    const strange = { ...asked, resource: { type: 'nothing', id: '1' } }
    expect((await kit.ask('search/action', strange)).body).toMatchObject({ results: [] })
  })
})

describe('POST /access/v1/search/resource', () => {
  const rows = ['123', '456', '789'].map((id) => ({ id, author_id: id === '789' ? 'somebody' : 'mine' }))

  /** A search of the app, which gives two at once, and may heed the condition or not. */
  async function withSearch(heeds: (search: AuthzenSearch) => readonly (typeof rows)[number][]) {
    const searches: AuthzenSearch[] = []
    const search = (asked: AuthzenSearch) => {
      searches.push(asked)
      const found = heeds(asked)
      const from = Number(asked.token ?? 0)
      const items = found.slice(from, from + asked.limit)
      const next = from + asked.limit < found.length ? String(from + asked.limit) : null
      return { items, next, total: found.length }
    }
    const made = await setUp({
      resources: { account: { resource: 'content', search }, document: { resource: 'content' } },
    })
    return { ...made, searches }
  }
  const asked = { subject, action: { name: 'can_read' }, resource: { type: 'account' } }

  it('finds all in parts, as the app gives them', async () => {
    const { ask, searches } = await withSearch(() => rows)
    const first = await ask('search/resource', { ...asked, page: { limit: 2 } })
    const { next_token: token } = first.body['page'] as { next_token: string }
    expect([first.status, first.body]).toEqual([
      200,
      {
        page: { next_token: token, count: 2, total: 3 },
        results: [
          { type: 'account', id: '123' },
          { type: 'account', id: '456' },
        ],
      },
    ])
    const second = await ask('search/resource', { ...asked, page: { token } })
    expect(second.text).toBe('{"page":{"next_token":"","count":1,"total":3},"results":[{"type":"account","id":"789"}]}')
    expect(searches).toEqual([
      { condition: true, limit: 2, token: undefined, context: {} },
      { condition: true, limit: 2, token: '2', context: {} },
    ])
    const other = await ask('search/resource', { ...asked, action: { name: 'can_edit' }, page: { token } })
    expect(other.status).toBe(400)
  })

  it('finds none without asking the app where none can be allowed', async () => {
    const { ask, searches } = await withSearch(() => rows)
    for (const other of [
      { action: { name: 'can_edit' } },
      { action: { name: 'can_fly' } },
      { subject: { type: 'user', id: 'nobody@example.com' } },
    ]) {
      expect((await ask('search/resource', { ...asked, ...other })).body).toEqual({
        page: { next_token: '', count: 0 },
        results: [],
      })
    }
    expect(searches).toEqual([])
  })

  it('hands the condition on, and tells of nothing that does not meet it', async () => {
    const { app, alice, ask, searches } = await withSearch(() => [...rows, { id: 'own', author_id: alice.id }])
    const role = await app.auth.permissions.roles.create({ label: 'author' })
    await app.auth.permissions.grants.add(role.id, 'content:update', { when: own('author_id') })
    await app.auth.permissions.assign(alice.id, role.id)
    const got = await ask('search/resource', { ...asked, action: { name: 'can_edit' } })
    expect(got.body['results']).toEqual([{ type: 'account', id: 'own' }])
    expect(searches[0]?.condition).toEqual(eq('author_id', alice.id))
  })

  it('says 400 for a type that cannot be searched', async () => {
    const { ask } = await withSearch(() => rows)
    const got = await ask('search/resource', { ...asked, resource: { type: 'document' } })
    expect([got.status, got.code]).toEqual([400, 'invalid_request'])
  })

  it('says where it is', async () => {
    const { app } = await withSearch(() => rows)
    expect((await app.send('GET', '/.well-known/authzen-configuration')).body).toMatchObject({
      search_resource_endpoint: `${origin}/access/v1/search/resource`,
    })
  })
})

describe('circumstances that are sent along', () => {
  it('are what conditions refer to, and the resource is what the app has', async () => {
    const permissionsOf = async (made: Awaited<ReturnType<typeof setUp>>, when: Condition) => {
      const { permissions } = made.app.auth
      const role = await permissions.roles.create({ label: 'sometimes' })
      await permissions.grants.add(role.id, 'content:delete', { when })
      await permissions.assign(made.alice.id, role.id)
    }
    const made = await setUp({ resources: { document: { resource: 'content', find: (id) => documents.get(id) } } })

    await permissionsOf(
      made,
      and(eq('author_id', 'somebody'), eq('id', { ref: 'principal.favourite' }), eq('id', { ref: 'context.place' })),
    )
    const ask = async (favourite: string, place: string, id = '1') =>
      (
        await made.ask('evaluation', {
          subject: { ...subject, properties: { favourite, id: 'another' } },
          action: { name: 'delete' },
          resource: { type: 'document', id, properties: { author_id: 'somebody' } },
          context: { place },
        })
      ).body['decision']
    expect([await ask('1', '1'), await ask('1', '2'), await ask('2', '1')]).toEqual([true, false, false])
    // The document says otherwise than what was sent of it.
    expect(await ask('2', '2', '2')).toBe(false)
  })

  it('are all that there is of a resource without a loader', async () => {
    const made = await setUp()
    const { permissions } = made.app.auth
    const role = await permissions.roles.create({ label: 'sometimes' })
    await permissions.grants.add(role.id, 'content:delete', { when: eq('status', 'draft') })
    await permissions.assign(made.alice.id, role.id)
    const ask = async (properties: object) =>
      (
        await made.ask('evaluation', {
          ...question,
          action: { name: 'delete' },
          resource: { type: 'account', id: '1', properties },
        })
      ).body['decision']
    expect([await ask({ status: 'draft' }), await ask({ status: 'final' }), await ask({})]).toEqual([
      true,
      false,
      false,
    ])
  })
})

describe('strange questions', () => {
  const values = [
    null,
    0,
    '',
    'x',
    [],
    {},
    [null],
    { type: 'x' },
    { type: 'user', id: '\u0000' },
    { name: 7 },
    { limit: -1 },
  ]
  const paths = ['evaluation', 'evaluations', 'search/subject', 'search/resource', 'search/action']

  it('are answered as such, whatever they are made of', async () => {
    const { ask, app } = await setUp({ resources: { account: { search: () => ({ items: [] }) } } })
    const whole = { ...question, evaluations: [question], options: {}, page: {} }
    for (const path of paths) {
      for (const member of Object.keys(whole)) {
        for (const value of values) {
          const got = await ask(path, { ...whole, [member]: value })
          expect([200, 400], `${path} ${member} ${JSON.stringify(value)}: ${got.text}`).toContain(got.status)
        }
      }
      for (const body of ['null', '7', '"x"', '[]', '{"__proto__":{"subject":1}}', `${'['.repeat(3_000)}`]) {
        const { status } = await ask(path, body)
        expect(status >= 400 && status < 500, `${path} ${body.slice(0, 20)}: ${status}`).toBe(true)
      }
    }
    const [open, close] = ['{"a":'.repeat(10_000), '}'.repeat(10_000)]
    for (const path of paths) {
      expect(
        (await ask(path, JSON.stringify(whole).replace('{"time"', `{"deep":${open}1${close},"time"`))).status,
      ).toBe(400)
    }
    expect(app.log.filter(({ message }) => message === 'A request failed')).toEqual([])
  })
})

describe('GET /.well-known/authzen-configuration', () => {
  it('says where the routes are, and only those that there are', async () => {
    const { app } = await setUp()
    const got = await app.send('GET', '/.well-known/authzen-configuration')
    expect([got.status, got.headers.get('cache-control')]).toEqual([200, 'public, max-age=3600'])
    expect(got.body).toEqual({
      policy_decision_point: origin,
      access_evaluation_endpoint: `${origin}/access/v1/evaluation`,
      access_evaluations_endpoint: `${origin}/access/v1/evaluations`,
      search_subject_endpoint: `${origin}/access/v1/search/subject`,
      search_action_endpoint: `${origin}/access/v1/search/action`,
    })
    expect((await app.send('POST', '/access/v1/search/resource', { bearer: secret, body: {} })).status).toBe(404)
  })
})

describe('the options', () => {
  it.each([
    ['a secret that is short', { bearerTokens: ['short'] }, 'bearerTokens.0'],
    ['a secret that no header can bring', { bearerTokens: ['a secret with blanks, long enough'] }, 'bearerTokens.0'],
    ['no permission', { permission: 'roles' }, 'permission'],
    ['an unknown field', { resource: {} }, 'resource'],
    ['a loader that is none', { resources: { document: { find: 'x' } } }, 'resources.document.find'],
  ])('are refused with %s', (_name, options, place) => {
    // As somebody without the types may write them.
    expect(() => authzen(options as never)).toThrow(`authzen: ${place}`)
  })

  it('are none themselves', async () => {
    await expect(createApp({}, { authzen: { resources: {} } as never })).rejects.toThrow('authzen')
  })
})
