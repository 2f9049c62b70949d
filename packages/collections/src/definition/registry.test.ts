import { type CardeaError, isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { relation, text } from '../field/builders.js'
import type { AnyCollection } from './collection.js'
import { builtInUsers, defineCollection } from './define-collection.js'
import { collectionRegistry } from './registry.js'

const users = builtInUsers()
const posts = defineCollection('posts', { type: 'base', fields: { author: relation('users'), title: text() } })
const comments = defineCollection('comments', {
  type: 'base',
  fields: { post: relation('posts'), author: relation('users'), parent: relation('comments', { optional: true }) },
})

function refusal(collections: readonly AnyCollection[], tablePrefix?: string): CardeaError {
  try {
    collectionRegistry(collections, tablePrefix === undefined ? {} : { tablePrefix })
  } catch (error) {
    if (isCardeaError(error, 'configuration_invalid')) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('collectionRegistry', () => {
  it('finds collections by name and lists them as given', () => {
    const registry = collectionRegistry([comments, posts, users])
    expect(registry.get('posts')).toBe(posts)
    expect(registry.list()).toStrictEqual([comments, posts, users])
  })

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'Users', 'users ', 'posts"; --'])(
    'finds nothing under %j',
    (name) => expect(collectionRegistry([users, posts]).get(name)).toBeUndefined(),
  )

  it('gives tables in an order in which they can be made, with foreign keys', () => {
    const registry = collectionRegistry([comments, posts, users], { tablePrefix: 'app_' })
    expect(registry.tables().map(({ name }) => name)).toStrictEqual(['app_users', 'app_posts', 'app_comments'])
    const { columns } = registry.table(comments)
    expect(columns['post']?.foreignKey).toStrictEqual({ table: 'app_posts', column: 'id', onDelete: 'set null' })
    expect(columns['parent']?.foreignKey?.table).toBe('app_comments')
  })

  it('gives the same table object every time, so that reads stay prepared', () => {
    const registry = collectionRegistry([posts, users])
    expect(registry.table(posts)).toBe(registry.table(posts))
    expect(registry.tables()).toContain(registry.table(posts))
  })

  it('has no table for a collection that is not one of them, not even of the same name', () => {
    const registry = collectionRegistry([users])
    const other = builtInUsers()
    expect(() => registry.table(posts)).toThrow('collections: this collection is not one of them')
    expect(() => registry.table(other)).toThrow('collections: this collection is not one of them')
  })

  it('refuses a name that is defined twice', () => {
    expect(refusal([users, builtInUsers()]).message).toContain('users is defined twice')
  })

  it('refuses two collections in one table', () => {
    const clients = defineCollection('clients', { type: 'base', table: 'auth_users' })
    expect(refusal([users, clients]).message).toBe('collections: clients shares a table with another')
    const staff = defineCollection('staff', { type: 'base', table: 'people' })
    const people = defineCollection('people', { type: 'base', table: 'people' })
    expect(refusal([staff, people]).issues).toMatchObject([{ path: 'people', code: 'conflict' }])
  })

  it('refuses relations to collections that do not exist', () => {
    const error = refusal([
      defineCollection('notes', { type: 'base', fields: { of: relation('__proto__') } }),
      comments,
    ])
    expect(error.issues?.map(({ path, code }) => [path, code])).toStrictEqual([
      ['notes.fields.of.collection', 'not_found'],
      ['comments.fields.post.collection', 'not_found'],
      ['comments.fields.author.collection', 'not_found'],
    ])
  })

  it('refuses relations in a circle, of which no table could be made first', () => {
    const a = defineCollection('a', { type: 'base', fields: { b: relation('b') } })
    const b = defineCollection('b', { type: 'base', fields: { c: relation('c') } })
    const c = defineCollection('c', { type: 'base', fields: { a: relation('a') } })
    expect(refusal([a, b, c]).message).toBe(
      'collections: c.fields.a relates to a, which relates back: the tables could not be made one after the other',
    )
  })

  it('refuses an unfit prefix and collections that were not checked', () => {
    expect(refusal([users], 'x"; --').message).toContain('tablePrefix')
    expect(refusal([{ ...users }]).message).toContain('must come from defineCollection')
  })
})
