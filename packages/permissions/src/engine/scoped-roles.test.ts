import { compileCondition, eq } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { own } from '../condition/own.js'
import { defineRoles } from '../roles/define-roles.js'
import { type CompileOptions, compilePolicy } from './compile-policy.js'
import { declaredPolicy } from './declared-policy.js'
import type { Assignment } from './policy-snapshot.js'

const catalogue = definePermissions({ content: ['read', 'update', 'publish'], media: ['read'], users: ['read'] })
const roles = defineRoles(catalogue, {
  reader: { permissions: ['*:read'] },
  editor: { inherits: ['reader'], permissions: ['content:update'] },
  author: { permissions: [{ permission: 'content:*', when: own('author_id'), fields: ['title'] }] },
  frozen: { deny: ['content:update'] },
})

const subjectWith = (assignments: readonly Assignment[], options?: CompileOptions) =>
  compilePolicy(declaredPolicy(catalogue, roles), options).subject({ id: 'ann', assignments, now: 0 })
const on = (roleId: string, resourceType: string, resourceId: string): Assignment => ({
  roleId,
  expiresAt: null,
  resourceType,
  resourceId,
})

describe('a role for one object', () => {
  const editor = subjectWith([on('editor', 'content', '7')])

  it('gives for that object alone, and what it inherits, too', () => {
    expect(editor.can('content:update', { id: '7' })).toBe(true)
    expect(editor.can('content:read', { id: '7' })).toBe(true)
    expect(editor.can('content:update', { id: '8' })).toBe(false)
    expect(editor.check('content:update')).toBe('conditional')
    expect(editor.list()).toEqual([])
    expect(editor.roles).toEqual([])
  })

  it('gives nothing for objects of another kind that have its id', () => {
    expect(editor.can('media:read', { id: '7' })).toBe(false)
    expect(editor.canSome('users:read')).toBe(false)
  })

  it('compares ids as text, and knows nothing of an object without one', () => {
    expect(editor.can('content:update', { id: 7 })).toBe(true)
    for (const object of [{}, { id: null }, { id: 7.5 }, { id: '07' }, { id: 7n }, { id: ['7'] }, { id: true }]) {
      expect(editor.can('content:update', object)).toBe(false)
    }
    expect(editor.can('content:update', Object.create({ id: '7' }))).toBe(false)
    const failing = {
      get id(): string {
        throw new Error('not loaded')
      },
    }
    expect(editor.can('content:update', failing)).toBe(false)
  })

  it('filters the rows of that object, whether ids are texts or numbers', () => {
    expect(editor.filter('content:update')).toEqual({ op: 'in', field: 'id', values: ['7', 7] })
    expect(subjectWith([on('editor', 'content', 'a1')]).filter('content:update')).toEqual(eq('id', 'a1'))
    expect(editor.filter('media:read')).toBe(false)
  })

  it('holds for several objects as for one each', () => {
    const many = subjectWith(['7', '8', 'x'].map((id) => on('editor', 'content', id)))
    for (const id of ['7', 8, 'x']) expect(many.can('content:update', { id })).toBe(true)
    expect(many.can('content:update', { id: '9' })).toBe(false)
    const filter = many.filter('content:update')
    expect(filter).toEqual({ op: 'in', field: 'id', values: ['7', 7, '8', 8, 'x'] })
    expect(
      typeof filter === 'object' &&
        compileCondition(filter)(
          () => 8,
          () => undefined,
        ),
    ).toBe(true)
  })

  it('keeps conditions and fields, which must hold besides', () => {
    const author = subjectWith([on('author', 'content', '7')])
    expect(author.can('content:update', { id: '7', author_id: 'ann' }, 'title')).toBe(true)
    expect(author.can('content:update', { id: '7', author_id: 'ben' }, 'title')).toBe(false)
    expect(author.can('content:update', { id: '8', author_id: 'ann' }, 'title')).toBe(false)
    expect(author.can('content:update', { id: '7', author_id: 'ann' }, 'body')).toBe(false)
    // Whether that is the object is as unknown as before, whatever else is true of it.
    expect(author.can('content:update', { author_id: 'ann' }, 'title')).toBe(false)
  })

  it('denies for that object what it denies, and what might be that object', () => {
    const subject = subjectWith([{ roleId: 'editor', expiresAt: null }, on('frozen', 'content', '7')])
    expect(subject.can('content:update', { id: '8' })).toBe(true)
    expect(subject.can('content:update', { id: 7 })).toBe(false)
    expect(subject.can('content:update', {})).toBe(false)
    expect(subject.can('content:update')).toBe(false)
    expect(subject.can('content:read', { id: '7' })).toBe(true)
  })

  it('takes the id from the field that the app says', () => {
    const options = { idFields: { content: 'content_id' } }
    const subject = subjectWith([on('editor', 'content', '7')], options)
    expect(subject.can('content:update', { content_id: '7', id: '1' })).toBe(true)
    expect(subject.can('content:update', { id: '7' })).toBe(false)
    expect(subject.filter('content:update')).toEqual({ op: 'in', field: 'content_id', values: ['7', 7] })
    // Not from a prototype.
    expect(subjectWith([on('editor', 'constructor', '7')], options).canSome('content:read')).toBe(false)
  })

  it('counts for nothing with half a scope', () => {
    expect(subjectWith([on('editor', 'content', '')]).canSome('content:read')).toBe(false)
    expect(subjectWith([on('editor', '', '7')]).canSome('content:read')).toBe(false)
  })

  it('gives nothing for an id that no database can hold', () => {
    const subject = subjectWith([on('editor', 'content', 'a\0')])
    expect(subject.can('content:update', { id: 'a\0' })).toBe(false)
    expect(subject.filter('content:update')).toBe(false)
  })
})
