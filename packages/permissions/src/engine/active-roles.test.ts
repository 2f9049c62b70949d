import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { defineRoles } from '../roles/define-roles.js'
import { compilePolicy } from './compile-policy.js'
import { declaredPolicy } from './declared-policy.js'

const catalogue = definePermissions({ payments: ['create', 'approve', 'read'], users: ['read'] })
const roles = defineRoles(
  catalogue,
  {
    payer: { permissions: ['payments:create'] },
    approver: { permissions: ['payments:approve'] },
    chief: { inherits: ['approver'], permissions: ['users:read'] },
    reader: { permissions: ['payments:read'] },
    suspended: { deny: ['payments:read'] },
    admin: { bypass: true },
  },
  { separationOfDuty: [{ name: 'four eyes', roles: ['payer', 'approver'], fewerThan: 2, kind: 'dynamic' }] },
)
const policy = compilePolicy(declaredPolicy(catalogue, roles))

const held = (labels: readonly string[], activeRoles?: readonly string[]) =>
  policy.subject({
    id: 'ann',
    assignments: labels.map((roleId) => ({ roleId, expiresAt: null })),
    now: 0,
    ...(activeRoles === undefined ? {} : { activeRoles }),
  })
const errorOf = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('active roles', () => {
  it('alone are in force, of those that are held', () => {
    const subject = held(['payer', 'reader'], ['reader'])
    expect(subject.list()).toEqual(['payments:read'])
    expect(subject.roles).toEqual([{ id: 'reader', label: 'reader' }])
    expect(held(['payer', 'reader'], []).list()).toEqual([])
    expect(held(['payer'], ['reader', 'admin', 'gone']).list()).toEqual([])
    expect(held(['admin', 'reader'], ['reader']).bypass).toBe(false)
  })

  it('leave in place what the other roles deny: nobody gets more by leaving one out', () => {
    expect(held(['reader', 'suspended'], ['reader']).can('payments:read')).toBe(false)
    expect(held(['reader', 'suspended']).activate(['reader']).activate(['reader']).can('payments:read')).toBe(false)
  })

  it('leave in place what another role denies for one object', () => {
    const subject = policy.subject({
      id: 'ann',
      assignments: [
        { roleId: 'reader', expiresAt: null },
        { roleId: 'suspended', expiresAt: null, resourceType: 'payments', resourceId: '7' },
        { roleId: 'payer', expiresAt: null, resourceType: 'payments', resourceId: '7' },
      ],
      now: 0,
      activeRoles: ['reader'],
    })
    expect(subject.can('payments:read', { id: '7' })).toBe(false)
    expect(subject.can('payments:read', { id: '8' })).toBe(true)
    expect(subject.can('payments:create', { id: '7' })).toBe(false)
  })

  it('can be chosen later, and only become fewer', () => {
    const subject = held(['payer', 'reader'])
    expect(subject.activate(['payer']).list()).toEqual(['payments:create'])
    expect(subject.activate(['payer']).activate(['reader']).list()).toEqual([])
    expect(held(['payer', 'reader'], ['reader']).activate(['payer']).list()).toEqual([])
    expect(subject.list()).toEqual(['payments:create', 'payments:read'])
  })

  it('stay within the scopes of a credential', () => {
    const narrow = held(['payer', 'reader']).restrict(['payments:read']).activate(['payer', 'reader'])
    expect(narrow.list()).toEqual(['payments:read'])
    expect(narrow.roles).toEqual([])
    const admin = held(['admin']).restrict(['users:read']).activate(['admin'])
    expect([admin.bypass, admin.list()]).toEqual([false, ['users:read']])
  })

  it('are found by the id of a role or its label, and a label that is an id means that one', () => {
    const twins = compilePolicy({
      permissions: ['payments:read', 'payments:create'],
      roles: [
        {
          id: '1',
          label: '2',
          bypass: false,
          parents: [],
          grants: [{ permission: 'payments:read', effect: 'allow', condition: null, fields: null }],
        },
        {
          id: '2',
          label: 'two',
          bypass: false,
          parents: [],
          grants: [{ permission: 'payments:create', effect: 'allow', condition: null, fields: null }],
        },
      ],
    })
    const both = ['1', '2'].map((roleId) => ({ roleId, expiresAt: null }))
    const listOf = (name: string) => twins.subject({ id: 'ann', assignments: both, now: 0, activeRoles: [name] }).list()
    expect([listOf('1'), listOf('2'), listOf('two')]).toEqual([
      ['payments:read'],
      ['payments:create'],
      ['payments:create'],
    ])
  })
})

