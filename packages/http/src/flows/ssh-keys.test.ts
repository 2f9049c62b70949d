import { beforeEach, describe, expect, it } from 'vitest'
import { createApp, type Got } from '../app.fixture.js'

const path = '/api/v1/ssh-keys'
const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'

const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGbbR/KZU6AZUMNQiOMllCJ/uGN6SWSFAAgkr9n1FxOe'
const fingerprint = 'SHA256:ZVzdVY8hTWUVoV9WWCZlDx9ofGJS74i/1XOXOg+JUD4'
const another =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDivNZ/DrYOTYS4+Y2/upJpx/stlvRJYj/JPW7DeEGgtxSsxiE7Kzcku05+AQ4aQdcgJ/HQdW1eXUVCOi2hk0qI='

async function setUp() {
  const app = await createApp()
  const [admin, keeper, viewer] = [await app.signUp(), await app.signUp(), await app.signUp()]
  await app.auth.permissions.assign(admin.id, 'admin')
  await app.auth.permissions.assign(keeper.id, 'keeper')
  const add = (bearer: string, body: object): Promise<Got> => app.send('POST', path, { bearer, body })
  const list = (bearer: string, query = '') => app.send('GET', `${path}${query}`, { bearer })
  const remove = (bearer: string, id: unknown) => app.send('DELETE', `${path}/${String(id)}`, { bearer })
  return { app, admin, keeper, viewer, add, list, remove }
}

let kit: Awaited<ReturnType<typeof setUp>>
beforeEach(async () => {
  kit = await setUp()
})

const codeOf = ({ status, code }: Got) => [status, code]

