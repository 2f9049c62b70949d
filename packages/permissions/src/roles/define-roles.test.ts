import { eq, isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { own } from '../condition/own.js'
import { builtInRoles } from './built-in-roles.js'
import { defineRoles, mergeRoles } from './define-roles.js'

const catalogue = definePermissions({ content: ['read', 'update'], users: ['read'] })

/** As from JavaScript, where no type stands in the way. */
const define = (roles: object): unknown => {
  try {
    // Any object is tried here: that is the point.
    return defineRoles(catalogue, roles as Record<string, never>)
  } catch (error) {
    return error
  }
}

describe('defineRoles', () => {
  it('completes each role and freezes it', () => {
    const roles = defineRoles(catalogue, {
      author: { permissions: ['content:read', { permission: 'content:update', when: own('author_id') }] },
      editor: { description: 'Edits', permissions: ['content:*'], deny: ['users:read'], inherits: ['author'] },
      admin: { bypass: true, protected: true },
    })
    expect(roles.labels).toEqual(['author', 'editor', 'admin'])
    expect(roles.declarations).toEqual([
      {
        label: 'author',
        description: '',
        grants: [
          { permission: 'content:read', effect: 'allow', condition: null, fields: null },
          {
            permission: 'content:update',
            effect: 'allow',
            condition: eq('author_id', { ref: 'principal.id' }),
            fields: null,
          },
        ],
        inherits: [],
        bypass: false,
        protected: false,
      },
      {
        label: 'editor',
        description: 'Edits',
        grants: [
          { permission: 'content:*', effect: 'allow', condition: null, fields: null },
          { permission: 'users:read', effect: 'deny', condition: null, fields: null },
        ],
        inherits: ['author'],
        bypass: false,
        protected: false,
      },
      { label: 'admin', description: '', grants: [], inherits: [], bypass: true, protected: true },
    ])
    expect(Object.isFrozen(roles)).toBe(true)
    expect(Object.isFrozen(roles.declarations[0]?.grants[1]?.condition)).toBe(true)
  })

  it('is not touched by later changes of what it was given', () => {
    const condition = { op: 'eq', field: 'author_id', value: 'x' } as const
    const when: { op: 'eq'; field: string; value: string } = { ...condition }
    const roles = defineRoles(catalogue, { author: { permissions: [{ permission: 'content:update', when }] } })
    when.field = 'id'
    expect(roles.declarations[0]?.grants[0]?.condition).toEqual(condition)
  })

  it('takes labels with commas, blanks and other scripts as they are', () => {
    const roles = defineRoles(catalogue, { 'editor,viewer': {}, 'Rédactrice en chef': {}, constructor: {} })
    expect(roles.labels).toEqual(['editor,viewer', 'Rédactrice en chef', 'constructor'])
  })

  it('names the role, the place and the permission of a typo, and never quotes what has not the form of one', () => {
    const typo = define({ author: { permissions: ['content:read', 'content:red'] } })
    expect(String(typo)).toContain('"author.permissions.1" names content:red, which is not a declared permission')
    const denied = define({ author: { deny: [{ permission: 'media:*' }] } })
    expect(String(denied)).toContain('"author.deny.0" names media:*, which is not a declared permission')
    expect(String(define({ author: { permissions: ['hunter2 and more'] } }))).not.toContain('hunter2')
  })

  it('names a role that is not declared and those that are, and never quotes what no role can be called', () => {
    const typo = define({ author: {}, editor: { inherits: ['author', 'autor'] } })
    expect(String(typo)).toContain(
      '"editor.inherits.1" names autor, which is not a declared role, such as author, editor',
    )
    const other = define({ author: { inherits: [` ${'hunter2'.repeat(20)}`] } })
    expect(String(other)).toContain('"author.inherits.0" is not a declared role, such as author')
    expect(String(other)).not.toContain('hunter2')
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`r${n}`, { inherits: ['none'] }]))
    expect(String(define(many))).toMatch(/r19$/)
  })

  it.each([
    ['an unknown permission', { a: { permissions: ['content:read', 'content:red'] } }, '"a.permissions.1"'],
    ['a wildcard over nothing', { a: { permissions: ['media:*'] } }, '"a.permissions.0"'],
    ['an operation wildcard over nothing', { a: { deny: ['*:publish'] } }, '"a.deny.0"'],
    ['a wildcard of another form', { a: { permissions: ['*:*'] } }, '"a.permissions.0"'],
    ['a list in one text', { a: { permissions: ['content:read,users:read'] } }, '"a.permissions.0"'],
    ['what objects inherit', { a: { permissions: ['__proto__:read'] } }, '"a.permissions.0"'],
    ['an unknown role', { a: { inherits: ['b'] } }, '"a.inherits.0"'],
    ['a role from a prototype', { a: { inherits: ['toString'] } }, '"a.inherits.0"'],
    ['a circle', { a: { inherits: ['b'] }, b: { inherits: ['a'] } }, 'inherits itself: '],
    ['a role that inherits itself', { a: { inherits: ['a'] } }, 'a > a'],
    ['inheriting a bypass', { a: { inherits: ['b'] }, b: { bypass: true } }, '"a.inherits.0"'],
    ['an unknown member', { a: { permission: ['content:read'] } }, '"a.permission"'],
    [
      'an unknown member of a grant',
      { a: { permissions: [{ permission: '*', where: own('x') }] } },
      '"a.permissions.0.where"',
    ],
    ['a flag that is a text', { a: { bypass: 'false' } }, '"a.bypass"'],
    [
      'a condition that is none',
      { a: { permissions: [{ permission: '*', when: { op: 'is' } }] } },
      '"a.permissions.0.condition"',
    ],
    ['no fields', { a: { permissions: [{ permission: '*', fields: [] }] } }, '"a.permissions.0.fields"'],
    ['an empty label', { '': {} }, '""'],
    ['a label like an id', { '0196f0c8-7a5e-7000-8000-000000000000': {} }, 'must not look like an id'],
    ['a label with a line break', { 'a\nb': {} }, 'control'],
    ['a label of more than 64 bytes', { ['é'.repeat(33)]: {} }, '64 bytes'],
    ['a __proto__ that would vanish', { a: {}, __proto__: { b: {} } }, '__proto__'],
  ])('refuses %s and names the place', (_, roles, place) => {
    const error = define(roles)
    expect(isCardeaError(error, 'configuration_invalid')).toBe(true)
    expect(String(error)).toContain(place)
  })

  it('takes inheritance 2,000 roles deep', () => {
    const roles = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, n) => [`r${n}`, n === 0 ? {} : { inherits: [`r${n - 1}`] }]),
    )
    expect(defineRoles(catalogue, roles).labels).toHaveLength(2_000)
  })
})

