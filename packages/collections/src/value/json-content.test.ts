import { describe, expect, it } from 'vitest'
import { copyJson, maxJsonDepth } from './json-content.js'

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)

describe('copyJson', () => {
  it.each<[unknown]>([
    ['text'],
    [0],
    [1.5],
    [false],
    [[]],
    [{}],
    [[null, [1, { a: 'b' }]]],
    [{ constructor: 'Acme', '': 1 }],
  ])('copies %j as it is', (value) => expect(copyJson(value, 1_000)).toStrictEqual({ valid: true, value }))

  it('gives a copy that neither the caller nor anybody else changes', () => {
    const value = { list: [{ a: 1 }] }
    const copy = copyJson(value, 1_000)
    value.list.push({ a: 2 })
    expect(copy).toStrictEqual({ valid: true, value: { list: [{ a: 1 }] } })
    const parts = copy.valid
      ? [copy.value, (copy.value as typeof value).list, (copy.value as typeof value).list[0]]
      : []
    expect(parts).toHaveLength(3)
    expect(parts.every(Object.isFrozen)).toBe(true)
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['undefined inside', { a: undefined }],
    ['a function', { a: () => 1 }],
    ['a bigint', 1n],
    ['a symbol', Symbol.iterator],
    ['NaN', [Number.NaN]],
    ['an infinity', Number.POSITIVE_INFINITY],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a class instance', new (class Point {})()],
    ['an object that inherits', Object.create({ a: 1 })],
    ['a hole', Array.from({ length: 2 }, () => 1).concat(new Array<number>(1))],
    ['null', null],
  ])('refuses %s', (_what, value) => {
    expect(copyJson(value, 1_000)).toStrictEqual({ valid: false, reason: 'must be a JSON value' })
  })

  it.each([
    '{"__proto__":{"admin":true}}',
    '[{"a":{"__proto__":null}}]',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"a":[{"constructor":{"prototype":1}}]}',
  ])('refuses %s, which could change a prototype where it is merged', (text) => {
    expect(copyJson(JSON.parse(text), 1_000)).toStrictEqual({
      valid: false,
      reason: 'must not have a member that could change an object prototype',
    })
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
  })

  it.each(['a\u0000b', '\ud800', 'a\udc00b'])('refuses the text %j anywhere', (text) => {
    for (const value of [text, [text], { a: text }, { [text]: 1 }]) {
      expect(copyJson(value, 1_000)).toMatchObject({ reason: 'must be well-formed Unicode without U+0000' })
    }
  })

  it('takes 32 levels and not one more, however many there are', () => {
    expect(copyJson(nested(maxJsonDepth), 1_000).valid).toBe(true)
    expect(copyJson(nested(maxJsonDepth + 1), 1_000)).toMatchObject({ reason: 'must not be nested more than 32 deep' })
    expect(copyJson(nested(5_000), 1_000).valid).toBe(false)
    const circle: unknown[] = []
    circle.push(circle)
    expect(copyJson(circle, 1_000).valid).toBe(false)
  })

  it('counts the size in bytes of JSON', () => {
    expect(copyJson('aaaa', 6).valid).toBe(true)
    expect(copyJson('aaaa', 5)).toStrictEqual({ valid: false, reason: 'is too large' })
    expect(copyJson('\u00e9\u00e9', 6).valid).toBe(true)
    expect(copyJson('\u00e9\u00e9', 5).valid).toBe(false)
    expect(copyJson({ ab: 1 }, 8).valid).toBe(true)
    expect(copyJson({ ab: 1 }, 7).valid).toBe(false)
  })

  it('gives up on huge values before it has gone through them', () => {
    let reads = 0
    const huge = Array.from({ length: 100_000 }, () => ({
      get a() {
        reads += 1
        return 1
      },
    }))
    expect(copyJson(huge, 100).valid).toBe(false)
    expect(reads).toBeLessThan(200)
  })
})
