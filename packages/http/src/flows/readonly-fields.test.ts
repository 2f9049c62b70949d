import { createTestCardea } from '@cardea/testing'
import { defineCollection, owner, relation, select, text } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import { beforeAll, describe, expect, it } from 'vitest'
import { authPath, type Got, password, received, requestOf, type Sent } from '../app.fixture.js'
import { createHandler } from '../index.js'
import { answerCheck, asDescribed } from '../openapi/conformance.fixture.js'

const tier = select(['free', 'pro'], { default: 'free', readonly: true })
const collections = [
  defineCollection('users', { type: 'auth', fields: { tier }, rules: { update: 'self' } }),
  defineCollection('customers', {
    type: 'auth',
    fields: { company: text({ optional: true }), tier },
    rules: { update: 'self' },
  }),
  defineCollection('posts', {
    type: 'base',
    fields: { title: text(), tier, author: relation('customers', { readonly: true, optional: true }) },
    rules: { list: 'public', view: 'public', create: owner('author'), update: owner('author') },
  }),
] as const

async function createShop() {
  const test = await createTestCardea({ ...cmsPreset, collections, mail: {} })
  const handler = createHandler(test.auth, { rateLimits: 'off' })
  const check = await answerCheck(test.auth, { rateLimits: 'off' }, collections)
  const send = async (method: string, path: string, sent: Sent = {}): Promise<Got> => {
    const got = await received(await handler(requestOf(method, path, sent), { ip: '192.0.2.1' }))
    return asDescribed(check, method, path, got)
  }
  const admin = await test.signInAs(undefined, { roles: ['admin'] })
  return { ...test, send, admin: admin.accessToken, document: (await send('GET', '/openapi.json')).body }
}

let shop: Awaited<ReturnType<typeof createShop>>
beforeAll(async () => {
  shop = await createShop()
})

let made = 0
const fresh = (): string => {
  made += 1
  return `somebody${made}@example.test`
}

/** Somebody of a collection, signed in. */
async function somebody(collection: 'users' | 'customers') {
  const { accessToken, user } = await shop.signInAs(undefined, collection === 'users' ? {} : { collection })
  return { id: String(user['id']), bearer: accessToken }
}

/** What says that the field, and nothing else of the body, is wrong. */
const refused = (field = 'tier') => ({
  status: 422,
  code: 'unknown_field',
  body: {
    errors: [{ path: field, code: 'unknown_field', message: 'is read-only: only the app sets it' }],
  },
})

