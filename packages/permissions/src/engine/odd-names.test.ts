import { eq } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { own } from '../condition/own.js'
import type { Grant } from '../roles/grant.js'
import { compilePolicy } from './compile-policy.js'
import type { Assignment, RoleSnapshot } from './policy-snapshot.js'
import { subjectFromSnapshot } from './subject-from-snapshot.js'

const allow = (permission: string, condition: Grant['condition'] = null): Grant => ({
  permission,
  effect: 'allow',
  condition,
  fields: null,
})
const role = (id: string, grants: readonly Grant[] = [], parents: readonly string[] = []): RoleSnapshot => ({
  id,
  label: id,
  bypass: false,
  parents,
  grants,
})
const held = (...ids: readonly string[]): readonly Assignment[] => ids.map((roleId) => ({ roleId, expiresAt: null }))

describe('names that mean something elsewhere', () => {
  const names = ['__proto__', 'constructor', 'toString', 'a,b', 'a', 'b', 'a$$b', 'ann', '*', 'é', 'e\u0301']
  const policy = compilePolicy({
    permissions: ['content:read', 'content:update'],
    roles: names.map((name) => role(name, name === 'a,b' ? [allow('content:read')] : [])),
  })
  const subject = (...ids: readonly string[]) => policy.subject({ id: 'ann', assignments: held(...ids), now: 0 })

  it('are roles like any other, and none of another', () => {
    for (const name of names) {
      expect(subject(name).roles).toEqual([{ id: name, label: name }])
      expect(subject(name).can('content:read')).toBe(name === 'a,b')
      expect(policy.closureOf(name)).toEqual([name])
    }
    expect(subject('hasOwnProperty').roles).toEqual([])
    expect(subject('a', 'b').can('content:read')).toBe(false)
    // A principal of a role's name does not hold it.
    expect(policy.subject({ id: 'a,b', assignments: [], now: 0 }).can('content:read')).toBe(false)
    expect(subject(...names).activate(['a']).roles).toEqual([{ id: 'a', label: 'a' }])
  })

  it('are fields, attributes and tenants like any other', () => {
    const odd = compilePolicy({
      permissions: ['content:read'],
      roles: [
        role('r', [
          allow('content:read', eq('__proto__', { ref: 'principal.__proto__' })),
          allow('content:read', own('constructor')),
        ]),
      ],
    })
    const attributes = JSON.parse('{"__proto__": "x"}')
    const me = odd.subject({
      id: 'ann',
      assignments: [{ roleId: 'r', expiresAt: null, tenant: '__proto__' }],
      now: 0,
      tenant: '__proto__',
      principal: attributes,
    })
    const restored = subjectFromSnapshot(JSON.parse(JSON.stringify(me.snapshot())))
    for (const one of [me, restored]) {
      expect(one.can('content:read', JSON.parse('{"__proto__": "x"}'))).toBe(true)
      expect(one.can('content:read', JSON.parse('{"__proto__": "y"}'))).toBe(false)
      expect(one.can('content:read', { constructor: 'ann' })).toBe(true)
      expect(one.can('content:read', {})).toBe(false)
    }
    expect(odd.subject({ id: 'ann', assignments: held('r'), now: 0, principal: {} }).filter('content:read')).toEqual(
      eq('constructor', 'ann'),
    )
  })

  it('are no resources', () => {
    for (const resource of ['__proto__', 'constructor', 'prototype']) {
      expect(() => compilePolicy({ permissions: [`${resource}:read`], roles: [] })).toThrow('resource:operation')
    }
  })
})

describe('a large policy', () => {
  it('counts the hundred-and-first role, two hundred roles deep', () => {
    const chain = Array.from({ length: 200 }, (_, n) =>
      role(`deep${n}`, n === 0 ? [allow('content:read')] : [], n === 0 ? [] : [`deep${n - 1}`]),
    )
    const wide = Array.from({ length: 101 }, (_, n) => role(`wide${n}`, [], n === 100 ? ['deep199'] : []))
    const policy = compilePolicy({ permissions: ['content:read'], roles: [...chain, ...wide] })
    const me = policy.subject({ id: 'ann', assignments: held(...wide.map(({ id }) => id)), now: 0 })
    expect(me.can('content:read')).toBe(true)
    expect(me.explain('content:read').because[0]?.path).toHaveLength(201)
    expect(
      policy.subject({ id: 'ann', assignments: held(...wide.slice(0, 100).map(({ id }) => id)), now: 0 }).list(),
    ).toEqual([])
  })
})

describe('a compiled policy', () => {
  it('does not change with the data that it was made of', () => {
    const grants: Grant[] = [allow('content:read')]
    const parents: string[] = []
    const permissions = ['content:read', 'content:update']
    const roles: RoleSnapshot[] = [role('r', grants, parents), role('other', [allow('content:update')])]
    const policy = compilePolicy({ permissions, roles })
    grants.push(allow('content:update'))
    parents.push('other')
    roles.push(role('late', [allow('*')]))
    permissions.push('content:late')
    const me = policy.subject({ id: 'ann', assignments: held('r', 'late'), now: 0 })
    expect(me.list()).toEqual(['content:read'])
    expect(policy.permissions).toEqual(['content:read', 'content:update'])
    expect(policy.closureOf('r')).toEqual(['r'])
    expect(Object.isFrozen(policy)).toBe(true)
    expect(Object.isFrozen(policy.permissions)).toBe(true)
  })
})
