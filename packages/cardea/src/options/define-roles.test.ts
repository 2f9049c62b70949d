import { definePermissions } from '@cardea/permissions'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { createTestLogger, jane, secret } from '../testing.fixture.js'
import { defineRoles } from './define-roles.js'

const permissions = definePermissions({ posts: ['read', 'pin'] })

describe('defineRoles', () => {
  it("knows what Cardea's own routes ask for, and gives it", async () => {
    const roles = defineRoles(permissions, { clerk: { permissions: ['posts:read', 'users:read', 'sessions:*'] } })
    const auth = createCardea({
      storage: createMemoryStorage(),
      secret,
      environment: 'test',
      permissions,
      roles,
      logger: createTestLogger(),
    })
    await auth.migrate()
    await auth.ready()
    const { id } = await auth.users.create(jane)
    await auth.permissions.assign(id, 'clerk')
    const held = (await auth.permissions.subject(id)).list()
    expect([...held].sort()).toEqual(['posts:read', 'sessions:admin', 'sessions:delete', 'sessions:read', 'users:read'])
    await auth.close()
  })

  it('still refuses what nobody declares', () => {
    const roles = { clerk: { permissions: JSON.parse('["users:raed"]') } }
    expect(() => defineRoles(permissions, roles)).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
  })
})
