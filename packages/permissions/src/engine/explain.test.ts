import { eq } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { own } from '../condition/own.js'
import { defineRoles } from '../roles/define-roles.js'
import { compilePolicy } from './compile-policy.js'
import { declaredPolicy } from './declared-policy.js'
import type { Assignment } from './policy-snapshot.js'

const catalogue = definePermissions({ content: ['read', 'update', 'publish'], users: ['read', 'update'] })
const roles = defineRoles(
  catalogue,
  {
    viewer: { permissions: ['*:read'] },
    author: { inherits: ['viewer'], permissions: [{ permission: 'content:update', when: own('author_id') }] },
    editor: { inherits: ['author'], permissions: ['content:publish'] },
    clerk: { permissions: [{ permission: 'users:update', fields: ['name'] }] },
    frozen: { deny: [{ permission: 'content:*', when: eq('locked', true) }] },
    suspended: { deny: ['content:*'] },
    payer: { permissions: ['users:update'] },
    admin: { bypass: true },
  },
  { separationOfDuty: [{ name: 'apart', roles: ['payer', 'clerk'], fewerThan: 2, kind: 'dynamic' }] },
)
const policy = compilePolicy(declaredPolicy(catalogue, roles))
const held = (...assignments: readonly (Assignment | string)[]) =>
  policy.subject({
    id: 'ann',
    assignments: assignments.map((one) => (typeof one === 'string' ? { roleId: one, expiresAt: null } : one)),
    now: 100,
    tenant: 'acme',
  })

const mine = { author_id: 'ann' }

