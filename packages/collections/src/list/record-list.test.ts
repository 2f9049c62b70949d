import { principals, type StorageOperations } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { defineCollection } from '../definition/define-collection.js'
import { collectionRegistry } from '../definition/registry.js'
import { bool, date, json, number, select, text } from '../field/builders.js'
import type { ListPlace, RecordListQuery } from './list-query.js'
import { countRecordList, isPlaceOf, parseRecordList, readRecordList } from './record-list.js'

const people = defineCollection('people', {
  type: 'auth',
  fields: {
    name: text({ optional: true }),
    age: number({ optional: true }),
    news: bool({ optional: true }),
    since: date({ optional: true }),
    plan: select(['free', 'paid'], { optional: true }),
    notes: text({ hidden: true, optional: true }),
    extra: json({ optional: true }),
  },
})
const { table } = (() => {
  const registry = collectionRegistry([people])
  return { table: registry.table(people) }
})()

const day = (index: number): number => Date.UTC(2026, 0, index)
const rows = [
  { id: 'a', email: 'ada@example.test', name: 'Ada', age: 36, news: true, since: day(3), plan: 'paid' },
  { id: 'b', email: 'bob@example.test', name: 'bob', age: null, news: false, since: null, plan: 'free' },
  { id: 'c', email: 'cy@example.test', name: null, age: 36, news: null, since: day(1), plan: null },
  { id: 'd', email: 'dee@example.test', name: 'Dee', age: -4.5, news: true, since: day(2), plan: 'paid' },
].map((row, index) => ({ ...row, verified: index < 2, created_at: day(index + 1), updated_at: day(9) }))

async function open(): Promise<StorageOperations> {
  const storage = createMemoryStorage()
  await storage.migrate([principals, table])
  for (const row of rows) {
    await storage.insert(principals, {
      id: row.id,
      collection: 'people',
      record_key: row.id,
      status: 'active',
      created_at: 1,
    })
    await storage.insert(table, { ...row, notes: `secret of ${row.id}`, extra: null })
  }
  return storage
}
const storage = await open()

const parsed = (query: RecordListQuery) => {
  const result = parseRecordList(people, query)
  if (!result.valid) throw new Error(JSON.stringify(result.issues))
  return result.list
}
const idsOf = async (query: RecordListQuery): Promise<string> =>
  (await readRecordList(storage, table, parsed(query), { limit: 10 })).rows.map(({ id }) => id).join('')
const filtered = (field: string, operator: string, value: unknown) => idsOf({ filters: [{ field, operator, value }] })
const issuesOf = (query: RecordListQuery) => {
  const result = parseRecordList(people, query)
  return result.valid ? [] : result.issues
}

