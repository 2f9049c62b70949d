import { principals } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { bool, date, email, json, number, relation, select, text, url } from '../field/builders.js'
import { defineCollection } from './define-collection.js'
import { collectionTable, tableName } from './table.js'

const companies = defineCollection('companies', { type: 'base', fields: { title: text() } })
const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    company: text(),
    phone: text({ unique: true, optional: true }),
    contact: email(),
    site: url(),
    seats: number({ default: 5 }),
    news: bool(),
    since: date(),
    plan: select(['free', 'paid']),
    extra: json(),
    employer: relation('companies'),
    badge: relation('companies', { unique: true }),
  },
})
const related = (name: string) => (name === 'companies' ? companies : undefined)

describe('collectionTable', () => {
  it('has a real column for every field, between those of the system', () => {
    const { columns, primaryKey, name } = collectionTable(customers, { related })
    const company = { table: 'auth_companies', column: 'id', onDelete: 'set null' }
    expect({ name, primaryKey }).toStrictEqual({ name: 'auth_customers', primaryKey: ['id'] })
    expect(Object.entries(columns)).toStrictEqual([
      [
        'id',
        {
          kind: 'text',
          nullable: false,
          maxBytes: 36,
          foreignKey: { table: 'cardea_principals', column: 'id', onDelete: 'cascade' },
        },
      ],
      ['email', { kind: 'text', nullable: false, maxBytes: 254 }],
      ['verified', { kind: 'boolean', nullable: false, default: false }],
      ['company', { kind: 'longText', nullable: true }],
      ['phone', { kind: 'text', nullable: true, maxBytes: 255 }],
      ['contact', { kind: 'text', nullable: true, maxBytes: 254 }],
      ['site', { kind: 'longText', nullable: true }],
      ['seats', { kind: 'double', nullable: true }],
      ['news', { kind: 'boolean', nullable: true }],
      ['since', { kind: 'integer', nullable: true }],
      ['plan', { kind: 'text', nullable: true, maxBytes: 255 }],
      ['extra', { kind: 'json', nullable: true }],
      ['employer', { kind: 'text', nullable: true, maxBytes: 36, foreignKey: company }],
      ['badge', { kind: 'text', nullable: true, maxBytes: 36, foreignKey: company }],
      ['created_at', { kind: 'integer', nullable: false }],
      ['updated_at', { kind: 'integer', nullable: false }],
    ])
  })

  it('calls unique keys and indexes of relations like their fields', () => {
    const { unique, indexes } = collectionTable(customers, { related })
    expect({ unique, indexes }).toStrictEqual({
      unique: { phone: ['phone'], badge: ['badge'] },
      indexes: { employer: ['employer'], _created_at: ['created_at', 'id'] },
    })
  })

  it('has indexes in the order of lists where fields ask for them, over texts that a key holds', () => {
    const orders = defineCollection('orders', {
      type: 'base',
      fields: {
        number: text({ unique: true, index: true }),
        note: text({ index: true }),
        paid: bool({ index: true }),
        buyer: relation('companies', { index: true }),
        badge: relation('companies', { index: true, unique: true }),
      },
    })
    const { columns, unique, indexes } = collectionTable(orders, { related })
    expect({ unique, indexes }).toStrictEqual({
      unique: { number: ['number'], badge: ['badge'] },
      indexes: {
        _number: ['number', 'id'],
        _note: ['note', 'id'],
        _paid: ['paid', 'id'],
        _buyer: ['buyer', 'id'],
        _badge: ['badge', 'id'],
        _created_at: ['created_at', 'id'],
      },
    })
    expect(columns['note']).toStrictEqual({ kind: 'text', nullable: true, maxBytes: 255 })
  })

  it('disables the principal of a row that goes and ends its sessions', () => {
    const table = collectionTable(customers)
    expect(table.afterDelete).toStrictEqual({
      table: 'cardea_principals',
      where: { column: 'id', deleted: 'id' },
      set: { status: 'disabled' },
      increment: { epoch: 1 },
    })
    expect(table.references).toStrictEqual({
      principal: { table: principals, on: { column: 'id', target: 'id' } },
    })
  })

  it('has no principal in a base collection', () => {
    const table = collectionTable(companies)
    expect(Object.keys(table.columns)).toStrictEqual(['id', 'title', 'created_at', 'updated_at'])
    expect(table.columns['id']).toStrictEqual({ kind: 'text', nullable: false, maxBytes: 36 })
    expect([table.afterDelete, Object.keys(table.references)]).toStrictEqual([undefined, []])
  })

  it('has no foreign key where the related collection is not known', () => {
    expect(collectionTable(customers).columns['employer']).toStrictEqual({ kind: 'text', nullable: true, maxBytes: 36 })
  })

  it('never has a column for a secret', () => {
    const names = Object.keys(collectionTable(customers).columns).join(' ')
    expect(names).not.toMatch(/password|hash|secret|token|salt/)
  })

  it('refuses a collection that was not checked, whatever its name would do to SQL', () => {
    const forged = { ...companies, name: 'x"; drop table cardea_principals; --' }
    expect(() => collectionTable(forged)).toThrow('a collection must come from defineCollection')
  })
})

describe('tableName', () => {
  it('is the name after the prefix, or what the collection says', () => {
    expect(tableName(customers)).toBe('auth_customers')
    expect(tableName(customers, 'shop_')).toBe('shop_customers')
    expect(tableName(defineCollection('staff', { type: 'auth', table: 'people' }), 'shop_')).toBe('people')
  })

  it.each(['"; drop table x; --', 'A_', 'a-', '1', 'a'.repeat(60), 'pg_', 'sqlite_', 'cardea_'])(
    'refuses the prefix %j',
    (prefix) =>
      expect(() => tableName(customers, prefix)).toThrow(/^tablePrefix: the name of the table of customers must/),
  )

  it("refuses a prefix that makes the name of one of Cardea's own tables", () => {
    const roles = defineCollection('ea_roles', { type: 'base' })
    expect(() => tableName(roles, 'card')).toThrow('must not begin with cardea_')
  })
})
