import { createTestCardea } from '@cardea/testing'
import { defineCollection, definePermissions, defineRoles, own } from 'cardea'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Got, received, requestOf, type Sent } from '../app.fixture.js'
import { createHandler } from '../index.js'

const permissions = definePermissions({
  content: ['read', 'create', 'update', 'delete'],
  tokens: ['create'],
  impersonation: ['create'],
})
const roles = defineRoles(permissions, {
  viewer: { permissions: ['content:read'] },
  author: {
    permissions: [{ permission: 'content:update', when: own('author_id') }],
    inherits: ['viewer'],
  },
  proofreader: { permissions: [{ permission: 'content:update', fields: ['body'] }] },
  /** May act as viewers. */
  support: { permissions: ['content:read', 'impersonation:create'] },
})

async function setUp() {
  const { auth, events, signInAs } = await createTestCardea({
    permissions,
    roles,
    defaultRole: 'viewer',
    collections: [defineCollection('customers', { type: 'auth' })],
    mail: false,
  })
  const handler = createHandler(auth, { rateLimits: 'off' })
  const account = async (role?: string, collection = 'users') => {
    const signedIn = await signInAs(undefined, { collection, roles: role === undefined ? [] : [role] })
    return { id: String(signedIn.user['id']), bearer: signedIn.accessToken, cookie: signedIn.cookie }
  }
  const check = async (body: unknown, sent: Sent): Promise<Got> =>
    await received(await handler(requestOf('POST', '/api/v1/authz/check', { ...sent, body })))
  return { account, auth, check, events, handler }
}