describe('explain', () => {
  it('names the role that is held, the one that has the grant, and the way between them', () => {
    expect(held('editor').explain('content:read')).toEqual({
      allowed: true,
      decision: 'allowed',
      bypass: false,
      because: [
        {
          role: 'editor',
          inheritedFrom: 'viewer',
          path: ['editor', 'author', 'viewer'],
          scope: null,
          grant: '*:read',
          effect: 'allow',
          condition: null,
          fields: null,
          result: 'holds',
        },
      ],
      missing: [],
    })
    expect(held('editor').explain('content:publish').because[0]?.inheritedFrom).toBeNull()
  })

  it('shows the condition as it was written, and why it failed', () => {
    const explain = (object?: object) => held('author').explain('content:update', object)
    expect(explain(mine).because[0]).toMatchObject({ condition: own('author_id'), result: 'holds' })
    expect(explain({ author_id: 'ben' })).toMatchObject({
      decision: 'denied',
      because: [{ role: 'author', result: 'fails' }],
      missing: ['The role "author" grants content:update for other objects only.'],
    })
    expect(explain({})).toMatchObject({
      because: [{ result: 'unknown' }],
      missing: ['The role "author" grants content:update for some objects, and the object has no value for author_id.'],
    })
    expect(explain()).toMatchObject({
      decision: 'conditional',
      because: [{ result: 'depends' }],
      missing: ['Whether content:update is allowed depends on the object, which the question does not name.'],
    })
  })

  it('tells of fields', () => {
    expect(held('clerk').explain('users:update', {}, 'role').missing).toEqual([
      'The role "clerk" grants users:update for other fields only.',
    ])
    expect(held('clerk').explain('users:update', {}).missing).toEqual([
      'Whether users:update is allowed depends on the field, which the question does not name.',
    ])
    expect(held('clerk').explain('users:update', {}, 'name').because[0]).toMatchObject({
      fields: ['name'],
      result: 'holds',
    })
  })

  it('tells who denies it', () => {
    expect(held('editor', 'suspended').explain('content:publish')).toMatchObject({
      decision: 'denied',
      because: [
        { effect: 'allow', result: 'holds' },
        { role: 'suspended', effect: 'deny', result: 'holds' },
      ],
      missing: ['The role "suspended" denies content:*.'],
    })
    expect(held('editor', 'frozen').explain('content:publish', { locked: null }).missing).toEqual([
      'The role "frozen" denies content:* for some objects, and the object has no value for locked.',
    ])
    expect(held('editor', 'frozen').explain('content:publish', { locked: false })).toMatchObject({
      allowed: true,
      because: [{ result: 'holds' }, { effect: 'deny', result: 'fails' }],
      missing: [],
    })
  })

  it('tells when no role grants it', () => {
    expect(held('viewer').explain('content:publish')).toMatchObject({
      because: [],
      missing: ['No role in force grants content:publish.'],
    })
  })

  it('tells where a role is held, and what would grant it elsewhere, at another time or if it were active', () => {
    const object = { roleId: 'editor', expiresAt: null, tenant: 'acme', resourceType: 'content', resourceId: '7' }
    expect(held(object).explain('content:publish', { id: 7 }).because[0]).toMatchObject({
      scope: { tenant: 'acme', resourceType: 'content', resourceId: '7' },
      result: 'holds',
    })
    expect(held(object).explain('content:publish', { id: 8 }).because[0]?.result).toBe('fails')
    expect(held(object).explain('users:read').because).toEqual([])
    expect(held({ roleId: 'editor', expiresAt: 100 }).explain('content:publish').missing).toEqual([
      'The role "editor" would grant it, but its assignment has expired.',
    ])
    expect(held({ roleId: 'admin', expiresAt: null, tenant: 'globex' }).explain('content:publish').missing).toEqual([
      'The role "admin" would grant it, but only in the tenant "globex".',
    ])
    expect(held('payer', 'clerk').explain('users:update').missing).toEqual([
      'The role "payer" would grant it, but is not in force.',
      'The role "clerk" would grant it, but is not in force.',
    ])
    expect(held('viewer', 'editor').activate(['viewer']).explain('content:publish').missing).toEqual([
      'The role "editor" would grant it, but is not in force.',
    ])
  })

  it('tells of a bypass, which needs no grant and minds no deny', () => {
    expect(held('admin', 'suspended').explain('content:publish')).toMatchObject({
      allowed: true,
      bypass: true,
      because: [{ role: 'admin', grant: '*', result: 'holds' }],
    })
  })

  it('tells that the scopes of a credential leave it out', () => {
    const key = held('admin').restrict(['content:read'])
    expect(key.explain('content:publish')).toEqual({
      allowed: false,
      decision: 'denied',
      bypass: false,
      because: [],
      missing: ['The scopes of the credential do not include content:publish.'],
    })
    expect(key.explain('content:read')).toMatchObject({ allowed: true, bypass: false, because: [{ role: 'admin' }] })
    // What its owner has no right to is not the scopes' doing.
    expect(held('viewer').restrict(['content:*']).explain('content:publish').missing).toEqual([
      'No role in force grants content:publish.',
    ])
  })

  it('asks for permissions that exist', () => {
    // @ts-expect-error a typo
    expect(() => held('viewer').explain('content:reed')).toThrow('content:reed')
  })
})

it('explains what comes by a very long inheritance, without all ways that lead nowhere', () => {
  const length = 15_000
  const chain = Array.from({ length }, (_, place) => ({
    id: `r${place}`,
    label: `r${place}`,
    bypass: false,
    parents: place + 1 < length ? [`r${place + 1}`] : [],
    grants:
      place + 1 < length
        ? []
        : [{ permission: 'content:read' as const, effect: 'allow' as const, condition: null, fields: null }],
  }))
  const long = compilePolicy({ permissions: catalogue.permissions, roles: chain })
  const subject = long.subject({ id: 'ann', assignments: [{ roleId: 'r0', expiresAt: null }], now: 1 })
  const [reason, ...more] = subject.explain('content:read').because
  expect(more).toEqual([])
  expect(reason).toMatchObject({ role: 'r0', inheritedFrom: `r${length - 1}`, result: 'holds' })
  expect(reason?.path).toHaveLength(length)
})
