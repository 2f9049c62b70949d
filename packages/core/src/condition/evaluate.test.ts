import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCardeaError } from '../errors.js'
import { propertySettings } from '../property-settings.fixture.js'
import {
  and,
  type ComparisonOperator,
  type Condition,
  contains,
  databaseNow,
  eq,
  gt,
  gte,
  isNull,
  lt,
  lte,
  ne,
  not,
  oneOf,
  or,
  param,
} from './condition.js'
import { compareScalars, compileCondition, type Ternary } from './evaluate.js'

type Row = Readonly<Record<string, unknown>>

const judge = (condition: Condition, row: Row = {}, references: Row = {}): Ternary =>
  compileCondition(condition)(
    (field) => row[field],
    (ref) => references[ref],
  )

/** Conditions of a known answer. */
const known = new Map<Ternary, Condition>([
  [true, eq('one', 1)],
  [false, eq('one', 2)],
  [null, eq('nothing', 1)],
])
const row: Row = { one: 1, nothing: null }
const holding = (answer: Ternary): Condition => known.get(answer) ?? isNull('unreachable')

describe('compileCondition: three-valued logic', () => {
  it.each<[Ternary, Ternary, Ternary, Ternary]>([
    // left, right, and, or: the tables of SQL
    [true, true, true, true],
    [true, false, false, true],
    [true, null, null, true],
    [false, true, false, true],
    [false, false, false, false],
    [false, null, false, null],
    [null, true, null, true],
    [null, false, false, null],
    [null, null, null, null],
  ])('combines %s and %s into %s (and), %s (or)', (left, right, conjunction, disjunction) => {
    expect(judge(and(holding(left), holding(right)), row)).toBe(conjunction)
    expect(judge(or(holding(left), holding(right)), row)).toBe(disjunction)
  })

  it('negates true and false, and leaves unknown unknown', () => {
    expect(judge(not(holding(true)), row)).toBe(false)
    expect(judge(not(holding(false)), row)).toBe(true)
    expect(judge(not(holding(null)), row)).toBe(null)
  })

  it('takes an empty `and` for true and an empty `or` for false', () => {
    expect(judge(and())).toBe(true)
    expect(judge(or())).toBe(false)
  })

  it('keeps to the laws of De Morgan for any tree', () => {
    const leaf = fc.constantFrom<Ternary>(true, false, null).map(holding)
    const tree = fc.letrec<{ node: Condition }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        tie('node').map(not),
        fc.array(tie('node'), { maxLength: 3 }).map((parts) => and(...parts)),
        fc.array(tie('node'), { maxLength: 3 }).map((parts) => or(...parts)),
      ),
    })).node
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 4 }), (parts) => {
        expect(judge(not(and(...parts)), row)).toBe(judge(or(...parts.map(not)), row))
        expect(judge(not(or(...parts)), row)).toBe(judge(and(...parts.map(not)), row))
      }),
      propertySettings,
    )
  })
})

