import { boolean, double, integer, json, longText, nullable, references, text, withDefault } from '../schema/column.js'
import { defineTable } from '../schema/table.js'

/** Every kind of column, with and without null. */
export const kinds = defineTable('suite_kinds', {
  columns: {
    id: text(255),
    label: text(255),
    note: nullable(text(255)),
    body: nullable(longText()),
    amount: integer(),
    at: nullable(integer()),
    ratio: nullable(double()),
    flag: withDefault(boolean(), false),
    maybe: nullable(boolean()),
    data: nullable(json()),
    counter: withDefault(integer(), 0),
  },
  primaryKey: ['id'],
  indexes: { label: ['label'], order: ['amount', 'id'] },
})

/** Keys of one and two columns, one of them over a nullable column. */
export const keys = defineTable('suite_keys', {
  columns: {
    id: text(255),
    a: text(100),
    b: text(100),
    code: nullable(text(255)),
    counter: withDefault(integer(), 0),
    at: nullable(integer()),
  },
  primaryKey: ['id'],
  unique: { pair: ['a', 'b'], code: ['code'] },
})

/** A primary key of two columns. */
export const pairs = defineTable('suite_pairs', {
  columns: { left: text(100), right: integer(), note: nullable(text()) },
  primaryKey: ['left', 'right'],
})

/** Column names that SQL uses itself, and one in mixed case. */
export const words = defineTable('suite_words', {
  columns: {
    key: text(36),
    order: integer(),
    group: nullable(text()),
    select: withDefault(boolean(), false),
    camelCase: nullable(text()),
  },
  primaryKey: ['key'],
  unique: { where: ['group'] },
  indexes: { from: ['order'] },
})

/** One row, written by the migration. */
export const settings = defineTable('suite_settings', {
  columns: { id: text(16), version: integer(), open: boolean() },
  primaryKey: ['id'],
  initialRows: [{ id: 'settings', version: 7, open: true }],
})

export const parents = defineTable('suite_parents', {
  columns: {
    id: text(36),
    name: withDefault(text(), ''),
    status: withDefault(text(16), 'active'),
    epoch: withDefault(integer(), 0),
    active: withDefault(boolean(), true),
  },
  primaryKey: ['id'],
})

export const coupons = defineTable('suite_coupons', {
  columns: { id: text(36), code: text(36), percent: integer(), terms: nullable(json<readonly string[]>()) },
  primaryKey: ['id'],
  unique: { code: ['code'] },
})

/** Goes with its parent, and brings three other rows along when it is read. */
export const children = defineTable('suite_children', {
  columns: {
    id: text(36),
    parent_id: references(text(36), 'suite_parents', 'id', 'cascade'),
    coupon: nullable(text(36)),
    position: withDefault(integer(), 0),
  },
  primaryKey: ['id'],
  indexes: { parent: ['parent_id'] },
  references: {
    parent: { table: parents, on: { column: 'parent_id', target: 'id' } },
    discount: { table: coupons, on: { column: 'coupon', target: 'code' }, optional: true },
    settings: { table: settings },
  },
})

/** Goes with the child that goes with the parent. */
export const grandchildren = defineTable('suite_grandchildren', {
  columns: { id: text(36), child_id: references(text(36), 'suite_children', 'id', 'cascade') },
  primaryKey: ['id'],
  indexes: { child: ['child_id'] },
})

/** Keeps its parent from being deleted. */
export const holders = defineTable('suite_holders', {
  columns: { id: text(36), parent_id: references(text(36), 'suite_parents', 'id', 'restrict') },
  primaryKey: ['id'],
  indexes: { parent: ['parent_id'] },
})

/** Forgets its parent when that is deleted. */
export const admirers = defineTable('suite_admirers', {
  columns: { id: text(36), parent_id: nullable(references(text(36), 'suite_parents', 'id', 'set null')) },
  primaryKey: ['id'],
  indexes: { parent: ['parent_id'] },
})

/** Changes its parent when it is deleted, and goes with it. */
export const watched = defineTable('suite_watched', {
  columns: { id: text(36), parent_id: references(text(36), 'suite_parents', 'id', 'cascade') },
  primaryKey: ['id'],
  indexes: { parent: ['parent_id'] },
  afterDelete: {
    table: 'suite_parents',
    where: { column: 'id', deleted: 'parent_id' },
    set: { status: 'disabled', active: false },
    increment: { epoch: 1 },
  },
})

/** The suite's own tables, each after those that it refers to. */
export const suiteTables = [
  kinds,
  keys,
  pairs,
  words,
  settings,
  parents,
  coupons,
  children,
  grandchildren,
  holders,
  admirers,
  watched,
] as const