describe('/ssh-keys', () => {
  it('adds, lists, finds and removes own keys', async () => {
    const { add, app, list, remove, viewer } = kit
    const got = await add(viewer.access, { public_key: `${publicKey} laptop\n` })
    expect(got.status).toBe(201)
    const { id, ...rest } = got.body
    expect(rest).toEqual({
      user_id: viewer.id,
      label: 'laptop',
      type: 'ssh-ed25519',
      fingerprint,
      public_key: publicKey,
      created_at: new Date(app.time.now).toISOString(),
    })
    expect((await list(viewer.access)).list).toEqual([got.body])
    expect(await app.auth.sshKeys.findByFingerprint(fingerprint)).toMatchObject({
      principal: { id: viewer.id, collection: 'users' },
      sshKey: { id },
    })
    await app.auth.users.disable(viewer.id)
    expect(await app.auth.sshKeys.findByFingerprint(fingerprint)).toBeUndefined()
    await app.auth.users.enable(viewer.id)
    const back = await app.send('POST', '/api/v1/auth/login', {
      body: { email: viewer.email, password: 'correct horse battery' },
    })
    const access = String(back.body['access_token'])
    expect((await remove(access, id)).status).toBe(204)
    expect(codeOf(await remove(access, id))).toEqual([404, 'not_found'])
    expect((await list(access)).list).toEqual([])
    expect(await app.auth.sshKeys.findByFingerprint(fingerprint)).toBeUndefined()
  })

  it('adds none to an account that has more in a tenant, nor to one that is denied it for a while', async () => {
    const { add, app, keeper } = kit
    const { permissions } = app.auth
    const [owner, suspended] = [await app.signUp(), await app.signUp()]
    await permissions.roles.create({ label: 'suspended' })
    await permissions.grants.add('suspended', '*', { effect: 'deny' })
    for (const { id } of [owner, suspended]) await permissions.unassign(id, 'viewer')
    await permissions.assign(owner.id, 'editor', { scope: { tenant: 'acme' } })
    await permissions.assign(suspended.id, 'editor')
    await permissions.assign(suspended.id, 'suspended', { expiresAt: app.time.now + 1_000 })
    for (const { id } of [owner, suspended]) {
      const got = await add(keeper.access, { user_id: id, public_key: publicKey })
      expect(codeOf(got)).toEqual([403, 'forbidden'])
    }
  })

  it('lets a key belong to one account', async () => {
    const { add, keeper, viewer } = kit
    expect((await add(viewer.access, { public_key: publicKey, label: 'one' })).status).toBe(201)
    for (const { access } of [viewer, keeper]) {
      expect(codeOf(await add(access, { public_key: `${publicKey} other comment` }))).toEqual([409, 'conflict'])
    }
  })

  it('says what is wrong with a key, and nothing of what it holds', async () => {
    const { add, app, viewer } = kit
    const before = await app.rows()
    const secret = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXkt\n-----END OPENSSH PRIVATE KEY-----'
    for (const text of ['', 'x', `command="sh" ${publicKey}`, publicKey.slice(0, -8), secret]) {
      const got = await add(viewer.access, { public_key: text })
      expect(codeOf(got)).toEqual([422, 'invalid_request'])
      expect(got.body['errors']).toMatchObject([{ path: 'public_key' }])
      expect(got.text).not.toContain('b3BlbnNzaC1rZXkt')
    }
    expect((await add(viewer.access, { public_key: publicKey, label: 'x'.repeat(201) })).status).toBe(422)
    expect((await add(viewer.access, { public_key: 7 })).status).toBe(422)
    expect((await add(viewer.access, { public_key: publicKey, type: 'ssh-rsa' })).code).toBe('unknown_field')
    expect(await app.rows()).toBe(before)
  })

  it('knows nothing of the keys of others, without a permission', async () => {
    const { add, admin, app, keeper, list, remove, viewer } = kit
    const { body } = await add(admin.access, { public_key: publicKey })
    const before = await app.rows()
    expect(codeOf(await list(viewer.access, `?user_id=${admin.id}`))).toEqual([403, 'forbidden'])
    expect(codeOf(await list(viewer.access, `?user_id=${unknownId}`))).toEqual([403, 'forbidden'])
    for (const id of [body['id'], unknownId, 'x']) {
      expect(codeOf(await remove(viewer.access, id))).toEqual([404, 'not_found'])
    }
    expect(codeOf(await add(viewer.access, { public_key: another, user_id: keeper.id }))).toEqual([403, 'forbidden'])
    expect(await app.rows()).toBe(before)
    expect((await list(keeper.access, `?user_id=${admin.id}`)).list).toHaveLength(1)
    expect(codeOf(await list(keeper.access, `?user_id=${unknownId}`))).toEqual([404, 'not_found'])
    const customer = await app.signUp('customers')
    expect(codeOf(await list(keeper.access, `?user_id=${customer.id}`))).toEqual([404, 'not_found'])
    expect((await remove(keeper.access, body['id'])).status).toBe(204)
  })

  it('adds a key to nobody who may more: it would sign in as them', async () => {
    const { add, admin, app, keeper, viewer } = kit
    expect(codeOf(await add(keeper.access, { public_key: publicKey, user_id: admin.id }))).toEqual([403, 'forbidden'])
    await app.auth.permissions.assign(viewer.id, 'editor')
    expect(codeOf(await add(keeper.access, { public_key: publicKey, user_id: viewer.id }))).toEqual([403, 'forbidden'])
    await app.auth.permissions.unassign(viewer.id, 'editor')
    const got = await add(keeper.access, { public_key: publicKey, user_id: viewer.id })
    expect(got.body['user_id']).toBe(viewer.id)
    expect((await add(admin.access, { public_key: another, user_id: keeper.id })).status).toBe(201)
  })

  it('takes no key from an API key, through code neither', async () => {
    const { app, admin } = kit
    const { key } = await app.auth.apiKeys.create({ principalId: admin.id })
    const found = await app.auth.verify({ bearerToken: key })
    if (!found.authenticated) throw new Error(found.code)
    const adding = app.auth.sshKeys.add({ principalId: admin.id, publicKey }, found.authentication)
    await expect(adding).rejects.toMatchObject({ code: 'forbidden' })
  })
})