describe('compileCondition: comparisons', () => {
  const operators: Record<ComparisonOperator, [below: boolean, same: boolean, above: boolean]> = {
    eq: [false, true, false],
    ne: [true, false, true],
    lt: [true, false, false],
    lte: [true, true, false],
    gt: [false, false, true],
    gte: [false, true, true],
  }

  it.each(Object.entries(operators))('%s answers below, at and above its value', (op, [below, same, above]) => {
    // The keys of the table above are operators.
    const condition: Condition = { op: op as ComparisonOperator, field: 'n', value: 5 }
    expect(judge(condition, { n: 4 })).toBe(below)
    expect(judge(condition, { n: 5 })).toBe(same)
    expect(judge(condition, { n: 6 })).toBe(above)
  })

  it('finds an instant that never comes equal to itself and above all others', () => {
    expect(judge(eq('at', Number.POSITIVE_INFINITY), { at: Number.POSITIVE_INFINITY })).toBe(true)
    expect(judge(gt('at', 1), { at: Number.POSITIVE_INFINITY })).toBe(true)
    expect(judge(lt('at', 1), { at: Number.POSITIVE_INFINITY })).toBe(false)
  })

  it.each([eq, ne, lt, lte, gt, gte])('is unknown against null, on either side', (operator) => {
    expect(judge(operator('f', 1), { f: null })).toBe(null)
    expect(judge(operator('f', 1), {})).toBe(null)
    expect(judge(operator('f', null), { f: 1 })).toBe(null)
    expect(judge(operator('f', null), { f: null })).toBe(null)
  })

  it('never finds values of two types equal, nor one below the other', () => {
    const pairs: [unknown, string | number | boolean][] = [
      ['0', 0],
      [0, '0'],
      ['', 0],
      [1, true],
      [0, false],
      ['true', true],
      ['', false],
    ]
    for (const [actual, expected] of pairs) {
      const answers = [eq, lt, lte, gt, gte].map((operator) => judge(operator('f', expected), { f: actual }))
      expect(answers).toEqual([false, false, false, false, false])
      expect(judge(ne('f', expected), { f: actual })).toBe(true)
      expect(judge(oneOf('f', [expected]), { f: actual })).toBe(false)
    }
  })

  it.each([
    ['a list', ['x']],
    ['an object', { x: 1 }],
    ['a date', new Date(0)],
    ['a big integer', 1n],
    ['a function', () => 'x'],
    ['not-a-number', Number.NaN],
  ])('knows nothing about %s, so that neither `eq` nor `ne` selects it', (_name, value) => {
    for (const operator of [eq, ne, lt, lte, gt, gte, contains]) {
      expect(judge(operator('f', 'x'), { f: value })).toBe(null)
      expect(judge(operator('f', param('p')), { f: 'x' }, { 'param.p': value })).toBe(null)
    }
    expect(judge(oneOf('f', ['x']), { f: value })).toBe(null)
    expect(judge(not(oneOf('f', ['x'])), { f: value })).toBe(null)
  })

  it('refuses an operator that does not exist when it compiles, not when it is asked', () => {
    for (const op of ['xor', 'constructor', '__proto__', 'toString', '']) {
      // What a damaged row could hold.
      const condition = { op, field: 'f', value: 1 } as unknown as Condition
      expect(() => compileCondition(condition)).toThrow(
        expect.toSatisfy((error) => isCardeaError(error, 'configuration_invalid')),
      )
    }
  })
})

describe('compileCondition: in', () => {
  it('finds a value among several', () => {
    expect(judge(oneOf('f', ['a', 'b']), { f: 'b' })).toBe(true)
    expect(judge(oneOf('f', ['a', 'b']), { f: 'c' })).toBe(false)
  })

  it('selects nothing from an empty list, not even the unknown', () => {
    expect(judge(oneOf('f', []), { f: 'a' })).toBe(false)
    expect(judge(oneOf('f', []), { f: null })).toBe(false)
    expect(judge(not(oneOf('f', [])), { f: null })).toBe(true)
  })

  it('answers unknown when the match may hide behind a null', () => {
    expect(judge(oneOf('f', ['a', null]), { f: 'a' })).toBe(true)
    expect(judge(oneOf('f', ['a', null]), { f: 'b' })).toBe(null)
    expect(judge(oneOf('f', ['a']), { f: null })).toBe(null)
  })

  it('looks references up', () => {
    const condition = oneOf('owner', [param('me'), param('boss')])
    expect(judge(condition, { owner: 'p2' }, { 'param.me': 'p1', 'param.boss': 'p2' })).toBe(true)
    expect(judge(condition, { owner: 'p3' }, { 'param.me': 'p1', 'param.boss': 'p2' })).toBe(false)
    expect(judge(condition, { owner: 'p3' }, { 'param.me': 'p1' })).toBe(null)
  })
})

describe('compileCondition: isNull', () => {
  it('finds null and what is not there, and is never unknown', () => {
    expect(judge(isNull('f'), { f: null })).toBe(true)
    expect(judge(isNull('f'), {})).toBe(true)
    for (const value of ['', 0, false, [], {}]) expect(judge(isNull('f'), { f: value })).toBe(false)
    expect(judge(not(isNull('f')), {})).toBe(false)
  })
})

describe('compileCondition: contains', () => {
  it('looks for a part as it stands: no case folding, no wildcards', () => {
    expect(judge(contains('f', 'nde'), { f: 'Wunderbar' })).toBe(true)
    expect(judge(contains('f', 'wun'), { f: 'Wunderbar' })).toBe(false)
    expect(judge(contains('f', '%'), { f: 'Wunderbar' })).toBe(false)
    expect(judge(contains('f', '_'), { f: 'Wunderbar' })).toBe(false)
    expect(judge(contains('f', '50%'), { f: 'a 50% rise' })).toBe(true)
  })

  it('is unknown about null and false for what is no text', () => {
    expect(judge(contains('f', 'a'), { f: null })).toBe(null)
    expect(judge(contains('f', null), { f: 'a' })).toBe(null)
    expect(judge(contains('f', 1), { f: '11' })).toBe(false)
    expect(judge(contains('f', '1'), { f: 11 })).toBe(false)
  })
})

