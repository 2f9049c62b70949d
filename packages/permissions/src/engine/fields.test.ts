import { eq } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { own } from '../condition/own.js'
import { defineRoles } from '../roles/define-roles.js'
import { compilePolicy } from './compile-policy.js'
import { declaredPolicy } from './declared-policy.js'

const catalogue = definePermissions({ users: ['read', 'update'] })
const roles = defineRoles(catalogue, {
  reader: { permissions: [{ permission: 'users:read', fields: ['id', 'name'] }] },
  // Each by its own rows: the salary of one's team, the phone of oneself.
  lead: { permissions: [{ permission: 'users:read', when: eq('team', 'red'), fields: ['salary'] }] },
  self: { permissions: [{ permission: 'users:read', when: own('id') }] },
  discreet: { deny: [{ permission: 'users:read', fields: ['salary'] }] },
  admin: { bypass: true },
})
const policy = compilePolicy(declaredPolicy(catalogue, roles))
const held = (...labels: readonly string[]) =>
  policy.subject({ id: 'ann', assignments: labels.map((roleId) => ({ roleId, expiresAt: null })), now: 0 })

const ann = { id: 'ann', name: 'Ann', team: 'red', salary: 1, phone: '1' }
const ben = { id: 'ben', name: 'Ben', team: 'red', salary: 2, phone: '2' }
const cid = { id: 'cid', name: 'Cid', team: 'blue', salary: 3, phone: '3' }

describe('fields', () => {
  it('are those of each row, never the union of fields times the union of rows', () => {
    const subject = held('reader', 'lead', 'self')
    expect(subject.fields('users:read', ann)).toEqual(['id', 'name', 'team', 'salary', 'phone'])
    expect(subject.fields('users:read', ben)).toEqual(['id', 'name', 'salary'])
    expect(subject.fields('users:read', cid)).toEqual(['id', 'name'])
    expect(subject.fields('users:update', ann)).toEqual([])
  })

  it('are taken away by a deny, from one’s own row, too', () => {
    expect(held('reader', 'lead', 'self', 'discreet').fields('users:read', ann)).toEqual([
      'id',
      'name',
      'team',
      'phone',
    ])
  })

  it('are chosen from those that are asked for, in their order', () => {
    expect(held('reader').fields('users:read', ann, ['salary', 'name', 'id', 'other'])).toEqual(['name', 'id'])
    expect(held('reader').fields('users:read', null, ['salary', 'name'])).toEqual(['name'])
    expect(held('self').fields('users:read', null, ['salary', 'name'])).toEqual([])
    expect(held('admin').fields('users:read', null, ['salary', 'name'])).toEqual(['salary', 'name'])
    expect(held('admin').fields('users:read', null)).toEqual([])
  })

  it('are none outside of scopes', () => {
    expect(held('admin').restrict(['users:update']).fields('users:read', ann)).toEqual([])
  })

  it('are the object’s own, not those of its prototype', () => {
    expect(held('admin').fields('users:read', Object.create(ann, { own: { value: 1, enumerable: true } }))).toEqual([
      'own',
    ])
  })
})

describe('pick', () => {
  it('is the part of a row that is allowed', () => {
    expect(held('reader', 'lead').pick('users:read', ben)).toEqual({ id: 'ben', name: 'Ben', salary: 2 })
    expect(held('reader').pick('users:update', ben)).toEqual({})
    const whole = held('admin').pick('users:read', ben)
    expect(whole).toEqual(ben)
    expect(whole).not.toBe(ben)
  })

  it('keeps a field called __proto__ a field', () => {
    const picked = held('admin').pick('users:read', JSON.parse('{"__proto__": {"bypass": true}, "id": 1}'))
    expect(Object.getPrototypeOf(picked)).toBe(Object.prototype)
    expect(Object.keys(picked)).toEqual(['__proto__', 'id'])
    expect(held('reader').pick('users:read', JSON.parse('{"__proto__": 1, "constructor": 2, "id": 3}'))).toEqual({
      id: 3,
    })
  })
})
