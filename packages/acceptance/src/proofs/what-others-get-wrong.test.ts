import { eq } from '@cardea/core'
import { rolePermissions } from '@cardea/storage'
import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofApp, expecting, type ProofApp, password } from './app.js'
import { type CountedStorage, proofStorages } from './storages.js'

const api = '/api/v1'
/** A route that takes `collections:read`, which no viewer has. */
const guarded = `${api}/collections`

describe.each(firstWhereQuick(proofStorages))('permissions on $name', ({ open }) => {
  let opened: CountedStorage
  let app: ProofApp

  beforeAll(async () => {
    opened = await open()
    app = await createProofApp(opened.storage)
  })

  afterAll(async () => {
    await app.close()
    await opened.drop()
  })

  /** Registers somebody, a viewer. */
  async function register(username: string, name = username) {
    const body = { email: `${username}@example.com`, username, name, password }
    const { body: answer } = await expecting(201, app.send('POST', `${api}/auth/register`, { body }))
    return { id: String(answer['user_id']), bearer: String(answer['access_token']) }
  }

  const statusFor = async (bearer: string): Promise<number> => (await app.send('GET', guarded, { bearer })).status

  it('counts what the hundred and first role of a user gives', async () => {
    const { permissions } = app.auth
    const { id, bearer } = await register('holder')
    for (let number = 0; number < 100; number += 1) {
      await permissions.roles.create({ label: `role ${number}` })
      await permissions.assign(id, `role ${number}`)
    }
    expect(await statusFor(bearer)).toBe(403)
    await permissions.roles.create({ label: 'role 100' })
    await permissions.grants.add('role 100', 'collections:read')
    await permissions.assign(id, 'role 100')
    expect(await statusFor(bearer)).toBe(200)
    const { body } = await app.send('GET', `${api}/auth/me`, { bearer })
    expect(body['roles']).toHaveLength(102)
  })

  it('gives a user that is called like a role nothing of it', async () => {
    const { permissions } = app.auth
    for (const label of ['admin', 'editor']) {
      const role = await permissions.roles.find(label)
      for (const username of [label, `${label}_2`]) {
        const { bearer } = await register(username, role?.id ?? '')
        const { body } = await app.send('GET', `${api}/auth/me`, { bearer })
        expect([username, body['role'], body['roles']]).toEqual([username, 'viewer', ['viewer']])
        expect(await statusFor(bearer)).toBe(403)
      }
    }
    // Nor has a role that is called as a user is anything to do with it.
    const { id, bearer } = await register('reader')
    await permissions.roles.create({ label: 'reader' })
    await permissions.grants.add('reader', 'collections:read')
    expect((await permissions.subject(id)).roles.map(({ label }) => label)).toEqual(['viewer'])
    expect(await statusFor(bearer)).toBe(403)
  })

  it('makes no permission of a name that means something to an object', async () => {
    const { permissions } = app.auth
    const { id, bearer } = await register('prototype')
    await permissions.assign(id, 'admin')
    for (const resource of ['__proto__', 'constructor', 'prototype']) {
      const body = { label: `${resource}:read` }
      const { status, body: answer } = await app.send('POST', `${api}/permissions`, { bearer, body })
      expect([resource, status, answer['code']]).toEqual([resource, 422, 'invalid_request'])
      const role = { label: resource }
      // A role may be called anything. It is nothing but its label.
      expect((await app.send('POST', `${api}/roles`, { bearer, body: role })).status).toBe(201)
      const grant = { role: resource, permission: `${resource}:*` }
      const refused = await app.send('POST', `${api}/role-permissions`, { bearer, body: grant })
      expect([resource, refused.status, refused.body['code']]).toEqual([resource, 422, 'invalid_request'])
    }
    const plain = await register('plain')
    for (const label of ['__proto__', 'constructor', 'prototype', 'toString']) {
      const subject = await permissions.subject(plain.id)
      expect([label, subject.canUnchecked(label), subject.canUnchecked(`${label}:read`)]).toEqual([label, false, false])
    }
    expect(Object.hasOwn(Object.prototype, 'read')).toBe(false)
  })

  it('lets nobody in while a grant in the database cannot be understood, and says so in the log', async () => {
    const { permissions } = app.auth
    const { id, bearer } = await register('denied')
    const other = await register('bystander')
    await permissions.roles.create({ label: 'denied' })
    await permissions.grants.add('denied', '*', { effect: 'deny' })
    await permissions.assign(id, 'denied')
    expect((await app.send('GET', `${api}/media`, { bearer: other.bearer })).status).toBe(404)
    expect((await permissions.subject(id)).can('media:read')).toBe(false)
    for (const broken of [{ effect: 'Deny' }, { condition: { op: 'neither' } }, { fields: ['__proto__', 7] }]) {
      // As somebody would who edits the table by hand.
      const deny = eq('effect', 'deny')
      const [before] = await opened.storage.find(rolePermissions, { where: deny, limit: 1 })
      if (before === undefined) throw new Error('there is no denial')
      await opened.storage.update(rolePermissions, { where: eq('id', before.id), set: broken as object })
      // A node that starts now, and so reads all.
      const node = await createProofApp(opened.storage)
      for (const each of [bearer, other.bearer]) {
        const { status, body } = await node.send('GET', guarded, { bearer: each })
        expect([broken, status, body['code']]).toEqual([broken, 500, 'internal_error'])
      }
      const errors = node.logs.filter(({ level }) => level === 'error').map(({ message }) => message)
      expect(errors.some((message) => message.includes('the stored policy cannot be used'))).toBe(true)
      const { effect, condition, fields } = before
      await opened.storage.update(rolePermissions, { where: eq('id', before.id), set: { effect, condition, fields } })
      expect((await node.send('GET', guarded, { bearer })).status).toBe(403)
    }
  })
})