describe('mergeRoles', () => {
  it.each([undefined, null, {}, { roles: [] }])('says what it takes where it is handed %j', (other) => {
    for (const [first, second] of [
      [other, builtInRoles],
      [builtInRoles, other],
    ] as never[][]) {
      expect(() => mergeRoles(first as never, second as never)).toThrow('mergeRoles: takes what defineRoles made')
    }
  })

  const roles = defineRoles(catalogue, { viewer: { permissions: ['content:read'] } })

  it('holds what either holds', () => {
    expect(mergeRoles(builtInRoles, roles).labels).toEqual(['admin', 'viewer'])
  })

  it('takes the same role from both, but not two roles of one label', () => {
    expect(mergeRoles(roles, roles).labels).toEqual(['viewer'])
    const admin = defineRoles(catalogue, { admin: { bypass: true, protected: true } })
    expect(mergeRoles(admin, builtInRoles).declarations).toEqual(builtInRoles.declarations)
    expect(mergeRoles(builtInRoles, admin).declarations).toEqual(builtInRoles.declarations)
    expect(() => mergeRoles(builtInRoles, defineRoles(catalogue, { admin: { protected: true } }))).toThrow('"admin"')
    const other = defineRoles(catalogue, { viewer: { permissions: ['*'] } })
    expect(() => mergeRoles(roles, other)).toThrow('declared twice')
  })
})
