import { defineCollection, relation, text } from '@cardea/collections'
import { definePermissions, own } from '@cardea/permissions'
import { mergePermissions, mergeRoles } from '@cardea/permissions/declare'
import { createMemoryStorage } from '@cardea/storage/memory'
import { afterEach, describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { cmsPreset } from '../presets/cms.js'
import { cheapHashing, createTestLogger, jane, secret } from '../testing.fixture.js'
import { defineRoles } from './define-roles.js'

const permissions = definePermissions({ posts: ['read', 'pin'] })
const customers = defineCollection('customers', { type: 'auth', fields: {} })
const notes = defineCollection('notes', {
  type: 'base',
  fields: { title: text(), author: relation('customers', { optional: true }) },
})
const moderation = definePermissions({ notes: ['moderate'] })

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** An app that has started, and what somebody with a role may do there. */
async function started(create: (options: ReturnType<typeof common>) => Pick<App, 'close' | 'migrate' | 'ready'>) {
  const options = common()
  const auth = create(options)
  closing.push(() => auth.close())
  await auth.migrate()
  await auth.ready()
  return options.logger.lines.join('\n')
}
type App = ReturnType<typeof createCardea>

const common = () => ({
  storage: createMemoryStorage(),
  secret,
  environment: 'test' as const,
  logger: createTestLogger(),
  passwords: cheapHashing,
})

async function heldWith(auth: Pick<App, 'users' | 'permissions'>, role: string): Promise<readonly string[]> {
  const { id } = await auth.users.create(jane)
  await auth.permissions.assign(id, role)
  return [...(await auth.permissions.subject(id)).list()].sort()
}

describe('defineRoles', () => {
  it("knows what Cardea's own routes ask for, and gives it", async () => {
    const roles = defineRoles(permissions, { clerk: { permissions: ['posts:read', 'users:read', 'sessions:*'] } })
    const auth = createCardea({ ...common(), permissions, roles })
    await started(() => auth)
    const held = ['posts:read', 'sessions:admin', 'sessions:delete', 'sessions:read', 'users:read']
    expect(await heldWith(auth, 'clerk')).toEqual(held)
  })

  it('still refuses what nobody declares', () => {
    const roles = { clerk: { permissions: JSON.parse('["users:raed"]') } }
    expect(() => defineRoles(permissions, roles)).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
  })

  it('gives what the collections bring that it is told of: one by one, by wildcard, under a condition', async () => {
    const roles = defineRoles(
      moderation,
      {
        reader: { permissions: ['notes:read'] },
        writer: {
          inherits: ['reader'],
          permissions: ['customers:*', 'notes:create', { permission: 'notes:update', when: own('author') }],
        },
        editor: { permissions: ['notes:*', 'customers:read'], deny: ['notes:delete'] },
      },
      { collections: [notes, customers] },
    )
    const auth = createCardea({ ...common(), permissions: moderation, roles, collections: [customers, notes] })
    await started(() => auth)
    expect(await heldWith(auth, 'editor')).toEqual([
      'customers:read',
      'notes:create',
      'notes:moderate',
      'notes:read',
      'notes:update',
    ])
    const { id } = await auth.users.create({ ...jane, email: 'writer@example.com', username: 'writer' })
    await auth.permissions.assign(id, 'writer')
    const writer = await auth.permissions.subject(id)
    expect(writer.list()).toEqual(
      expect.arrayContaining(['notes:read', 'notes:create', 'customers:create', 'customers:delete']),
    )
    expect(writer.check('notes:update')).toBe('conditional')
    expect(writer.can('notes:update', { author: id })).toBe(true)
    expect(writer.can('notes:update', { author: 'somebody' })).toBe(false)
  })

  it('refuses collections that it is not told of, and operations that they do not bring', () => {
    for (const named of ['customers:read', 'customers:*', 'notes:publish', '*:publish']) {
      const roles = { clerk: { permissions: JSON.parse(JSON.stringify([named])) } }
      expect(() => defineRoles(moderation, roles, { collections: [notes] })).toThrow(
        `"clerk.permissions.0" names ${named}, which is not a declared permission`,
      )
    }
  })

  it.each(['notes:read', 'notes:*'] as const)('is held to it by the instance: %s takes the collection', (named) => {
    const roles = defineRoles(permissions, { clerk: { deny: [named] } }, { collections: [notes] })
    const told = `roles: "clerk" names ${named}, which neither the permissions nor the collections declare`
    expect(() => createCardea({ ...common(), permissions, roles, collections: [customers] })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: told }),
    )
    const auth = createCardea({ ...common(), permissions, roles, collections: [customers, notes] })
    closing.push(() => auth.close())
  })

  it('adds roles to those of a preset', async () => {
    const roles = mergeRoles(
      cmsPreset.roles,
      defineRoles(
        cmsPreset.permissions,
        { clerk: { permissions: ['notes:*', 'media:read'] } },
        { collections: [notes] },
      ),
    )
    const auth = createCardea({ ...common(), ...cmsPreset, roles, collections: [customers, notes] })
    await started(() => auth)
    const held = await heldWith(auth, 'clerk')
    // A new user is a viewer, too.
    expect(held).toEqual(expect.arrayContaining(['notes:delete', 'media:read', 'routes:read']))
    expect(held).not.toContain('media:update')
  })

  it('adds permissions to those of a preset', async () => {
    const both = mergePermissions(cmsPreset.permissions, definePermissions({ shipping: ['read', 'book'] }))
    const roles = mergeRoles(
      cmsPreset.roles,
      defineRoles(both, { clerk: { permissions: ['shipping:*', 'media:read'] } }),
    )
    const auth = createCardea({ ...common(), ...cmsPreset, permissions: both, roles })
    await started(() => auth)
    expect(await heldWith(auth, 'clerk')).toEqual(
      expect.arrayContaining(['shipping:book', 'media:read', 'routes:read']),
    )
  })
})

describe('permissions of the app and of a collection that have one resource', () => {
  const collections = [customers, notes] as const

  it('are no mistake where the operations are others', async () => {
    const told = await started((options) => createCardea({ ...options, collections, permissions: moderation }))
    expect(told).not.toContain('brings permissions')
  })

  it('are told of where they are the same, with the way out, which ends it', async () => {
    const both = definePermissions({ notes: ['read', 'moderate', 'update'] })
    const roles = defineRoles(both, { clerk: { permissions: ['notes:read'] } })
    const told = await started((options) => createCardea({ ...options, collections, permissions: both, roles }))
    expect(told).toContain('The collection notes brings permissions that the app declares as well')
    expect(told).toContain('notes:read, notes:update. If')
    expect(told).toContain('defineRoles(permissions, roles, { collections: [notes] })')
    const apart = defineRoles(moderation, { clerk: { permissions: ['notes:read'] } }, { collections: [notes] })
    const mended = await started((options) =>
      createCardea({ ...options, collections, permissions: moderation, roles: apart }),
    )
    expect(mended).not.toContain('brings permissions')
  })

  it('are told of with those of a preset', async () => {
    const media = defineCollection('media', { type: 'base', fields: { title: text() } })
    const told = await started((options) => createCardea({ ...options, ...cmsPreset, collections: [media] }))
    expect(told).toContain('media:read, media:create, media:update, media:delete. If')
  })
})
