import { and, type Condition, contains, eq, gt, isNull, lt, ne, not, oneOf, or } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { own } from '../condition/own.js'
import type { Grant } from '../roles/grant.js'
import { compilePolicy } from './compile-policy.js'

const grant = (condition: Condition | null, part: Partial<Grant> = {}): Grant => ({
  permission: 'content:read',
  effect: 'allow',
  condition,
  fields: null,
  ...part,
})
const deny = (condition: Condition | null, part: Partial<Grant> = {}): Grant =>
  grant(condition, { effect: 'deny', ...part })

const subjectWith = (...grants: readonly Grant[]) =>
  compilePolicy({
    permissions: ['content:read'],
    roles: [{ id: 'r', label: 'r', bypass: false, parents: [], grants }],
  }).subject({
    id: 'ann',
    assignments: [{ roleId: 'r', expiresAt: null }],
    now: 0,
    principal: { team: 'red', limit: 10, secret: Symbol('no value'), torn: '\ud800', long: 'a\0b', endless: Infinity },
    context: { now: 1_000 },
  })
const filterOf = (...grants: readonly Grant[]) => subjectWith(...grants).filter('content:read')

describe('filter', () => {
  it('is true for all rows, false for none', () => {
    expect(filterOf(grant(null))).toBe(true)
    expect(filterOf()).toBe(false)
    expect(filterOf(deny(null), grant(null))).toBe(false)
    expect(filterOf(grant(and()))).toBe(true)
    expect(filterOf(grant(or()))).toBe(false)
  })

  it('holds values in the place of references, with their offset', () => {
    expect(filterOf(grant(own('author_id')))).toEqual(eq('author_id', 'ann'))
    expect(filterOf(grant(lt('at', { ref: 'context.now', offset: -10 })))).toEqual(lt('at', 990))
    expect(filterOf(grant(oneOf('team', [{ ref: 'principal.team' }, 'blue'])))).toEqual(oneOf('team', ['red', 'blue']))
  })

  it.each(['missing', 'secret', 'torn', 'long', 'endless'])(
    'finds nothing by a value that no column can hold: principal.%s',
    (name) => {
      const value = { ref: `principal.${name}` } as const
      for (const condition of [eq('a', value), ne('a', value), not(eq('a', value)), contains('a', value)]) {
        expect(filterOf(grant(condition))).toBe(false)
        expect(subjectWith(grant(condition)).can('content:read', { a: 'x' })).toBe(false)
        // A deny that is unknown denies.
        expect(filterOf(grant(null), deny(condition))).toBe(false)
      }
      expect(filterOf(grant(or(eq('a', value), eq('b', 1))))).toEqual(eq('b', 1))
      expect(filterOf(grant(not(oneOf('a', ['x', value]))))).toBe(false)
      expect(filterOf(grant(oneOf('a', ['x', value])))).toEqual(eq('a', 'x'))
    },
  )

  it('takes away what is denied, and the rows for which that is unknown', () => {
    const locked = eq('locked', true)
    expect(filterOf(grant(null), deny(locked))).toEqual(ne('locked', true))
    expect(filterOf(grant(own('author_id')), deny(gt('size', 5)))).toEqual(
      and(eq('author_id', 'ann'), not(gt('size', 5))),
    )
    expect(filterOf(grant(null), deny(isNull('owner')))).toEqual(not(isNull('owner')))
    expect(filterOf(grant(null), deny(and(locked, isNull('owner'))))).toEqual(
      or(ne('locked', true), not(isNull('owner'))),
    )
  })

  it('says each thing once, without brackets and without what decides nothing', () => {
    const one = eq('a', 1)
    expect(filterOf(grant(one), grant(one), grant(and(one, and())))).toEqual(one)
    expect(filterOf(grant(or(one, or(eq('b', 2), or()))), grant(eq('c', 3)))).toEqual(or(one, eq('b', 2), eq('c', 3)))
    expect(filterOf(grant(not(not(one))))).toEqual(one)
    expect(filterOf(grant(oneOf('a', [1, 1])))).toEqual(one)
    expect(filterOf(grant(one), grant(null))).toBe(true)
  })

  it('is about rows as a whole, or about one of their fields', () => {
    const mine = own('author_id')
    const byFields = subjectWith(
      grant(mine, { fields: ['title'] }),
      grant(eq('open', true)),
      deny(null, { fields: ['secret'] }),
    )
    expect(byFields.filter('content:read')).toBe(false)
    expect(byFields.filter('content:read', 'title')).toEqual(or(eq('author_id', 'ann'), eq('open', true)))
    expect(byFields.filter('content:read', 'body')).toEqual(eq('open', true))
    expect(byFields.filter('content:read', 'secret')).toBe(false)
  })

  it('is what is left within scopes, also of a bypass', () => {
    const admin = compilePolicy({
      permissions: ['content:read', 'users:read'],
      roles: [{ id: 'admin', label: 'admin', bypass: true, parents: [], grants: [] }],
    }).subject({ id: 'ann', assignments: [{ roleId: 'admin', expiresAt: null }], now: 0 })
    const narrow = admin.restrict(['content:*'])
    expect([admin.filter('users:read'), narrow.filter('users:read'), narrow.filter('content:read')]).toEqual([
      true,
      false,
      true,
    ])
    expect(
      subjectWith(grant(own('a')))
        .restrict(['users:*'])
        .filter('content:read'),
    ).toBe(false)
  })

  it('gives nothing as its own to an id that no column can hold', () => {
    const policy = compilePolicy({
      permissions: ['content:read'],
      roles: [{ id: 'r', label: 'r', bypass: false, parents: [], grants: [grant(own('author_id'))] }],
    })
    const odd = policy.subject({ id: 'a\0', assignments: [{ roleId: 'r', expiresAt: null }], now: 0 })
    expect(odd.id).toBe('a\0')
    expect(odd.can('content:read', { author_id: 'a\0' })).toBe(false)
    expect(odd.filter('content:read')).toBe(false)
  })
})
