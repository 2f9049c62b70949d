import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { own } from '../condition/own.js'
import { defineRoles } from '../roles/define-roles.js'
import { compilePolicy } from './compile-policy.js'
import { declaredPolicy } from './declared-policy.js'

/** More than 32, so that more than one word of bits is at work. */
const catalogue = definePermissions({
  ...Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`filler${index}`, ['read', 'create', 'update']])),
  content: ['read', 'create', 'update', 'delete'],
  users: ['read', 'update'],
})

const roles = defineRoles(catalogue, {
  editor: { permissions: ['content:read', 'content:create', 'users:read'] },
  author: { permissions: ['content:read', { permission: 'content:update', when: own('author_id') }] },
  clerk: { permissions: [{ permission: 'users:update', fields: ['name'] }] },
  suspended: { deny: ['content:create'] },
  admin: { bypass: true },
})

const policy = compilePolicy(declaredPolicy(catalogue, roles))
const subjectWith = (...labels: readonly string[]) =>
  policy.subject({ id: 'ann', assignments: labels.map((roleId) => ({ roleId, expiresAt: 5 })), now: 1 })

const mine = { author_id: 'ann' }

describe('Subject.restrict', () => {
  it('leaves what the subject may and a scope names, and nothing else', () => {
    const narrow = subjectWith('editor').restrict(['content:read', 'content:delete'])
    expect(narrow.list()).toEqual(['content:read'])
    expect(narrow.can('content:read')).toBe(true)
    expect(narrow.can('content:create')).toBe(false)
    expect(narrow.can('content:delete')).toBe(false)
    expect(narrow.canUnchecked('users:read')).toBe(false)
    expect(narrow.check('users:read')).toBe('denied')
    expect(() => narrow.authorize('users:read')).toThrow('users:read')
    expect(narrow.canAll(['content:read', 'content:create'])).toBe(false)
    expect(narrow.canAny(['content:create', 'users:read'])).toBe(false)
  })

  it.each([
    [['content:*'], ['content:read', 'content:create']],
    [['*:read'], ['content:read', 'users:read']],
    [['*'], ['content:read', 'content:create', 'users:read']],
    [
      ['users:read', 'content:create'],
      ['content:create', 'users:read'],
    ],
    [[], []],
  ])('takes the scopes %j', (scopes, left) => {
    expect(subjectWith('editor').restrict(scopes).list()).toEqual(left)
  })

  it('leaves of a bypass the scopes alone', () => {
    const admin = subjectWith('admin')
    const narrow = admin.restrict(['content:read', 'users:*'])
    expect(narrow.bypass).toBe(false)
    expect(narrow.list()).toEqual(['content:read', 'users:read', 'users:update'])
    expect(narrow.can('users:update', {}, 'any')).toBe(true)
    expect(narrow.can('content:create')).toBe(false)
    expect(narrow.canSome('content:create')).toBe(false)
    // The subject that it came from, which others share, is what it was.
    expect(admin.bypass).toBe(true)
    expect(admin.can('content:create')).toBe(true)
  })

  it('leaves no role, which the app could take for more than the scopes', () => {
    expect(subjectWith('admin').restrict(['*']).roles).toEqual([])
  })

  it('keeps conditions, fields and denies as they are', () => {
    const narrow = subjectWith('author', 'clerk', 'editor', 'suspended').restrict(['content:*', 'users:update'])
    expect(narrow.can('content:update', mine)).toBe(true)
    expect(narrow.can('content:update', { author_id: 'ben' })).toBe(false)
    expect(narrow.check('content:update')).toBe('conditional')
    expect(narrow.can('users:update', {}, 'name')).toBe(true)
    expect(narrow.can('users:update', {}, 'email')).toBe(false)
    expect(narrow.can('content:create')).toBe(false)
  })

  it('drops what is conditional and not named', () => {
    const narrow = subjectWith('author').restrict(['content:read'])
    expect(narrow.can('content:update', mine)).toBe(false)
    expect(narrow.canSome('content:update')).toBe(false)
  })

  it('stays under other circumstances, and can only become narrower', () => {
    const narrow = subjectWith('admin').restrict(['content:read', 'users:read'])
    expect(narrow.with({ context: {} }).can('content:create')).toBe(false)
    expect(narrow.with({ context: {} }).can('content:read')).toBe(true)
    expect(narrow.restrict(['*']).list()).toEqual(['content:read', 'users:read'])
    expect(narrow.restrict(['users:read', 'content:create']).list()).toEqual(['users:read'])
  })

  it.each([
    [['content:read users:read']],
    [['content:read', '"', 'x']],
    [['content:read,users:read']],
    [['CONTENT:READ']],
    [['content']],
    [['content:reads']],
    [['**']],
    [['__proto__:read']],
    [['']],
  ])('gives nothing for %j beyond what a scope names', (scopes) => {
    const left = subjectWith('admin').restrict(scopes).list()
    expect(left).toEqual(scopes.includes('content:read') ? ['content:read'] : [])
  })

  it('tells lists apart that look alike when joined', () => {
    const admin = subjectWith('admin')
    expect(admin.restrict(['content:read', 'users:read']).list()).toHaveLength(2)
    for (const joined of ['content:read users:read', 'content:read,users:read', 'content:read","users:read']) {
      expect(admin.restrict([joined]).list()).toEqual([])
    }
  })

  it('keeps who it is, when it ends, and what a typo is', () => {
    const narrow = subjectWith('editor').restrict(['*'])
    expect([narrow.id, narrow.validUntil]).toEqual(['ann', 5])
    expect(Object.isFrozen(narrow)).toBe(true)
    let thrown: unknown
    try {
      // @ts-expect-error a typo
      narrow.can('content:raed')
    } catch (error) {
      thrown = error
    }
    expect(isCardeaError(thrown, 'undeclared_permission')).toBe(true)
  })
})
