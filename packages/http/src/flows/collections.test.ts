import { describe, expect, it } from 'vitest'
import { authPath, createApp, password } from '../app.fixture.js'

const path = '/api/v1/collections'

/** An app with somebody who may do everything. */
async function withAdmin(...options: Parameters<typeof createApp>) {
  const app = await createApp(...options)
  await app.auth.createFirstAdmin({ email: 'admin@example.test', password })
  const signedIn = await app.send('POST', `${authPath('users')}/login`, {
    body: { email: 'admin@example.test', password },
  })
  return { ...app, bearer: String(signedIn.body['access_token']) }
}

describe('/collections', () => {
  it('makes, shows and lists, and the new one signs people up at once', async () => {
    const { send, bearer, signUp } = await withAdmin()
    const made = await send('POST', path, { bearer, body: { name: 'members', type: 'auth', schema: [] } })
    expect([made.status, made.headers.get('location')]).toEqual([201, `${path}/members`])
    const member = await signUp('members')
    expect(member.cookie).toMatch(/^__Host-session_members=/)
    expect((await send('GET', `${authPath('members')}/me`, { bearer: member.access })).status).toBe(200)
    const { auth, ...shown } = (await send('GET', `${path}/members`, { bearer })).body
    const { auth: madeAuth, ...rest } = made.body
    expect(shown).toEqual(rest)
    expect(auth).toEqual({ ...(madeAuth as object), effective: expect.objectContaining({ otp_enabled: false }) })
    const { list } = await send('GET', path, { bearer })
    expect(list.map(({ name, system, id }) => [name, system, id !== null])).toEqual([
      ['customers', true, false],
      ['members', false, true],
      ['posts', true, false],
      ['users', true, false],
      ['vendors', true, false],
    ])
  })

  it('lets principals of any collection in whose roles allow it, also in stateless mode', async () => {
    for (const mode of ['strict', 'stateless'] as const) {
      const { send, bearer, auth, signUp } = await withAdmin({ sessions: { mode } })
      await send('POST', path, { bearer, body: { name: 'staff', type: 'auth' } })
      const { access, id } = await signUp('staff')
      expect((await send('GET', path, { bearer: access })).code).toBe('forbidden')
      await auth.permissions.assign(id, 'admin')
      expect((await send('GET', path, { bearer: access })).status).toBe(200)
      expect((await send('POST', path, { bearer: access, body: { name: 'others', type: 'base' } })).status).toBe(201)
      expect((await send('GET', '/api/v1/sessions', { bearer: access })).status).toBe(401)
    }
  })

  it('looks once for a name that is not there, and not at all for what can be none', async () => {
    const { send, storage } = await withAdmin()
    const reads: string[] = []
    const findOne = storage.findOne.bind(storage)
    Object.assign(storage, {
      findOne: (...values: Parameters<typeof findOne>) => {
        reads.push(values[0].name)
        return findOne(...values)
      },
    })
    expect((await send('POST', `${authPath('nobody')}/login`, { body: {} })).status).toBe(404)
    expect(reads).toEqual(['cardea_authz'])
    for (const name of ['constructor', 'settings', 'CUSTOMERS', 'x'.repeat(60), 'posts']) {
      expect((await send('POST', `${path}/${name}/auth/login`, { body: {} })).status).toBe(404)
    }
    expect(reads).toHaveLength(1)
  })

  it('changes a collection, says before what that would do, and takes it out of service', async () => {
    const { send, bearer, signUp } = await withAdmin()
    await send('POST', path, {
      bearer,
      body: { name: 'members', type: 'auth', schema: [{ name: 'fax', type: 'text' }] },
    })
    const member = await signUp('members')
    const body = { fields: [{ name: 'phone', type: 'text' }], drop: ['fax'] }
    const planned = await send('POST', `${path}/members/migrate?dry_run=1`, { bearer, body })
    expect([planned.status, planned.body]).toEqual([
      200,
      {
        collection: 'members',
        version: 1,
        dry_run: true,
        added: ['phone'],
        changed: [],
        dropped: ['fax'],
        renamed: [],
        steps: [
          { summary: 'add column auth_members.phone', sql: '' },
          { summary: 'drop column auth_members.fax', sql: '' },
        ],
        lost: [{ field: 'fax', rows: 0 }],
        obstacles: [],
      },
    ])
    expect((await send('GET', `${path}/members`, { bearer })).body['version']).toBe(1)
    expect((await send('POST', `${path}/members/migrate?dry_run=yes`, { bearer, body })).status).toBe(422)

    const changed = await send('PATCH', `${path}/members`, { bearer, body })
    expect([changed.status, changed.body['version']]).toEqual([200, 2])
    expect((await send('GET', `${authPath('members')}/me`, { bearer: member.access })).body).toMatchObject({
      phone: null,
    })
    const refused = await send('PATCH', `${path}/members`, {
      bearer,
      body: { schema: [{ name: 'a', type: 'text', required: true }] },
    })
    expect([refused.status, refused.code]).toEqual([409, 'conflict'])
    expect(refused.text).toContain('"path":"schema.0"')
    expect((await send('PATCH', `${path}/users`, { bearer, body: {} })).code).toBe('protected')
    expect((await send('PATCH', `${path}/nobody`, { bearer, body: {} })).status).toBe(404)
    expect((await send('PATCH', `${path}/members`, { bearer, body: { type: 'base' } })).code).toBe('unknown_field')

    const rename = { phone: 'mobile' }
    const renaming = await send('POST', `${path}/members/migrate?dry_run=1`, { bearer, body: { rename } })
    expect(renaming.body).toMatchObject({ version: 2, renamed: [{ from: 'phone', to: 'mobile' }], lost: [] })
    const renamed = await send('PATCH', `${path}/members`, { bearer, body: { rename } })
    expect([renamed.status, renamed.body['version']]).toEqual([200, 3])
    expect((await send('GET', `${authPath('members')}/me`, { bearer: member.access })).body).toMatchObject({
      mobile: null,
    })
    const again = await send('PATCH', `${path}/members`, { bearer, body: { rename } })
    expect([again.status, again.code]).toEqual([422, 'invalid_request'])
    expect(again.text).toContain('"path":"rename.phone"')

    expect((await send('DELETE', `${path}/members`, { bearer })).status).toBe(204)
    expect((await send('GET', `${path}/members`, { bearer })).status).toBe(404)
    expect((await send('GET', `${authPath('members')}/me`, { bearer: member.access })).status).toBe(404)
    expect((await send('POST', path, { bearer, body: { name: 'members', type: 'auth' } })).status).toBe(409)
    expect((await send('DELETE', `${path}/members?drop=1`, { bearer })).status).toBe(204)
    expect((await send('POST', path, { bearer, body: { name: 'members', type: 'auth' } })).status).toBe(201)
  })

  it('takes rules, shows all five in one form, and changes them one by one', async () => {
    const { send, bearer } = await withAdmin()
    const locked = { list: 'locked', view: 'locked', create: 'locked', update: 'locked', delete: 'locked' }
    expect((await send('GET', `${path}/posts`, { bearer })).body['rules']).toEqual(locked)
    const fields = [
      { name: 'author', type: 'relation', collection: 'customers' },
      { name: 'checked_by', type: 'relation', collection: 'users', hidden: true },
    ]
    const rules = {
      list: 'public',
      view: ['public'],
      create: { authenticated: 'customers' },
      update: { any_of: [{ owner: 'author' }, [{ owner: 'checked_by' }, { permission: 'notes:moderate' }]] },
      delete: { owner: 'checked_by' },
    }
    const made = await send('POST', path, { bearer, body: { name: 'notes', type: 'base', fields, rules } })
    expect([made.status, made.body['rules']]).toEqual([
      201,
      {
        list: 'public',
        view: 'public',
        create: { authenticated: ['customers'] },
        // A hidden field stays so.
        update: { any_of: [{ owner: 'author' }, { owner: null }, 'notes:moderate'] },
        delete: { owner: null },
      },
    ])
    expect(made.text).not.toContain('checked_by')

    const changed = await send('PATCH', `${path}/notes`, {
      bearer,
      body: { rules: { list: null, view: 'authenticated' } },
    })
    expect([changed.status, changed.body['version'], changed.body['rules']]).toEqual([
      200,
      2,
      { ...Object(made.body['rules']), list: 'locked', view: 'authenticated' },
    ])
    expect((await send('GET', `${path}/notes`, { bearer })).body['rules']).toEqual(changed.body['rules'])

    const wrong = { view: 'self', update: { any_of: [{ owner: 'title' }] }, delete: { authenticated: 'notes' } }
    for (const [method, place, more] of [
      ['POST', path, { name: 'others', type: 'base', fields }],
      ['PATCH', `${path}/notes`, {}],
      ['POST', `${path}/notes/migrate?dry_run=1`, {}],
    ] as const) {
      const refused = await send(method, place, { bearer, body: { ...more, rules: wrong } })
      expect([refused.status, refused.code]).toEqual([422, 'invalid_request'])
      expect(Object(refused.body['errors']).map((issue: { path: string }) => issue.path)).toEqual([
        'rules.view',
        'rules.update.any_of.0.owner',
      ])
      const unfit = await send(method, place, { bearer, body: { ...more, rules: { delete: wrong.delete } } })
      expect([unfit.status, Object(unfit.body['errors'])[0]?.path]).toEqual([422, 'rules.delete'])
      const unknown = await send(method, place, { bearer, body: { ...more, rules: { read: 'public' } } })
      expect([unknown.status, unknown.code]).toEqual([422, 'unknown_field'])
    }
    expect((await send('PATCH', `${path}/posts`, { bearer, body: { rules: { list: 'public' } } })).code).toBe(
      'protected',
    )
  })

  it('limits how often anybody may try', async () => {
    const { send, bearer } = await withAdmin({}, { rateLimits: 'on' })
    const attempts = Array.from({ length: 31 }, () => send('POST', path, { bearer, body: {} }))
    const statuses = (await Promise.all(attempts)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 422)).toHaveLength(30)
    expect(statuses.filter((status) => status === 429)).toHaveLength(1)
  })

  it('answers 503 without a word of the cause when the database is kept from it', async () => {
    const { send, bearer, storage, log } = await withAdmin()
    const { CardeaError } = await import('cardea')
    Object.assign(storage, {
      migrate: () => Promise.reject(new CardeaError('unavailable', 'another migration', { retryAfterSeconds: 1 })),
    })
    const refused = await send('POST', path, { bearer, body: { name: 'members', type: 'auth' } })
    expect([refused.status, refused.code, refused.headers.get('retry-after')]).toEqual([503, 'unavailable', '1'])
    expect(refused.text).not.toContain('migration')
    expect(JSON.stringify(log)).toContain('A request was put off')
    expect((await send('GET', `${path}/members`, { bearer })).status).toBe(404)
    expect((await send('POST', `${authPath('members')}/register`, { body: {} })).status).toBe(404)
  })
})
