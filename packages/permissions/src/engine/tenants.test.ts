import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import type { Grant } from '../roles/grant.js'
import { compilePolicy } from './compile-policy.js'
import type { Assignment, RoleSnapshot } from './policy-snapshot.js'

const allow = (permission: string): Grant => ({ permission, effect: 'allow', condition: null, fields: null })
const role = (id: string, tenant: string, grants: readonly Grant[], parents: readonly string[] = []): RoleSnapshot => ({
  id,
  label: id,
  bypass: id.startsWith('admin'),
  parents,
  grants,
  tenant,
})

const policy = compilePolicy({
  permissions: ['content:read', 'content:update', 'users:read', 'billing:read'],
  roles: [
    role('reader', '', [allow('content:read')]),
    role('acme-editor', 'acme', [allow('content:update')], ['reader']),
    role('acme-lead', 'acme', [allow('users:read')], ['acme-editor']),
    role('owner', '', [allow('*'), { ...allow('billing:*'), effect: 'deny' }]),
    role('admin', '', [allow('users:read')]),
    role('admin-acme', 'acme', [allow('users:read')]),
  ],
})

const held = (tenant: string | undefined, ...assignments: readonly (Assignment | string)[]) =>
  policy.subject({
    id: 'ann',
    assignments: assignments.map((one) => (typeof one === 'string' ? { roleId: one, expiresAt: null } : one)),
    now: 0,
    ...(tenant === undefined ? {} : { tenant }),
  })

describe('a subject of a tenant', () => {
  const inAcme = { roleId: 'reader', expiresAt: null, tenant: 'acme' }

  it('has what is assigned in it and everywhere, and nothing of another tenant', () => {
    expect(held('acme', inAcme).list()).toEqual(['content:read'])
    expect(held('globex', inAcme).list()).toEqual([])
    expect(held(undefined, inAcme).list()).toEqual([])
    expect(held('', inAcme).list()).toEqual([])
    expect(held('globex', 'reader').list()).toEqual(['content:read'])
    expect(held('acme', inAcme).tenant).toBe('acme')
    expect(held(undefined).tenant).toBe('')
  })

  it('has the roles of its tenant with what they inherit, also from global ones', () => {
    expect(held('acme', { roleId: 'acme-lead', expiresAt: null, tenant: 'acme' }).list()).toEqual([
      'content:read',
      'content:update',
      'users:read',
    ])
  })

  it('leaves the role of a tenant in its tenant, wherever it is assigned', () => {
    for (const tenant of ['', 'globex', 'acme']) {
      const assignment = { roleId: 'acme-editor', expiresAt: null, tenant }
      expect(held('globex', assignment).list()).toEqual([])
      expect(held(undefined, assignment).list()).toEqual([])
    }
    expect(held('acme', { roleId: 'acme-editor', expiresAt: null }).can('content:update')).toBe(true)
  })

  it('is denied what the owner of a tenant is: that is no bypass', () => {
    const owner = held('acme', { roleId: 'owner', expiresAt: null, tenant: 'acme' })
    expect(owner.bypass).toBe(false)
    expect(owner.list()).toEqual(['content:read', 'content:update', 'users:read'])
  })

  it.each([
    ['in a tenant', { roleId: 'admin', expiresAt: null, tenant: 'acme' }],
    ['for an object', { roleId: 'admin', expiresAt: null, resourceType: 'users', resourceId: '7' }],
    ['as a role of a tenant', { roleId: 'admin-acme', expiresAt: null }],
  ])('bypasses nothing by a role with bypass that is held %s: its grants alone count', (_, assignment) => {
    const subject = held('acme', assignment)
    expect(subject.bypass).toBe(false)
    expect(subject.can('content:read')).toBe(false)
    expect(subject.can('users:read', { id: '7' })).toBe(true)
    // Who goes by the name of a role must not take it for the bypass.
    expect(subject.roles.some(({ id }) => id === 'admin')).toBe(false)
  })

  it('bypasses everything by a role with bypass that is held everywhere', () => {
    const subject = held('acme', 'admin', { roleId: 'owner', expiresAt: null, tenant: 'acme' })
    expect(subject.bypass).toBe(true)
    expect(subject.can('billing:read')).toBe(true)
  })

  it('ends with the first assignment that counts in it', () => {
    const subject = held(
      'acme',
      { roleId: 'reader', expiresAt: 20, tenant: 'acme' },
      { roleId: 'reader', expiresAt: 10, tenant: 'globex' },
    )
    expect(subject.validUntil).toBe(20)
  })
})

describe('inheritance between tenants', () => {
  const compile = (...roles: readonly RoleSnapshot[]): string | undefined => {
    try {
      compilePolicy({ permissions: ['content:read'], roles })
      return undefined
    } catch (error) {
      return isCardeaError(error) ? error.code : String(error)
    }
  }

  it('runs from a tenant to global roles and within it, never otherwise', () => {
    const global = role('global', '', [])
    const acme = role('acme', 'acme', [])
    expect(compile(global, role('r', 'acme', [], ['global']))).toBeUndefined()
    expect(compile(acme, role('r', 'acme', [], ['acme']))).toBeUndefined()
    expect(compile(acme, role('r', '', [], ['acme']))).toBe('configuration_invalid')
    expect(compile(acme, role('r', 'globex', [], ['acme']))).toBe('configuration_invalid')
    // A tenant that is no text, as from a driver, is not taken for a global role.
    expect(compile({ ...global, tenant: null as unknown as string })).toBe('configuration_invalid')
  })
})