describe('parseRecordList and readRecordList', () => {
  it('reads all in the order of ids, unless another is asked for: null first, and the id in the same direction where values are equal', async () => {
    expect(await idsOf({})).toBe('abcd')
    expect(await idsOf({ order: [{ field: 'age' }] })).toBe('bdac')
    expect(await idsOf({ order: [{ field: 'age', descending: true }] })).toBe('cadb')
    expect(await idsOf({ order: [{ field: 'plan', descending: true }, { field: 'age' }] })).toBe('dabc')
    expect(await idsOf({ order: [{ field: 'age' }, { field: 'id', descending: true }] })).toBe('bdca')
    expect(await idsOf({ order: [{ field: 'age' }, { field: 'age', descending: true }] })).toBe('bdac')
  })

  it.each([
    ['age', 'eq', 36, 'ac'],
    ['age', 'eq', '36', 'ac'],
    ['age', 'ne', 36, 'bd'],
    ['age', 'lt', '0', 'd'],
    ['age', 'gte', '-4.5', 'acd'],
    ['age', 'in', '36,-4.5', 'acd'],
    ['age', 'null', 'true', 'b'],
    ['age', 'null', false, 'acd'],
    ['news', 'eq', 'true', 'ad'],
    ['news', 'ne', true, 'bc'],
    ['since', 'lt', '2026-01-02', 'c'],
    ['since', 'gt', '2026-01-01T00:00:00.000Z', 'ad'],
    ['created_at', 'lte', '2026-01-02T01:00:00+01:00', 'ab'],
    ['name', 'contains', 'e', 'd'],
    ['name', 'contains', '', 'abd'],
    ['name', 'eq', 'ada', ''],
    ['plan', 'in', ['free', 'paid'], 'abd'],
    ['email', 'gt', 'bob@example.test', 'cd'],
    ['verified', 'eq', 'false', 'cd'],
    ['id', 'in', 'd,a,zzz', 'ad'],
  ])('filters by %s %s %j', async (field, operator, value, expected) => {
    expect(await filtered(field, operator, value)).toBe(expected)
    const list = parsed({ filters: [{ field, operator, value }] })
    expect(await countRecordList(storage, table, list)).toBe(expected.length)
  })

  it('wants all filters to hold, and what somebody may see besides', async () => {
    const filters = [
      { field: 'age', operator: 'eq', value: 36 },
      { field: 'since', operator: 'lt', value: '2026-01-02' },
    ]
    expect(await idsOf({ filters })).toBe('c')
    const restrict = { op: 'eq', field: 'id', value: 'a' } as const
    const result = parseRecordList(people, { filters: filters.slice(0, 1) }, { restrict })
    if (!result.valid) throw new Error('refused')
    expect((await readRecordList(storage, table, result.list, { limit: 9 })).rows.map(({ id }) => id)).toEqual(['a'])
  })

  it('searches texts in the spellings that people use, and nothing hidden', async () => {
    expect(await idsOf({ search: 'ADA' })).toBe('a')
    expect(await idsOf({ search: 'ada' })).toBe('a')
    expect(await idsOf({ search: 'dee' })).toBe('d')
    expect(await idsOf({ search: 'EXAMPLE.test' })).toBe('abcd')
    expect(await idsOf({ search: 'secret of' })).toBe('')
    expect(await idsOf({ search: '' })).toBe('abcd')
    expect(await idsOf({ search: '%' })).toBe('')
  })

  it('passes over records after a place, also where those without a value begin', async () => {
    const list = parsed({ order: [{ field: 'age', descending: true }] })
    const { next } = await readRecordList(storage, table, list, { limit: 1 })
    const idsAfter = async (offset: number, limit: number): Promise<string> =>
      (await readRecordList(storage, table, list, { limit, offset, after: next ?? [] })).rows
        .map(({ id }) => id)
        .join('')
    expect(await idsAfter(0, 3)).toBe('adb')
    expect(await idsAfter(1, 2)).toBe('db')
    expect(await idsAfter(2, 9)).toBe('b')
    expect(await idsAfter(3, 9)).toBe('')
  })

  it('reads each part by a condition of its own, which an index can find', async () => {
    const list = parsed({ order: [{ field: 'age', descending: true }] })
    const wheres: string[] = []
    const watched: StorageOperations = {
      ...storage,
      find: (of, query, params) => {
        wheres.push(JSON.stringify(query.where))
        return storage.find(of, query, params)
      },
    }
    const page = await readRecordList(watched, table, list, { limit: 3, after: [36, 'c'] })
    expect(page.rows.map(({ id }) => id)).toEqual(['a', 'd', 'b'])
    expect(wheres).toHaveLength(2)
    expect(wheres[0]).toContain('"op":"lte"')
    expect(wheres[0]).not.toContain('null')
  })

  it('gives the same pages where an index has the records in order, whatever has no value or the same one', async () => {
    const fields = {
      ...people.fields,
      name: text({ optional: true, unique: true }),
      age: number({ optional: true, index: true }),
      since: date({ optional: true, unique: true, index: true }),
      plan: select(['free', 'paid'], { optional: true, index: true }),
    }
    const indexed = defineCollection('people', { type: 'auth', fields })
    const where = { filters: [{ field: 'id', operator: 'ne', value: 'z' }] }
    for (const field of ['name', 'age', 'since', 'plan', 'created_at']) {
      for (const [descending, second] of [
        [false, []],
        [true, []],
        [true, [{ field: 'news' }]],
      ] as const) {
        const query = { ...where, order: [{ field, descending }, ...second] }
        const result = parseRecordList(indexed, query)
        if (!result.valid) throw new Error('refused')
        const whole = await idsOf(query)
        for (const limit of [1, 2, 3, 9]) {
          for (const offset of [0, 1]) {
            let seen = ''
            let after: ListPlace | undefined
            do {
              const part = { limit, offset: after === undefined ? offset : 0, after }
              const { rows, next } = await readRecordList(storage, table, result.list, part)
              seen += rows.map(({ id }) => id).join('')
              after = next ?? undefined
            } while (after !== undefined)
            expect(seen, JSON.stringify([query, limit, offset])).toBe(whole.slice(offset))
          }
        }
      }
    }
  })

  it.each([
    ['id', false],
    ['age', false],
    ['age', true],
    ['since', true],
    ['news', false],
    ['created_at', true],
    ['verified', true],
  ])('walks through all by places, sorted by %s (descending: %s)', async (field, descending) => {
    for (const second of [[], [{ field: 'name', descending: !descending }]]) {
      const list = parsed({ order: [{ field, descending }, ...second] })
      const whole = await readRecordList(storage, table, list, { limit: 10 })
      expect(whole.next).toBeNull()
      const seen: unknown[] = []
      let after: ListPlace | undefined
      for (let round = 0; round < 10; round += 1) {
        const page = await readRecordList(storage, table, list, { limit: 1, after })
        seen.push(...page.rows.map(({ id }) => id))
        if (page.next === null) break
        // As a client brings it back.
        after = JSON.parse(JSON.stringify(page.next)) as ListPlace
        expect(isPlaceOf(list, after)).toBe(true)
      }
      expect(seen).toEqual(whole.rows.map(({ id }) => id))
    }
  })

  it.each([
    [{ filters: [{ field: 'notes', operator: 'eq', value: 'x' }] }, 'filter.notes.eq', 'unknown_field'],
    [{ filters: [{ field: 'extra', operator: 'eq', value: 'x' }] }, 'filter.extra.eq', 'unknown_field'],
    [{ filters: [{ field: 'hash', operator: 'eq', value: 'x', path: 'p' }] }, 'p', 'unknown_field'],
    [{ filters: [{ field: '__proto__', operator: 'eq', value: 'x' }] }, 'filter.__proto__.eq', 'unknown_field'],
    [{ filters: [{ field: 'principal.epoch', operator: 'eq', value: '1' }] }, undefined, 'unknown_field'],
    [{ filters: [{ field: 'name', operator: 'like', value: 'x' }] }, 'filter.name.like', 'unknown_field'],
    [{ filters: [{ field: 'name', operator: 'constructor', value: 'x' }] }, undefined, 'unknown_field'],
    [{ filters: [{ field: 'news', operator: 'lt', value: true }] }, 'filter.news.lt', 'unknown_field'],
    [{ filters: [{ field: 'age', operator: 'contains', value: '3' }] }, 'filter.age.contains', 'unknown_field'],
    [{ filters: [{ field: 'age', operator: 'eq', value: 'x' }] }, 'filter.age.eq', 'invalid_value'],
    [{ filters: [{ field: 'age', operator: 'eq', value: '' }] }, 'filter.age.eq', 'invalid_value'],
    [{ filters: [{ field: 'age', operator: 'eq', value: '1e999' }] }, 'filter.age.eq', 'invalid_value'],
    [{ filters: [{ field: 'age', operator: 'eq', value: null }] }, 'filter.age.eq', 'invalid_value'],
    [{ filters: [{ field: 'news', operator: 'eq', value: '1' }] }, 'filter.news.eq', 'invalid_value'],
    [{ filters: [{ field: 'since', operator: 'eq', value: 'now' }] }, 'filter.since.eq', 'invalid_format'],
    [{ filters: [{ field: 'name', operator: 'eq', value: 'a\u0000' }] }, 'filter.name.eq', 'invalid_format'],
    [{ filters: [{ field: 'name', operator: 'eq', value: '\ud800' }] }, 'filter.name.eq', 'invalid_format'],
    [{ filters: [{ field: 'name', operator: 'in', value: [] }] }, 'filter.name.in', 'invalid_value'],
    [{ filters: [{ field: 'name', operator: 'in', value: [['x']] }] }, 'filter.name.in', 'invalid_format'],
    [{ filters: [{ field: 'name', operator: 'null', value: 'x' }] }, 'filter.name.null', 'invalid_value'],
    [
      { filters: Array.from({ length: 21 }, () => ({ field: 'id', operator: 'eq', value: 'a' })) },
      'filter',
      'too_long',
    ],
    [{ search: '\u0000' }, 'search', 'invalid_format'],
    [{ search: 'x'.repeat(201) }, 'search', 'invalid_format'],
    [{ order: [{ field: 'notes' }] }, 'sort', 'unknown_field'],
    [{ order: [{ field: 'extra' }] }, 'sort', 'unknown_field'],
    [{ order: [{ field: 'toString' }] }, 'sort', 'unknown_field'],
    [{ order: Array.from({ length: 6 }, () => ({ field: 'id' })) }, 'sort', 'too_long'],
  ])('refuses %j', (query: RecordListQuery, path, code) => {
    expect(issuesOf(query)).toEqual([expect.objectContaining({ code, ...(path === undefined ? {} : { path }) })])
  })

  it.each([
    ['', 'required', 'needs an operator, as in filter[age][eq]=… or { age: { eq: … } }; the field has '],
    ['contains', 'unknown_field', 'names an operator that the field does not have; the field has '],
  ])('says which operators a field has, in place of %j', (operator, code, said) => {
    expect(issuesOf({ filters: [{ field: 'age', operator, value: '3', path: 'p' }] })).toEqual([
      { path: 'p', code, message: `${said}eq, ne, lt, lte, gt, gte, in, null` },
    ])
  })

  it.each([[[]], [['a', 'b']], [[1]], [[null]], [['\u0000']], [[{ id: 'a' }]]])('knows %j for no place', (place) => {
    expect(isPlaceOf(parsed({}), place as unknown as ListPlace)).toBe(false)
  })
})
