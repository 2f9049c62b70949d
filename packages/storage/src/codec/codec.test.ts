import { and, type Condition, eq, gt, param } from '@cardea/core'
import {
  bindParam,
  boolean,
  checkCondition,
  checkConflict,
  checkFind,
  checkFindOne,
  checkInclude,
  checkKind,
  checkPatch,
  checkRow,
  checkValue,
  checkWhere,
  defineTable,
  encodeJson,
  integer,
  isClockValue,
  json,
  nullable,
  resolveField,
  text,
  withDefault,
} from '@cardea/storage'
import { describe, expect, it } from 'vitest'

const others = defineTable('others', { columns: { id: text(8), rank: integer() }, primaryKey: ['id'] })
const reference = { table: others, on: { column: 'id', target: 'id' } }
const things = defineTable('things', {
  columns: {
    id: text(8),
    note: nullable(text(8)),
    rank: withDefault(integer(), 7),
    open: nullable(withDefault(boolean(), true)),
    data: nullable(json()),
  },
  primaryKey: ['id'],
  unique: { note: ['note'] },
  references: {
    one: reference,
    two: reference,
    three: reference,
    four: reference,
    maybe: { ...reference, optional: true },
  },
})

describe('checkRow', () => {
  it('gives every column in the order of the table, with defaults, nulls and JSON as text', () => {
    const row = checkRow(things, { data: { a: [1] }, id: 'a' })
    expect(Object.entries(row)).toEqual([
      ['id', 'a'],
      ['note', null],
      ['rank', 7],
      ['open', true],
      ['data', '{"a":[1]}'],
    ])
  })

  it('takes null where it is given, though there is a default', () => {
    expect(checkRow(things, { id: 'a', open: null })).toMatchObject({ open: null })
  })

  it('reads own members alone', () => {
    expect(() => checkRow(things, Object.create({ id: 'inherited' }))).toThrow('things.id is required')
  })

  it('names the column and never the value', () => {
    expect(() => checkRow(things, { id: 'top-secret' })).toThrow(new TypeError('things.id must be at most 8 bytes'))
    expect(() => checkRow(things, { id: 'a', secret: 1 })).toThrow(new TypeError('things has no such column'))
  })
})

describe('checkPatch', () => {
  it('gives columns with checked values, and the clock as such', () => {
    const { set, increment } = checkPatch(things, {
      set: { data: [1], note: 'n', rank: { ref: 'database.now', offset: -5 } },
      increment: {},
    })
    expect(set.map(({ column, value }) => [column, value])).toEqual([
      ['data', '[1]'],
      ['note', 'n'],
      ['rank', { now: true, offset: -5 }],
    ])
    expect(set.map(({ value }) => isClockValue(value))).toEqual([false, false, true])
    expect(increment).toEqual([])
  })

  it('refuses an offset that is no safe integer', () => {
    for (const offset of [0.5, Number.NaN, 2 ** 53, '5']) {
      expect(() => checkPatch(things, { set: { rank: { ref: 'database.now', offset } } })).toThrow(TypeError)
    }
  })
})

describe('checkCondition and bindParam', () => {
  it('gives the parameters in the order of the condition, with the columns that they are compared with', () => {
    const condition = and(eq('note', param('b')), gt('one.rank', { ref: 'param.a', offset: 3 }), eq('id', param('b')))
    const uses = checkCondition(things, condition, checkInclude(things, { one: true }))
    expect(uses.map(({ name, offset, field }) => [name, offset, field.alias, field.name])).toEqual([
      ['b', 0, undefined, 'note'],
      ['a', 3, 'one', 'rank'],
      ['b', 0, undefined, 'id'],
    ])
    expect(uses.map((use) => bindParam(use, { a: 4, b: 'x' }))).toEqual(['x', 7, 'x'])
    expect(uses.map((use) => bindParam(use, { a: null, b: null }))).toEqual([null, null, null])
  })

  it('refuses a sum that is no safe integer', () => {
    const [use] = checkCondition(things, eq('rank', { ref: 'param.a', offset: 1 }))
    if (use === undefined) throw new Error('the parameter is missing')
    expect(() => bindParam(use, { a: Number.MAX_SAFE_INTEGER })).toThrow(TypeError)
  })

  it('refuses an offset where there is no number', () => {
    const moved = (field: string, offset: number): Condition => eq(field, { ref: 'param.a', offset })
    expect(() => checkCondition(things, moved('note', 1))).toThrow(TypeError)
    expect(() => checkCondition(things, moved('rank', 0.5))).toThrow(TypeError)
    expect(checkCondition(things, moved('note', 0))).toHaveLength(1)
  })

  it('goes down to conditions of any depth', () => {
    let condition: Condition = eq('note', 5)
    for (let depth = 0; depth < 1_000; depth += 1) condition = { op: 'not', condition }
    expect(() => checkCondition(things, condition)).toThrow('things.note must be text')
  })
})