describe('compileCondition: references', () => {
  it('looks a reference up each time it judges', () => {
    const judgeRow = compileCondition(eq('author_id', { ref: 'principal.id' }))
    const read = () => 'p1'
    expect(judgeRow(read, () => 'p1')).toBe(true)
    expect(judgeRow(read, () => 'p2')).toBe(false)
  })

  it('asks for the whole name', () => {
    const asked: string[] = []
    const resolve = (ref: string) => {
      asked.push(ref)
      return 1
    }
    const all = and(eq('n', param('a')), eq('n', databaseNow()), eq('n', { ref: 'context.ip' }))
    compileCondition(all)(() => 1, resolve)
    expect(asked).toEqual(['param.a', 'database.now', 'context.ip'])
  })

  it('is unknown when the reference leads nowhere', () => {
    expect(judge(eq('author_id', { ref: 'principal.id' }), { author_id: 'p1' })).toBe(null)
    expect(judge(ne('author_id', { ref: 'principal.id' }), { author_id: 'p1' })).toBe(null)
    expect(judge(eq('author_id', { ref: 'principal.id' }), { author_id: null }, { 'principal.id': null })).toBe(null)
  })

  it('adds the offset to a number', () => {
    const references = { 'database.now': 100_000 }
    expect(judge(gt('rotated_at', databaseNow(-10_000)), { rotated_at: 90_001 }, references)).toBe(true)
    expect(judge(gt('rotated_at', databaseNow(-10_000)), { rotated_at: 90_000 }, references)).toBe(false)
    expect(judge(lte('at', databaseNow(1)), { at: 100_001 }, references)).toBe(true)
    expect(judge(lte('at', databaseNow()), { at: 100_001 }, references)).toBe(false)
  })

  it('adds the offset to nothing else', () => {
    expect(judge(eq('f', { ref: 'param.p', offset: 1 }), { f: 'a' }, { 'param.p': 'a' })).toBe(true)
    expect(judge(eq('f', { ref: 'param.p', offset: 1 }), { f: true }, { 'param.p': true })).toBe(true)
    expect(judge(gt('f', { ref: 'param.p', offset: 1 }), { f: 5 }, { 'param.p': null })).toBe(null)
  })
})

describe('compareScalars', () => {
  /** Texts full of what sorts differently by code unit and by byte. */
  const awkward = fc.string({
    unit: fc.oneof(
      fc.constantFrom('a', 'b', '\u0000', '\u007f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff'),
      fc.constantFrom('\u{10000}', '\u{1f600}', '\u{10ffff}'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 6,
  })

  it('orders texts as their UTF-8 bytes', () => {
    fc.assert(
      fc.property(awkward, awkward, (left, right) => {
        const expected = Buffer.compare(Buffer.from(left), Buffer.from(right))
        expect(Math.sign(compareScalars(left, right) ?? Number.NaN)).toBe(expected)
      }),
      { ...propertySettings, numRuns: propertySettings.numRuns * 5 },
    )
  })

  it('sorts astral characters above all others, which code units would not', () => {
    expect(['\uffff', '\u{10000}'].toSorted()).toEqual(['\u{10000}', '\uffff'])
    expect(compareScalars('\u{10000}', '\uffff')).toBeGreaterThan(0)
    expect(compareScalars('\u{10000}', '\u{10001}')).toBeLessThan(0)
  })

  it('distinguishes case, accents, trailing spaces and normal forms', () => {
    for (const [left, right] of [
      ['a', 'A'],
      ['jose', 'josé'],
      ['a', 'a '],
      ['\u00e9', 'e\u0301'],
    ]) {
      expect(compareScalars(left, right)).not.toBe(0)
    }
  })

  it('orders numbers and booleans', () => {
    expect(compareScalars(2, 10)).toBeLessThan(0)
    expect(compareScalars(-1, -2)).toBeGreaterThan(0)
    expect(compareScalars(0, -0)).toBe(0)
    expect(compareScalars(false, true)).toBeLessThan(0)
    expect(compareScalars(true, true)).toBe(0)
  })

  it('gives no order between types, for null, or for not-a-number', () => {
    const values = ['1', 1, true, null, undefined, {}]
    for (const [index, left] of values.entries()) {
      for (const right of values.slice(index + 1)) {
        expect(compareScalars(left, right)).toBe(undefined)
        expect(compareScalars(right, left)).toBe(undefined)
      }
    }
    expect(compareScalars(null, null)).toBe(undefined)
    expect(compareScalars(Number.NaN, Number.NaN)).toBe(undefined)
    expect(compareScalars(Number.NaN, 1)).toBe(undefined)
  })
})