describe('a dynamic separation of duty', () => {
  it('puts none of its roles in force where nobody chose, nor those that inherit them', () => {
    expect(held(['payer', 'approver', 'reader']).list()).toEqual(['payments:read'])
    expect(held(['payer', 'chief', 'reader']).list()).toEqual(['payments:read'])
    expect(held(['payer', 'approver', 'reader']).roles.map(({ label }) => label)).toEqual(['reader'])
  })

  it('leaves one of them in force that was chosen', () => {
    expect(held(['payer', 'approver'], ['payer']).list()).toEqual(['payments:create'])
    expect(held(['payer', 'approver']).activate(['approver']).list()).toEqual(['payments:approve'])
    expect(held(['payer', 'chief']).activate(['chief']).list()).toEqual(['payments:approve', 'users:read'])
  })

  it('refuses a choice that violates it, by its name', () => {
    for (const work of [
      () => held(['payer', 'approver'], ['payer', 'approver']),
      () => held(['payer', 'chief']).activate(['payer', 'chief']),
    ]) {
      const error = errorOf(work)
      expect(isCardeaError(error, 'conflict')).toBe(true)
      expect(String(error)).toContain('four eyes')
    }
    // What is not held is not active either.
    expect(held(['payer'], ['payer', 'approver']).list()).toEqual(['payments:create'])
  })

  it('concerns those roles only that count where and when it is asked', () => {
    const subject = (now: number, tenant: string) =>
      policy.subject({
        id: 'ann',
        assignments: [
          { roleId: 'payer', expiresAt: null },
          { roleId: 'approver', expiresAt: 10, tenant: 'acme' },
        ],
        now,
        tenant,
      })
    expect(subject(0, 'acme').list()).toEqual([])
    expect(subject(0, 'globex').list()).toEqual(['payments:create'])
    expect(subject(10, 'acme').list()).toEqual(['payments:create'])
    expect(subject(0, 'acme').validUntil).toBe(10)
  })

  it('takes nothing from a bypass', () => {
    expect(held(['payer', 'approver', 'admin']).can('payments:approve')).toBe(true)
  })
})

describe('closureOf and rolesWith', () => {
  it('follow inheritance', () => {
    expect([...policy.closureOf('chief')].sort()).toEqual(['approver', 'chief'])
    expect(policy.closureOf('gone')).toEqual([])
    expect(policy.rolesWith('payments:approve')).toEqual([
      { roleId: 'approver', decision: 'allowed' },
      { roleId: 'chief', decision: 'allowed' },
      { roleId: 'admin', decision: 'allowed' },
    ])
    expect(policy.rolesWith('payments:reed')).toEqual([])
    expect(policy.rolesWith('*')).toEqual([])
  })

  it('go 2,000 roles deep', () => {
    const chain = Array.from({ length: 2_000 }, (_, n) => ({
      id: `r${n}`,
      label: `r${n}`,
      bypass: false,
      parents: n === 0 ? [] : [`r${n - 1}`],
      grants: n === 0 ? [{ permission: 'payments:read', effect: 'allow' as const, condition: null, fields: null }] : [],
    }))
    const deep = compilePolicy({ permissions: ['payments:read'], roles: [...chain].reverse() })
    expect(deep.closureOf('r1999')).toHaveLength(2_000)
    expect(deep.rolesWith('payments:read')).toHaveLength(2_000)
  })
})
