import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { validate } from './validate.js'

/** Place, code and message of everything that is wrong. */
const issuesOf = (schema: z.ZodMiniType, input: unknown): readonly string[] => {
  const result = validate(schema, input)
  return result.valid ? [] : result.issues.map((issue) => `${issue.path}|${issue.code}|${issue.message}`)
}

describe('validate', () => {
  it('returns the parsed value, defaults and conversions included', () => {
    const schema = z.strictObject({ name: z.string().check(z.trim()), limit: z._default(z.number(), 10) })
    expect(validate(schema, { name: ' x ' })).toEqual({ valid: true, value: { name: 'x', limit: 10 } })
  })

  it('leaves the input as it was', () => {
    const input = Object.freeze({ name: ' x ', tags: Object.freeze(['a']) })
    const schema = z.strictObject({ name: z.string().check(z.trim()), tags: z.array(z.string()) })
    const result = validate(schema, input)
    expect(result.valid && result.value).not.toBe(input)
    expect(input.name).toBe(' x ')
  })

  it.each([
    ['a text', z.string()],
    ['a number', z.number()],
    ['one of a list', z.enum(['a', 'b'])],
    ['a constant', z.literal(3)],
    ['one of several types', z.union([z.string(), z.number()])],
    ['a list', z.array(z.string())],
    ['an object', z.strictObject({ a: z.optional(z.string()) })],
    ['an instance', z.instanceof(Map)],
    ['what a function accepts', z.custom((value) => value === 1)],
  ])('calls %s that is missing `required`', (_name, schema) => {
    expect(issuesOf(z.strictObject({ value: schema }), {})).toEqual(['value|required|is required'])
    expect(issuesOf(z.strictObject({ value: schema }), { value: undefined })).toEqual(['value|required|is required'])
  })

  it('says of a value of none of several types what the schema says', () => {
    const types = [z.string(), z.number()] as const
    expect(issuesOf(z.union(types, 'must be this or that'), true)).toEqual(['|invalid|must be this or that'])
    expect(issuesOf(z.union(types), true)).toEqual(['|invalid|is not valid'])
  })

  it('calls a value of another type `invalid_type`, null included', () => {
    const schema = z.strictObject({ name: z.string(), count: z.int() })
    expect(issuesOf(schema, { name: 7, count: 'x' })).toEqual([
      'name|invalid_type|must be of type string',
      'count|invalid_type|must be of type number',
    ])
    expect(issuesOf(schema, { name: null, count: 1.5 })).toEqual([
      'name|invalid_type|must be of type string',
      'count|invalid_type|must be of type int',
    ])
  })

  it.each([
    ['customError', { customError: (issue: { input?: unknown }) => `not ${String(issue.input)}` }],
    ['localeError', { localeError: () => 'Ungültige Eingabe' }],
  ])('keeps its own words where an app sets the %s of zod', (_name, configuration) => {
    const schema = z.strictObject({
      name: z.string(),
      own: z.custom(() => false, 'is mine'),
      bare: z.custom(() => false),
    })
    const input = { name: 7, own: 'secret', bare: 'secret' }
    const before = issuesOf(schema, input)
    const settings = { ...z.config() }
    try {
      z.config(configuration)
      expect(issuesOf(schema, input)).toEqual(before)
      expect(before).toEqual([
        'name|invalid_type|must be of type string',
        'own|invalid|is mine',
        'bare|invalid|is not valid',
      ])
    } finally {
      z.config({ customError: undefined, localeError: undefined, ...settings })
    }
  })

  it('names the whole input by an empty path', () => {
    expect(issuesOf(z.strictObject({}), 'x')).toEqual(['|invalid_type|must be of type object'])
    expect(issuesOf(z.strictObject({}), undefined)).toEqual(['|required|is required'])
  })

  it('names every unknown field, at every depth', () => {
    const schema = z.strictObject({ inner: z.strictObject({ list: z.array(z.strictObject({})) }) })
    expect(issuesOf(schema, { verified: true, role: 'admin', inner: { list: [{}, { id: 1 }] } })).toEqual([
      'inner.list.1.id|unknown_field|is not a known field',
      'verified|unknown_field|is not a known field',
      'role|unknown_field|is not a known field',
    ])
  })

  it('takes a field called __proto__ for unknown, and lets nothing inherit from it', () => {
    const schema = z.strictObject({ admin: z.optional(z.boolean()) })
    expect(issuesOf(schema, JSON.parse('{"__proto__":{"admin":true}}'))).toEqual([
      '__proto__|unknown_field|is not a known field',
    ])
  })

  it('reports everything that is wrong at once', () => {
    const schema = z.strictObject({ a: z.string(), b: z.strictObject({ c: z.number() }) })
    expect(issuesOf(schema, { b: { c: '1', d: 1 } })).toEqual([
      'a|required|is required',
      'b.c|invalid_type|must be of type number',
      'b.d|unknown_field|is not a known field',
    ])
  })

  it('tells limits with their unit', () => {
    const schema = z.strictObject({
      short: z.optional(z.string().check(z.minLength(8))),
      long: z.optional(z.string().check(z.maxLength(3))),
      exact: z.optional(z.string().check(z.length(6))),
      few: z.optional(z.array(z.string()).check(z.minLength(2))),
      low: z.optional(z.number().check(z.minimum(0))),
      high: z.optional(z.number().check(z.maximum(10))),
      above: z.optional(z.number().check(z.gt(0))),
      below: z.optional(z.number().check(z.lt(1))),
    })
    expect(
      issuesOf(schema, { short: 'x', long: 'xxxx', exact: 'x', few: [], low: -1, high: 11, above: 0, below: 1 }),
    ).toEqual([
      'short|too_small|must be at least 8 characters',
      'long|too_big|must be at most 3 characters',
      'exact|too_small|must be exactly 6 characters',
      'few|too_small|must be at least 2 items',
      'low|too_small|must be at least 0',
      'high|too_big|must be at most 10',
      'above|too_small|must be more than 0',
      'below|too_big|must be less than 1',
    ])
  })

  it('tells choices and formats', () => {
    const schema = z.strictObject({
      role: z.enum(['a', 'b']),
      email: z.email(),
      slug: z.string().check(z.regex(/^[a-z]+$/)),
    })
    expect(issuesOf(schema, { role: 'c', email: 'x', slug: 'X' })).toEqual([
      'role|invalid_value|must be one of a, b',
      'email|invalid_format|must be a valid email',
      'slug|invalid_format|does not have the required form',
    ])
  })

  it('takes code and message of a check that has its own', () => {
    const schema = z.strictObject({
      password: z
        .string()
        .check(z.refine(() => false, { message: 'is too common', params: { code: 'common_password' } })),
      name: z.string().check(z.refine(() => false, 'is reserved')),
      other: z.string().check(z.refine(() => false)),
    })
    expect(issuesOf(schema, { password: 'x', name: 'x', other: 'x' })).toEqual([
      'password|common_password|is too common',
      'name|invalid|is reserved',
      'other|invalid|is not valid',
    ])
  })

  it('keeps to itself why none of several shapes fits', () => {
    const shape = z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('a') }),
      z.strictObject({ kind: z.literal('b') }),
    ])
    expect(issuesOf(z.strictObject({ shape }), { shape: { kind: 'c' } })).toEqual(['shape.kind|invalid|is not valid'])
  })
})