describe.each(['users', 'customers'] as const)('a readonly field of %s', (collection) => {
  const at = authPath(collection)
  const named = () => (collection === 'users' ? { username: `name${made}`, name: 'Somebody' } : {})
  const tierOf = async (bearer: string) => (await shop.send('GET', `${at}/me`, { bearer })).body['tier']

  it('is seen, and set by no client: neither at registration, nor later, nor by an admin', async () => {
    const body = { email: fresh(), password, ...named() }
    expect(await shop.send('POST', `${at}/register`, { body: { ...body, tier: 'pro' } })).toMatchObject(refused())
    expect(await shop.send('POST', `${at}/register`, { body: { ...body, tier: 'free' } })).toMatchObject(refused())
    const registered = await shop.send('POST', `${at}/register`, { body })
    expect(registered.status).toBe(201)
    expect(registered.body['user']).toMatchObject({ tier: 'free' })

    const { id, bearer } = await somebody(collection)
    expect(await shop.send('PATCH', `${at}/me`, { bearer, body: { tier: 'pro' } })).toMatchObject(refused())
    for (const asked of [bearer, shop.admin]) {
      const path = `/api/v1/collections/${collection}/records/${id}`
      const got = await shop.send('PATCH', path, { bearer: asked, body: { tier: 'pro' } })
      expect(got).toMatchObject(refused())
    }
    const records = `/api/v1/collections/${collection}/records`
    const record = { email: fresh(), password, tier: 'pro' }
    expect(await shop.send('POST', records, { bearer: shop.admin, body: record })).toMatchObject(refused())
    expect(await tierOf(bearer)).toBe('free')
  })

  it('is in no invitation, and is not set by whoever accepts one', async () => {
    const email = fresh()
    const path = `${at}/invitations`
    const invite = (more: object) => shop.send('POST', path, { bearer: shop.admin, body: { email, ...more } })
    expect(await invite({ tier: 'pro' })).toMatchObject(refused())
    expect((await invite({})).status).toBe(201)
    const token = await shop.mails.tokenFor(email)
    const accept = { token, password, ...named() }
    const got = await shop.send('POST', `${path}/accept`, { body: { ...accept, tier: 'pro' } })
    expect(got).toMatchObject(refused())
    expect((await shop.send('POST', `${path}/accept`, { body: accept })).body['user']).toMatchObject({ tier: 'free' })
  })

  it('is set by the app, and not for somebody', async () => {
    const { id, bearer } = await somebody(collection)
    const found = await shop.auth.verify({ bearerToken: bearer }, { collections: [collection] })
    if (!found.authenticated) throw new Error('nobody is signed in')
    const records = await shop.auth.recordsOf(collection)
    if (records === undefined) throw new Error('there are none')
    await expect(records.update(id, { tier: 'pro' }, { by: found.authentication })).rejects.toMatchObject({
      code: 'unknown_field',
    })
    const before = await records.view(id)
    const after = await records.update(id, { tier: 'pro' })
    expect(after.record).toMatchObject({ tier: 'pro' })
    expect(after.etag).not.toBe(before.etag)
    expect(await tierOf(bearer)).toBe('pro')
    const query = `filter[tier][eq]=pro&filter[id][eq]=${id}`
    const listed = await shop.send('GET', `/api/v1/collections/${collection}/records?${query}`, { bearer: shop.admin })
    expect(listed.list).toMatchObject([{ id, tier: 'pro' }])
    const { record } = await records.create({ email: fresh(), tier: 'pro' })
    expect(record).toMatchObject({ tier: 'pro' })
  })
})

describe('administration of users', () => {
  it('does not set it', async () => {
    const { id } = await somebody('users')
    const asked = { bearer: shop.admin }
    const person = { email: fresh(), password, username: 'by_admin', name: 'By Admin' }
    const tries = [
      ['POST', '/api/v1/users', person],
      ['PATCH', `/api/v1/users/${id}`, {}],
      ['PUT', `/api/v1/users/${id}`, { ...person, role: 'viewer' }],
    ] as const
    for (const [method, path, body] of tries) {
      const got = await shop.send(method, path, { ...asked, body: { ...body, tier: 'pro' } })
      expect([method, got], got.text).toMatchObject([method, refused()])
    }
    await expect(shop.auth.users.create({ ...person, tier: 'pro' } as typeof person)).rejects.toMatchObject({
      code: 'unknown_field',
    })
  })
})

describe('a readonly owner', () => {
  it('is whoever makes the record, and cannot be another', async () => {
    const [ann, bob] = [await somebody('customers'), await somebody('customers')]
    const path = '/api/v1/collections/posts/records'
    const mine = { title: 'Mine', author: ann.id }
    expect(await shop.send('POST', path, { ...ann, body: mine })).toMatchObject(refused('author'))
    const post = await shop.send('POST', path, { bearer: ann.bearer, body: { title: 'Mine' } })
    expect(post.body).toMatchObject({ author: ann.id, tier: 'free' })
    const change = { bearer: ann.bearer, body: { author: bob.id } }
    expect(await shop.send('PATCH', `${path}/${String(post.body['id'])}`, change)).toMatchObject(refused('author'))
  })
})

describe('the description of the API', () => {
  it('shows readonly fields in answers, and takes none', () => {
    const { components, paths } = shop.document as {
      readonly components: { readonly schemas: Record<string, { readonly properties: Record<string, unknown> }> }
      readonly paths: Record<string, Record<string, unknown>>
    }
    expect(components.schemas['CustomersRecord']?.properties['tier']).toEqual({
      type: 'string',
      enum: ['free', 'pro'],
      readOnly: true,
    })
    const taken = [`${authPath('customers')}/register`, '/api/v1/collections/posts/records'].map((path) =>
      JSON.stringify(Object(paths[path]?.['post'])['requestBody']),
    )
    expect(taken.join()).toContain('"company"')
    expect(taken.join()).toContain('"title"')
    expect(taken.join()).not.toContain('"tier"')
  })
})