describe('POST /authz/check', () => {
  let kit: Awaited<ReturnType<typeof setUp>>
  beforeAll(async () => {
    kit = await setUp()
  })

  it('allows nothing to an account that may not sign in, and tells what its roles say', async () => {
    const { account, auth, check } = kit
    const { bearer } = await account('admin')
    const author = await account('author')
    const asked = { permission: 'content:read', user_id: author.id }
    expect((await check(asked, { bearer })).body).toMatchObject({ allowed: true })
    await auth.users.disable(author.id)
    const got = await check(asked, { bearer })
    expect(got.body).toMatchObject({
      allowed: false,
      decision: 'denied',
      explain: {
        because: expect.arrayContaining([expect.objectContaining({ result: 'holds' })]),
        missing: ['The account is disabled.'],
      },
    })
  })

  it('says whether one may do something, and why', async () => {
    const { account, check } = kit
    const { bearer } = await account('author')
    const got = await check({ permission: 'content:read' }, { bearer })
    expect([got.status, got.body]).toMatchObject([
      200,
      {
        allowed: true,
        decision: 'allowed',
        explain: {
          bypass: false,
          because: expect.arrayContaining([
            {
              role: 'author',
              inherited_from: 'viewer',
              scope: null,
              grant: 'content:read',
              effect: 'allow',
              condition: null,
              fields: null,
              result: 'holds',
            },
          ]),
          missing: [],
        },
      },
    ])
  })

  it('judges by the object that is sent, and says what depends on it', async () => {
    const { account, check } = kit
    const { id, bearer } = await account('author')
    const ask = async (more: object) => (await check({ permission: 'content:update', ...more }, { bearer })).body
    expect(await ask({ resource: { author_id: id } })).toMatchObject({ allowed: true, decision: 'allowed' })
    const open = await ask({})
    expect(open).toMatchObject({
      allowed: false,
      decision: 'conditional',
      explain: { because: [{ role: 'author', inherited_from: null, grant: 'content:update', result: 'depends' }] },
    })
    expect((open['explain'] as { missing: unknown[] }).missing).not.toEqual([])
    const theirs = await ask({ resource: { author_id: 'somebody' } })
    expect(theirs).toMatchObject({ allowed: false, decision: 'denied', explain: { because: [{ result: 'fails' }] } })
  })

  it('judges by the field', async () => {
    const { account, check } = kit
    const { bearer } = await account('proofreader')
    const ask = async (field?: string) =>
      (
        await check(
          { permission: 'content:update', resource: {}, ...(field === undefined ? {} : { field }) },
          { bearer },
        )
      ).body['decision']
    expect([await ask('body'), await ask('title'), await ask()]).toEqual(['allowed', 'denied', 'conditional'])
  })

  it.each(['content:fly', 'content:*', '*', '', '__proto__:read', 'a text', 'x'.repeat(2_000)])(
    'denies %j, which nobody declares, to an admin as well',
    async (permission) => {
      const { account, check } = kit
      for (const role of ['viewer', 'admin']) {
        const got = await check({ permission }, { bearer: (await account(role)).bearer })
        expect([got.status, got.body]).toEqual([
          200,
          {
            allowed: false,
            decision: 'denied',
            explain: { bypass: false, because: [], missing: ['There is no such permission.'] },
          },
        ])
      }
    },
  )

  it('tells of others whoever may read roles, and reports who may not', async () => {
    const { account, check, events } = kit
    const [viewer, author, admin, customer] = [
      await account(),
      await account('author'),
      await account('admin'),
      await account(undefined, 'customers'),
    ]
    const about = (user_id: string) => ({ permission: 'content:read', user_id })
    expect((await check(about(author.id), { bearer: admin.bearer })).body).toMatchObject({ allowed: true })
    const ofCustomers = { ...about(customer.id), collection: 'customers' }
    expect((await check(ofCustomers, { bearer: admin.bearer })).body).toMatchObject({ allowed: false })
    expect((await check(about(customer.id), { bearer: admin.bearer })).status).toBe(404)
    expect((await check({ ...ofCustomers, collection: 'nothing' }, { bearer: admin.bearer })).status).toBe(404)
    expect((await check({ permission: 'content:read', collection: 'users' }, { bearer: admin.bearer })).status).toBe(
      422,
    )
    for (const { bearer, id } of [viewer, customer]) {
      expect((await check(about(id), { bearer })).status).toBe(200)
      const refused = await check(about(author.id), { bearer })
      expect([refused.status, refused.code]).toEqual([403, 'forbidden'])
      expect(events.at(-1)).toMatchObject({ type: 'access.denied', permission: 'roles:read', principalId: id })
    }
    for (const nobody of ['01a2014d-b475-7215-8438-031c3b71c287', 'x', '']) {
      expect((await check(about(nobody), { bearer: admin.bearer })).status).toBe(404)
      // Whoever may not know is not told whether there is anybody.
      expect((await check(about(nobody), { bearer: viewer.bearer })).status).toBe(403)
    }
  })

  it('answers for what a key may, not for its owner', async () => {
    const { account, auth, check } = kit
    const { id } = await account('admin')
    const { key } = await auth.apiKeys.create({ principalId: id, scopes: ['content:read'] })
    const ask = async (permission: string) => (await check({ permission }, { bearer: key })).body['allowed']
    expect([await ask('content:read'), await ask('content:delete')]).toEqual([true, false])
    expect((await check({ permission: 'content:read', user_id: (await account()).id }, { bearer: key })).status).toBe(
      403,
    )
  })

  it('answers somebody who acts as another: it is a question', async () => {
    const { account, check, handler } = kit
    const [helper, user] = [await account('support'), await account()]
    const begun = await received(
      await handler(requestOf('POST', `/api/v1/users/${user.id}/impersonate`, { bearer: helper.bearer, body: {} })),
    )
    const bearer = String(begun.body['access_token'])
    expect((await check({ permission: 'content:read' }, { bearer })).body).toMatchObject({ allowed: true })
    expect((await check({ permission: 'content:delete' }, { bearer })).body).toMatchObject({ allowed: false })
  })

  it('answers in a tenant', async () => {
    const { account, auth, check } = kit
    const { id, bearer } = await account()
    const scope = { tenant: 'acme', resourceType: 'content', resourceId: '7' }
    await auth.permissions.assign(id, 'proofreader', { scope })
    const ask = async (tenant?: string, resource: object = { id: '7' }) =>
      (await check({ permission: 'content:update', field: 'body', resource, ...(tenant && { tenant }) }, { bearer }))
        .body
    expect(await ask('acme')).toMatchObject({
      allowed: true,
      explain: {
        because: [
          {
            role: 'proofreader',
            scope: { tenant: 'acme', resource_type: 'content', resource_id: '7' },
            result: 'holds',
          },
        ],
      },
    })
    expect(await ask()).toMatchObject({ allowed: false })
    expect(await ask('other')).toMatchObject({ allowed: false })
    expect(await ask('acme', { id: '8' })).toMatchObject({ allowed: false })
  })
})
