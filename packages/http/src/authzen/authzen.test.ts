import { beforeAll, describe, expect, it } from 'vitest'
import { createApp, type Got, origin, type Sent } from '../app.fixture.js'
import { type AuthzenOptions, authzen } from './index.js'

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
