import { describe, expect, it } from 'vitest'
import { bool, date, number, relation, text } from '../field/builders.js'
import { listFields } from '../list/list-field.js'
import { parseNew } from '../record/parse.js'
import { parseChange } from './change-definition.js'
import { defineCollection } from './define-collection.js'
import { hasColumn, isMapped } from './mapped.js'
import { parseDefinition } from './parse-definition.js'
import { collectionRegistry } from './registry.js'
import { collectionTable } from './table.js'

const customers = defineCollection('customers', {
  type: 'auth',
  table: 'Shop_customers',
  id: 'integer',
  columns: {
    id: 'customer_id',
    email: 'mail',
    created_at: { column: 'made', type: 'milliseconds' },
    since: { column: 'Since_', type: 'datetime' },
    credits: { column: 'credits', type: 'integer' },
  },
  fields: { since: date(), credits: number({ optional: true }), nick: text({ unique: true, optional: true }) },
})

describe('a mapped collection', () => {
  it('is a table of the app’s, with its names and types, and no foreign key or trigger', () => {
    expect(isMapped(customers)).toBe(true)
    expect(isMapped(defineCollection('others', { type: 'auth' }))).toBe(false)
    const table = collectionTable(customers)
    expect(table).toMatchObject({
      name: 'Shop_customers',
      mapped: true,
      primaryKey: ['id'],
      unique: { nick: ['nick'] },
    })
    expect(table.afterDelete).toBeUndefined()
    expect(
      Object.entries(table.columns).map(([name, { kind, mapped }]) => [name, kind, mapped?.name, mapped?.type]),
    ).toEqual([
      ['id', 'text', 'customer_id', 'integer'],
      ['email', 'text', 'mail', 'plain'],
      ['created_at', 'integer', 'made', 'plain'],
      ['since', 'integer', 'Since_', 'datetime'],
      ['credits', 'double', 'credits', 'integer'],
      ['nick', 'text', 'nick', 'plain'],
    ])
    expect(Object.values(table.columns).some(({ foreignKey }) => foreignKey !== undefined)).toBe(false)
    expect(table.columns['id']?.mapped?.assigned).toBe(true)
    const written = Object.entries(table.columns).filter(([, { mapped }]) => mapped?.written === true)
    expect(written.map(([name]) => name)).toEqual(['created_at'])
  })

  it('lists by what its table has alone', () => {
    expect([...listFields(customers).keys()]).toEqual(['id', 'email', 'since', 'credits', 'nick', 'created_at'])
    expect(hasColumn(customers, 'verified')).toBe(false)
  })

  it('takes no fraction into a column of integers', () => {
    const since = '2026-01-01T00:00:00Z'
    expect(parseNew(customers, { since, credits: 3 }).valid).toBe(true)
    expect(parseNew(customers, { since, credits: 3.5 })).toMatchObject({ valid: false, issues: [{ path: 'credits' }] })
  })

  it.each([
    [{ columns: { nothing: 'x' } }, 'columns.nothing'],
    [{ columns: { email: 'a b' } }, 'columns.email'],
    [{ columns: { email: 'a"b' } }, 'columns.email'],
    [{ columns: { email: '1a' } }, 'columns.email'],
    [{ columns: { email: 'x'.repeat(64) } }, 'columns.email'],
    [{ columns: { email: 5 } }, 'columns.email'],
    [{ columns: { email: { column: 'mail', other: 1 } } }, 'columns.email'],
    [{ columns: { email: { column: 'mail', type: 'integer' } } }, 'columns.email.type'],
    [{ columns: { created_at: { column: 'made', type: 'integer' } } }, 'columns.created_at.type'],
    [{ columns: { email: 'same', verified: 'Same' } }, 'columns.verified'],
    [{ columns: { open: { column: 'open', type: 'timestamp' } } }, 'columns.open.type'],
    [{ columns: [] }, 'columns'],
    [{ columns: {}, id: 'bigint' }, 'id'],
    [{ id: 'integer' }, 'id'],
    [{ columns: {}, table: 'cardea_principals' }, 'table'],
    [{ columns: {}, table: 'a; drop table users' }, 'table'],
    [{ columns: {}, table: undefined }, 'table'],
  ])('refuses %j', (part, path) => {
    const definition = { type: 'auth', table: 'shop', fields: { open: bool() }, ...part }
    expect(() => defineCollection('shop', definition as never)).toThrow(
      expect.objectContaining({ issues: expect.arrayContaining([expect.objectContaining({ path })]) }),
    )
  })

  it('is no matter of the API, nor of the built-in users', () => {
    const members = { columns: { email: 'mail' }, id: 'integer' }
    const parsed = parseDefinition({ name: 'shop', type: 'auth', table: 'shop', ...members })
    expect(parsed.valid ? [] : parsed.issues.map(({ path, code }) => `${path} ${code}`).toSorted()).toEqual([
      'columns unknown_field',
      'id unknown_field',
    ])
    const changed = parseChange(defineCollection('others', { type: 'base' }), members)
    expect(changed.valid).toBe(false)
    expect(() => defineCollection('users', { type: 'auth', table: 'people', columns: {} })).toThrow('is not for users')
  })

  it('is referred to by ids of its own type', () => {
    const posts = (id?: 'integer' | 'uuid') =>
      defineCollection('posts', {
        type: 'base',
        fields: { author: relation('customers', { optional: true, ...(id === undefined ? {} : { id }) }) },
      })
    const right = posts('integer')
    const { author } = collectionRegistry([customers, right]).table(right).columns
    expect(author).toMatchObject({ kind: 'text', nullable: true })
    expect(author?.foreignKey).toBeUndefined()
    expect(parseNew(right, { author: '42' }).valid).toBe(true)
    for (const wrong of ['042', 'x', '', '4.2']) expect(parseNew(right, { author: wrong }).valid).toBe(false)
    for (const other of [posts(), posts('uuid')]) {
      expect(() => collectionRegistry([customers, other])).toThrow('posts.fields.author.id must be integer')
    }
    const loose = defineCollection('loose', { type: 'base', fields: { other: relation('plain', { id: 'text' }) } })
    expect(() => collectionRegistry([defineCollection('plain', { type: 'base' }), loose])).toThrow('must be left out')
  })
})