describe('checkWhere', () => {
  it('takes no parameters and no fields of other rows', () => {
    expect(() => checkWhere(things, eq('note', 'n'))).not.toThrow()
    expect(() => checkWhere(things, eq('note', param('n')))).toThrow(TypeError)
    expect(() => checkWhere(things, eq('one.rank', 1))).toThrow(TypeError)
  })
})

describe('checkInclude', () => {
  it('takes three references and not four', () => {
    expect(checkInclude(things, { one: true, two: true, three: true })).toHaveLength(3)
    expect(() => checkInclude(things, { one: true, two: true, three: true, four: true })).toThrow(TypeError)
  })
})

describe('checkFind and checkFindOne', () => {
  it('give the order with the values to go on from', () => {
    const orderBy = [
      { field: 'rank', direction: 'desc' },
      { field: 'one.id', direction: 'asc' },
    ] as const
    const checked = checkFind(things, { include: { one: true }, orderBy, after: [3, 'x'], limit: 'all' })
    expect(checked).toMatchObject({ limit: undefined, offset: 0, uses: [] })
    expect(checked.orderBy.map(({ field, descending, after }) => [field.name, descending, after])).toEqual([
      ['rank', true, 3],
      ['id', false, 'x'],
    ])
    expect(checkFind(things, { limit: 0, offset: 2 })).toMatchObject({ limit: 0, offset: 2 })
  })

  it('do not page from a column of a row that may be missing', () => {
    const query = { include: { maybe: true }, orderBy: [{ field: 'maybe.id', direction: 'asc' }], limit: 1 } as const
    expect(() => checkFind(things, query)).not.toThrow()
    expect(() => checkFind(things, { ...query, after: ['x'] })).toThrow(TypeError)
  })

  it('read one row by a condition, or not at all', () => {
    expect(checkFindOne(things, { where: eq('id', param('id')) })).toMatchObject({ limit: 1, orderBy: [] })
    // Untyped code may leave the condition out.
    expect(() => checkFindOne(things, {})).toThrow(TypeError)
  })
})

describe('checkConflict', () => {
  it('gives the columns of the key and the checked patch', () => {
    const row = checkRow(things, { id: 'a' })
    expect(checkConflict(things, [row, row], { key: 'primary', do: 'nothing' })).toEqual({
      columns: ['id'],
      do: 'nothing',
    })
    const patch = checkConflict(things, [row], { key: 'note', do: { increment: { rank: 1 } } })
    expect(patch).toEqual({ columns: ['note'], do: { set: [], increment: [{ column: 'rank', amount: 1 }] } })
  })
})

describe('resolveField', () => {
  it('tells columns of the table from those of included rows', () => {
    const joined = checkInclude(things, { one: true })
    expect(resolveField(things, 'rank')).toMatchObject({ alias: undefined, table: things, name: 'rank' })
    expect(resolveField(things, 'one.rank', joined)).toMatchObject({ alias: 'one', table: others, name: 'rank' })
    for (const field of ['two.rank', 'one.nothing', 'one.rank.x', '.rank', 'one.', 'things.rank', 7, null]) {
      expect(() => resolveField(things, field, joined)).toThrow(TypeError)
    }
  })
})

describe('checkValue and checkKind', () => {
  it('measure text in bytes of UTF-8 when it is written, and not when it is compared', () => {
    expect(checkValue('t.c', text(4), 'é\u00e9')).toBe('éé')
    expect(() => checkValue('t.c', text(4), 'ééé')).toThrow('t.c must be at most 4 bytes')
    expect(checkKind('t.c', text(4), 'ééé')).toBe('ééé')
  })
})

describe('encodeJson', () => {
  it('writes what JSON gives back as it was', () => {
    for (const value of [
      null,
      0,
      'a',
      true,
      [],
      {},
      [null, { a: [1.5, ''] }],
      Object.assign(Object.create(null), { a: 1 }),
    ]) {
      expect(JSON.parse(encodeJson(value) ?? '')).toEqual(value)
    }
  })

  it('refuses what JSON would change', () => {
    const hidden = { toJSON: () => 'something else' }
    for (const value of [
      undefined,
      () => 1,
      1n,
      Symbol('a'),
      Number.NaN,
      new Date(0),
      [undefined],
      { a: { b: [() => 1] } },
      hidden,
    ]) {
      expect(encodeJson(value)).toBeUndefined()
    }
  })

  it('refuses cycles and what is deeper than the stack', () => {
    const cycle: unknown[] = []
    cycle.push([cycle])
    expect(encodeJson(cycle)).toBeUndefined()
    let deep: unknown = 1
    for (let depth = 0; depth < 200_000; depth += 1) deep = [deep]
    expect(encodeJson(deep)).toBeUndefined()
  })
})
