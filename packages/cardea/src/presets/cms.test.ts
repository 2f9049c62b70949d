import {
  administrationPermissions,
  compilePolicy,
  declaredPolicy,
  extensionPermissions,
  mergePermissions,
  sdkPermissions,
} from '@cardea/permissions'
import { describe, expect, it } from 'vitest'
import { cmsPreset } from './cms.js'

const seventyTwo = [
  'content:read',
  'content:create',
  'content:update',
  'content:delete',
  'content:publish',
  'content:admin',
  'datatypes:read',
  'datatypes:create',
  'datatypes:update',
  'datatypes:delete',
  'datatypes:admin',
  'fields:read',
  'fields:create',
  'fields:update',
  'fields:delete',
  'fields:admin',
  'media:read',
  'media:create',
  'media:update',
  'media:delete',
  'media:admin',
  'routes:read',
  'routes:create',
  'routes:update',
  'routes:delete',
  'routes:admin',
  'users:read',
  'users:create',
  'users:update',
  'users:delete',
  'users:admin',
  'roles:read',
  'roles:create',
  'roles:update',
  'roles:delete',
  'roles:admin',
  'permissions:read',
  'permissions:create',
  'permissions:update',
  'permissions:delete',
  'permissions:admin',
  'sessions:read',
  'sessions:delete',
  'sessions:admin',
  'ssh_keys:read',
  'ssh_keys:create',
  'ssh_keys:delete',
  'ssh_keys:admin',
  'config:read',
  'config:update',
  'config:admin',
  'admin_tree:read',
  'admin_tree:create',
  'admin_tree:update',
  'admin_tree:delete',
  'admin_tree:admin',
  'field_types:read',
  'field_types:create',
  'field_types:update',
  'field_types:delete',
  'field_types:admin',
  'admin_field_types:read',
  'admin_field_types:create',
  'admin_field_types:update',
  'admin_field_types:delete',
  'admin_field_types:admin',
  'deploy:read',
  'deploy:create',
  'webhook:create',
  'webhook:read',
  'webhook:update',
  'webhook:delete',
]

const thirtySix = [
  'content:read',
  'content:create',
  'content:update',
  'content:delete',
  'datatypes:read',
  'datatypes:create',
  'datatypes:update',
  'datatypes:delete',
  'fields:read',
  'fields:create',
  'fields:update',
  'fields:delete',
  'media:read',
  'media:create',
  'media:update',
  'media:delete',
  'routes:read',
  'routes:create',
  'routes:update',
  'routes:delete',
  'admin_tree:read',
  'admin_tree:create',
  'admin_tree:update',
  'admin_tree:delete',
  'field_types:read',
  'field_types:create',
  'field_types:update',
  'field_types:delete',
  'admin_field_types:read',
  'admin_field_types:create',
  'admin_field_types:update',
  'admin_field_types:delete',
  'users:read',
  'sessions:read',
  'ssh_keys:read',
  'config:read',
]

const five = ['content:read', 'media:read', 'routes:read', 'field_types:read', 'admin_field_types:read']

const policy = compilePolicy(declaredPolicy(cmsPreset.permissions, cmsPreset.roles))
const holderOf = (role: string) =>
  policy.subject({ id: 'someone', assignments: [{ roleId: role, expiresAt: null }], now: 0 })

describe('cmsPreset', () => {
  it('has exactly the 72 permissions', () => {
    expect(seventyTwo).toHaveLength(72)
    expect([...cmsPreset.permissions.permissions].sort()).toEqual([...seventyTwo].sort())
  })

  it('has the roles admin, editor and viewer, all protected, and makes new users viewers', () => {
    expect(cmsPreset.roles.labels).toEqual(['admin', 'editor', 'viewer'])
    expect(cmsPreset.roles.declarations.map((role) => role.protected)).toEqual([true, true, true])
    expect(cmsPreset.roles.declarations.map((role) => role.bypass)).toEqual([true, false, false])
    expect(cmsPreset.defaultRole).toBe('viewer')
  })

  it('gives editors exactly 36 permissions', () => {
    expect(thirtySix).toHaveLength(36)
    expect([...holderOf('editor').list()].sort()).toEqual([...thirtySix].sort())
  })

  it('gives viewers exactly 5 permissions', () => {
    expect([...holderOf('viewer').list()].sort()).toEqual([...five].sort())
  })

  it('lets admins do everything without a single grant', () => {
    expect(cmsPreset.roles.declarations.find((role) => role.label === 'admin')?.grants).toEqual([])
    expect(holderOf('admin').list()).toHaveLength(72)
    expect(holderOf('admin').bypass).toBe(true)
  })

  it('keeps 72 when the permissions of the own routes are merged in, and adds ten that are apart', () => {
    expect(mergePermissions(cmsPreset.permissions, administrationPermissions).permissions).toHaveLength(72)
    expect(extensionPermissions.permissions.filter((label) => seventyTwo.includes(label))).toEqual([])
    expect(mergePermissions(cmsPreset.permissions, sdkPermissions).permissions).toHaveLength(72 + 10)
  })

  it('gives neither editors nor viewers a permission of the own routes beyond the 72', () => {
    const all = mergePermissions(cmsPreset.permissions, sdkPermissions)
    const whole = compilePolicy(declaredPolicy(all, cmsPreset.roles))
    for (const role of ['editor', 'viewer']) {
      const subject = whole.subject({ id: 'someone', assignments: [{ roleId: role, expiresAt: null }], now: 0 })
      for (const label of extensionPermissions.permissions) expect(subject.can(label)).toBe(false)
    }
  })
})
