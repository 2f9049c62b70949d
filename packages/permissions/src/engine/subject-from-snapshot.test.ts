import { and, eq, isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { own } from '../condition/own.js'
import { defineRoles } from '../roles/define-roles.js'
import { compilePolicy } from './compile-policy.js'
import { declaredPolicy } from './declared-policy.js'
import { subjectFromSnapshot } from './subject-from-snapshot.js'
import type { SubjectSnapshot } from './subject-snapshot.js'

const catalogue = definePermissions({ content: ['read', 'update', 'delete'], users: ['read', 'secret'] })
const roles = defineRoles(catalogue, {
  viewer: { permissions: ['*:read'] },
  author: {
    permissions: [{ permission: 'content:*', when: and(own('author_id'), eq('team', { ref: 'principal.team' })) }],
  },
  clerk: { permissions: [{ permission: 'users:secret', when: eq('vault', 'b4'), fields: ['pin'] }] },
  frozen: { deny: [{ permission: 'users:secret', when: eq('vault', 'hidden') }] },
  admin: { bypass: true },
})
const policy = compilePolicy(declaredPolicy(catalogue, roles))
type Permission = (typeof catalogue.permissions)[number]

const held = (...labels: readonly string[]) =>
  policy.subject({
    id: 'ann',
    assignments: labels.map((roleId) => ({ roleId, expiresAt: 50 })),
    now: 0,
    principal: { team: 'red', password: 'hunter2' },
    context: { ip: '192.0.2.1' },
  })
const throughJson = (snapshot: SubjectSnapshot): SubjectSnapshot => JSON.parse(JSON.stringify(snapshot))
const restored = (...labels: readonly string[]) =>
  subjectFromSnapshot<Permission>(throughJson(held(...labels).snapshot()))

describe('snapshot', () => {
  it('is compact: permissions by resource, and each grant once', () => {
    expect(held('viewer', 'author').snapshot()).toEqual({
      version: 1,
      id: 'ann',
      roles: [
        { id: 'author', label: 'author' },
        { id: 'viewer', label: 'viewer' },
      ],
      validUntil: 50,
      allowed: ['content:read', 'users:read'],
      conditional: [[['content:update,delete'], [0], []]],
      grants: [{ when: and(own('author_id'), eq('team', { ref: 'principal.team' })) }],
      values: { 'principal.team': 'red' },
    })
  })

  it('holds nothing that the subject could not find out by asking', () => {
    const text = JSON.stringify(held('viewer', 'author', 'frozen').snapshot())
    // Neither what it may not do and the conditions on that, nor what is known of it besides.
    for (const word of ['secret', 'vault', 'hidden', 'hunter2', 'password', '192.0.2.1', 'clerk', 'admin']) {
      expect(text).not.toContain(word)
    }
    // What one condition among several decides nothing does not show either.
    const all = compilePolicy(
      declaredPolicy(
        catalogue,
        defineRoles(catalogue, {
          all: { permissions: ['content:read'], deny: [{ permission: 'content:read', when: eq('locked', true) }] },
          some: { permissions: [{ permission: 'content:read', when: eq('project', 'manhattan') }] },
        }),
      ),
    ).subject({ id: 'ann', assignments: ['all', 'some'].map((roleId) => ({ roleId, expiresAt: null })), now: 0 })
    expect(JSON.stringify(all.snapshot())).not.toContain('manhattan')
  })

  it('of a restricted subject holds what the scopes leave', () => {
    const snapshot = held('admin').restrict(['users:*']).snapshot()
    expect(snapshot).toMatchObject({ allowed: ['users:read,secret'], roles: [] })
    expect(snapshot).not.toHaveProperty('bypass')
    expect(held('admin').snapshot().bypass).toBe(true)
  })
})

describe('subjectFromSnapshot', () => {
  it('answers as the subject did', () => {
    const subject = restored('viewer', 'author', 'clerk')
    expect(subject.can('content:read')).toBe(true)
    expect(subject.can('content:update', { author_id: 'ann', team: 'red' })).toBe(true)
    expect(subject.can('content:update', { author_id: 'ann', team: 'blue' })).toBe(false)
    expect(subject.check('content:update')).toBe('conditional')
    expect(subject.can('users:secret', { vault: 'b4' }, 'pin')).toBe(true)
    expect(subject.pick('users:secret', { vault: 'b4', pin: 1, name: 2 })).toEqual({ pin: 1 })
    expect(subject.filter('content:update')).toEqual(and(eq('author_id', 'ann'), eq('team', 'red')))
    expect(subject.list()).toEqual(['content:read', 'users:read'])
    expect(subject.validUntil).toBe(50)
    expect(Object.isFrozen(subject)).toBe(true)
    expect(Object.isFrozen(subject.roles)).toBe(true)
  })

  it('denies what it does not name, whether it exists or not, and still knows what is no permission', () => {
    const subject = restored('viewer')
    expect(subject.can('content:delete')).toBe(false)
    expect(subject.check('content:delete')).toBe('denied')
    expect(subject.filter('content:delete')).toBe(false)
    expect(subject.fields('content:delete', { a: 1 })).toEqual([])
    expect(subject.explain('content:delete')).toMatchObject({
      allowed: false,
      missing: ['Nothing grants content:delete.'],
    })
    expect(subject.canUnchecked('media:read')).toBe(false)
    // As a typo in JavaScript.
    expect(() => subject.can('content' as Permission)).toThrow('not declared')
  })

  it('keeps a bypass to what exists', () => {
    const admin = restored('admin')
    expect(admin.bypass).toBe(true)
    expect(admin.list()).toEqual(catalogue.permissions)
    expect(admin.canUnchecked('media:read')).toBe(false)
  })

  it('takes other circumstances and scopes', () => {
    const author = restored('author')
    expect(author.with({ principal: { team: 'blue' } }).can('content:update', { author_id: 'ann', team: 'blue' })).toBe(
      true,
    )
    expect(restored('viewer').restrict(['users:*']).list()).toEqual(['users:read'])
  })

  it('explains without the roles, which it does not know by grant', () => {
    expect(restored('author').explain('content:update', { author_id: 'ben', team: 'red' })).toMatchObject({
      decision: 'denied',
      because: [{ role: null, effect: 'allow', result: 'fails' }],
      missing: ['A role grants content:update for other objects only.'],
    })
    expect(restored('viewer').explain('content:read')).toMatchObject({
      allowed: true,
      because: [{ role: null, grant: 'content:read', result: 'holds' }],
    })
  })

  it('cannot choose roles', () => {
    expect(() => restored('viewer').activate(['viewer'])).toThrow('no roles to choose from')
  })

  it.each([
    ['nothing', null],
    ['another version', { ...held('viewer').snapshot(), version: 2 }],
    ['no id', { ...held('viewer').snapshot(), id: 1 }],
    ['a permission that is none', { ...held('viewer').snapshot(), allowed: ['content'] }],
    ['a deny that is not there', { ...held('author').snapshot(), conditional: [[['content:update'], [0], [1]]] }],
    ['a condition that is none', { ...held('author').snapshot(), grants: [{ when: { op: 'regex' } }] }],
    ['fields that are no list', { ...held('clerk').snapshot(), grants: [{ fields: 'pin' }] }],
    ['no grants', { ...held('author').snapshot(), grants: undefined }],
  ])('refuses %s', (_, snapshot) => {
    let thrown: unknown
    try {
      // As it may come over a wire.
      subjectFromSnapshot(snapshot as unknown as SubjectSnapshot)
    } catch (error) {
      thrown = error
    }
    expect(isCardeaError(thrown, 'invalid_request')).toBe(true)
  })
})
