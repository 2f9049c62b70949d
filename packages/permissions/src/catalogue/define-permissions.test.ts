import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { definePermissions, mergePermissions } from './define-permissions.js'

const errorOf = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

describe('definePermissions', () => {
  it('lists labels in the order of declaration, with their parts and descriptions', () => {
    const catalogue = definePermissions(
      { content: ['read', 'update'], ssh_keys: ['read'] },
      { descriptions: { 'content:read': 'See content' } },
    )
    expect(catalogue.permissions).toEqual(['content:read', 'content:update', 'ssh_keys:read'])
    expect(catalogue.entries[0]).toEqual({
      label: 'content:read',
      resource: 'content',
      operation: 'read',
      description: 'See content',
    })
    expect(catalogue.entries[2]?.description).toBe('')
  })

  it('cannot be changed', () => {
    const catalogue = definePermissions({ content: ['read'] })
    expect(Object.isFrozen(catalogue)).toBe(true)
    expect(Object.isFrozen(catalogue.permissions)).toBe(true)
    expect(Object.isFrozen(catalogue.entries)).toBe(true)
    expect(Object.isFrozen(catalogue.entries[0])).toBe(true)
  })

  it('knows its own labels alone, not what objects inherit', () => {
    const catalogue = definePermissions({ content: ['read'] })
    expect(catalogue.has('content:read')).toBe(true)
    for (const label of [
      'content:update',
      'content:*',
      '*',
      '__proto__',
      'constructor',
      'toString',
      '__proto__:read',
    ]) {
      expect(catalogue.has(label)).toBe(false)
    }
  })

  it.each([
    ['Content', { Content: ['read'] }],
    ['a:b', { 'a:b': ['read'] }],
    ['', { '': ['read'] }],
    ['content,media', { 'content,media': ['read'] }],
    ['a long name', { ['a'.repeat(65)]: ['read'] }],
    ['constructor', { constructor: ['read'] }],
    ['prototype', { prototype: ['read'] }],
    ['an own __proto__', JSON.parse('{"__proto__": ["read"]}')],
  ])('refuses the resource %s and names the place', (_, resources) => {
    const error = errorOf(() => definePermissions(resources))
    expect(isCardeaError(error, 'configuration_invalid')).toBe(true)
    expect(String(error)).toContain(JSON.stringify(Object.keys(resources)[0]))
  })

  it('says of a list that it is none of what it takes', () => {
    const list = ['content:read'] as unknown as { content: ['read'] }
    expect(String(errorOf(() => definePermissions(list)))).toContain(
      'permissions: must be a plain object by names, no list',
    )
  })

  it('refuses a __proto__ that sets the prototype and would vanish', () => {
    const resources = { content: ['read'], __proto__: ['read'] }
    expect(
      isCardeaError(
        errorOf(() => definePermissions(resources)),
        'configuration_invalid',
      ),
    ).toBe(true)
  })

  it.each(['Read', 're_ad', 'read2', '', '*', 'read,update', 'a'.repeat(65)])(
    'refuses the operation "%s"',
    (operation) => {
      const error = errorOf(() => definePermissions({ content: ['read', operation] }))
      expect(isCardeaError(error, 'configuration_invalid')).toBe(true)
      expect(String(error)).toContain('"content.1"')
    },
  )

  it('refuses the same permission twice, and operations that are no list', () => {
    expect(String(errorOf(() => definePermissions({ content: ['read', 'read'] })))).toContain('"content.1"')
    // As from a file in JavaScript.
    const text = JSON.parse('{"content": "read"}')
    expect(String(errorOf(() => definePermissions(text)))).toContain('"content"')
  })

  it('refuses a description of what it does not declare, or one that is too long', () => {
    const stray: object = { descriptions: { 'content:red': 'See' } }
    expect(String(errorOf(() => definePermissions({ content: ['read'] }, stray)))).toContain('"content:red"')
    const long = { descriptions: { 'content:read': 'é'.repeat(501) } }
    expect(String(errorOf(() => definePermissions({ content: ['read'] }, long)))).toContain('"content:read"')
  })
})

describe('mergePermissions', () => {
  it.each([undefined, null, {}, { permissions: [] }])('says what it takes where it is handed %j', (other) => {
    const made = definePermissions({ posts: ['read'] })
    for (const merge of [() => mergePermissions(other as never, made), () => mergePermissions(made, other as never)]) {
      expect(merge).toThrow('mergePermissions: takes what definePermissions made')
    }
  })

  it('holds what either holds, each once', () => {
    const merged = mergePermissions(
      definePermissions({ content: ['read'], users: ['read'] }),
      definePermissions({ users: ['read', 'delete'] }, { descriptions: { 'users:read': 'See users' } }),
    )
    expect(merged.permissions).toEqual(['content:read', 'users:read', 'users:delete'])
    expect(merged.entries[1]?.description).toBe('See users')
    expect(merged.has('users:delete')).toBe(true)
    expect(Object.isFrozen(merged)).toBe(true)
  })
})
