import { describe, expect, it } from 'vitest'
import { defineCollection } from './define-collection.js'
import { definitionOf } from './definition-of.js'
import { parseDefinition } from './parse-definition.js'

/** Places and codes of what is wrong. */
const refusals = (input: unknown): readonly string[] => {
  const parsed = parseDefinition(input)
  return parsed.valid ? [] : parsed.issues.map(({ path, code }) => `${path} ${code}`)
}
const fieldsOf = (input: unknown) => {
  const parsed = parseDefinition(input)
  if (!parsed.valid) throw new Error(JSON.stringify(parsed.issues))
  return parsed.collection.fields
}
const customers = { name: 'customers', type: 'auth' }
const list = [
  { name: 'company', type: 'text' },
  { name: 'phone', type: 'text', unique: true },
]

describe('parseDefinition', () => {
  it('takes lists of fields wherever clients put them, optional unless they are required', () => {
    const wanted = { company: { type: 'text', optional: true }, phone: { type: 'text', optional: true, unique: true } }
    expect(fieldsOf({ ...customers, schema: { fields: list } })).toEqual(wanted)
    expect(fieldsOf({ ...customers, schema: list })).toEqual(wanted)
    expect(fieldsOf({ ...customers, fields: list })).toEqual(wanted)
    const required = [
      { name: 'a', type: 'text', required: true },
      { name: 'b', type: 'text', optional: false },
      { name: 'c', type: 'text', required: false },
    ]
    expect(fieldsOf({ ...customers, fields: required })).toEqual({
      a: { type: 'text' },
      b: { type: 'text' },
      c: { type: 'text', optional: true },
    })
  })

  it('takes fields by name as code has them, required unless they are optional', () => {
    const fields = { a: { type: 'text' }, b: { type: 'number', optional: true }, c: { type: 'bool', required: false } }
    const wanted = { a: { type: 'text' }, b: { type: 'number', optional: true }, c: { type: 'bool', optional: true } }
    expect(fieldsOf({ ...customers, fields })).toEqual(wanted)
    expect(fieldsOf({ ...customers, schema: { fields } })).toEqual(wanted)
    expect(fieldsOf(customers)).toEqual({})
  })

  it('gives what defineCollection gives, and a definition that makes it again', () => {
    const input = {
      ...customers,
      fields: { phone: { type: 'text', unique: true }, plan: { type: 'select', options: ['a', 'b'], default: 'a' } },
      auth: { identifiers: ['phone'], require_verified: true, registration: 'invite', password: { enabled: true } },
    }
    const parsed = parseDefinition(input)
    if (!parsed.valid) throw new Error(JSON.stringify(parsed.issues))
    const { collection } = parsed
    expect(collection.auth).toEqual({
      identifiers: ['phone'],
      requireVerified: true,
      registration: 'invite',
      password: { enabled: true },
    })
    const stored = JSON.parse(JSON.stringify(definitionOf(collection)))
    expect(definitionOf(defineCollection('customers', stored))).toEqual(definitionOf(collection))
    expect(JSON.stringify(definitionOf(defineCollection('customers', stored)))).toBe(JSON.stringify(stored))
  })

  it('names what is wrong by its place in what was sent', () => {
    expect(refusals({})).toEqual(['name required', 'type required'])
    expect(refusals({ ...customers, extra: 1, __proto__x: 2 })).toEqual([
      'extra unknown_field',
      '__proto__x unknown_field',
    ])
    expect(refusals({ ...customers, schema: { fields: [], more: 1 } })).toEqual(['schema.more unknown_field'])
    const wrong = [
      { name: 'company', type: 'text', color: 'red' },
      { name: 'company', type: 'text' },
      { name: 'email', type: 'email' },
      { name: 'x', type: 'blob' },
      { type: 'text' },
      { name: 7, type: 'text' },
      'y',
      { name: 'a-b', type: 'text' },
      { name: 'min', type: 'text', min: -1 },
      { name: 'said', type: 'text', required: true, optional: true },
      { name: 'kind', required: 'yes', type: 'text' },
    ]
    const places = [
      '0.color unknown_field',
      '1.name duplicate',
      '2.name invalid',
      '3.type invalid_value',
      '4.name required',
      '5.name invalid_type',
      '6 invalid_type',
      '7.name invalid',
      '8.min too_small',
      '9.required invalid',
      '10.required invalid_type',
    ]
    for (const [whole, body] of [
      ['schema.fields', { schema: { fields: wrong } }],
      ['schema', { schema: wrong }],
      ['fields', { fields: wrong }],
    ] as const) {
      const found = refusals({ ...customers, ...body })
      expect(new Set(found)).toEqual(new Set(places.map((place) => `${whole}.${place}`)))
    }
    expect(refusals({ ...customers, schema: [wrong[2]] })).toEqual(['schema.0.name invalid'])
    expect(refusals({ ...customers, schema: { fields: { email: { type: 'email' } } } })).toEqual([
      'schema.fields.email invalid',
    ])
    expect(refusals({ ...customers, fields: { 'a.b': { type: 'text' }, c: { type: 'text', x: 1 } } })).toContain(
      'fields.c.x unknown_field',
    )
    expect(refusals({ ...customers, auth: { require_verified: 'x' } })).toEqual(['auth.require_verified invalid_type'])
    expect(refusals({ ...customers, auth: { require_verified: true, requireVerified: true } })).toEqual([
      'auth.requireVerified duplicate',
    ])
    expect(refusals({ ...customers, auth: { passkeys: {} } })).toEqual(['auth.passkeys unknown_field'])
    expect(refusals({ ...customers, auth: { otp_enabled: 'yes' } })).toEqual(['auth.otp_enabled invalid_type'])
    expect(refusals({ ...customers, auth: { otp_enabled: true, otp: { enabled: true } } })).toEqual([
      'auth.otp.enabled duplicate',
    ])
    expect(refusals({ ...customers, auth: { password: { min_length: 7 } } })).toEqual([
      'auth.password.min_length too_small',
    ])
    expect(refusals({ ...customers, auth: { __proto__: 1, 'otp.enabled': true } })).not.toEqual([])
  })

  it('takes settings by the names of FastCMS, of JSON and of code', () => {
    const spellings = [
      { otp_enabled: true, mfa_enabled: true, password_min_length: 12, oauth_link_by_email: false },
      { otp: { enabled: true }, mfa: { enabled: true }, password: { min_length: 12 }, oauth: { link_by_email: false } },
      { otp: { enabled: true }, mfa: { enabled: true }, password: { minLength: 12 }, oauth: { linkByEmail: false } },
    ]
    for (const auth of spellings) {
      const parsed = parseDefinition({ ...customers, auth })
      expect(parsed.valid && parsed.collection.auth).toMatchObject(spellings[2] ?? {})
    }
  })

  it.each([
    '__proto__',
    'constructor',
    'prototype',
    'users',
    'auth',
    'all',
    'records',
    'cardea_x',
    'a'.repeat(49),
    'a'.repeat(1_000),
    'x; drop table cardea_principals',
    'x"--',
    "x' or '1'='1",
    'x`',
    'x\u0000',
    'kunden_ü',
    'Customers',
    'cuſtomers',
    '1st',
    '',
    ' customers',
    1,
    true,
    ['customers'],
    { toString: 'customers' },
  ])('refuses the name %j', (name) => {
    expect(refusals({ ...customers, name })).toEqual([expect.stringMatching(/^name invalid/)])
  })

  it('refuses what is no object, and prototypes', () => {
    for (const input of [null, undefined, [], 'x', 7, new Map()]) expect(refusals(input)).toEqual([' invalid_type'])
    expect(refusals(JSON.parse('{"name":"a","type":"auth","__proto__":{"x":1}}'))).toEqual(['__proto__ unknown_field'])
    const fields = JSON.parse('{"__proto__":{"type":"text"},"constructor":{"type":"text"}}')
    expect(refusals({ ...customers, fields })).toEqual(['fields.__proto__ invalid', 'fields.constructor invalid'])
    const named = [{ name: '__proto__', type: 'text' }]
    expect(refusals({ ...customers, fields: named })).toEqual(['fields.0.name invalid'])
  })

  it('refuses more fields and keys than a table can have', () => {
    const many = (count: number, field: object) =>
      Array.from({ length: count }, (_, i) => ({ name: `f${i}`, ...field }))
    expect(refusals({ ...customers, fields: many(1_000, { type: 'text' }) })).toEqual(['fields too_big'])
    expect(refusals({ ...customers, fields: many(100, { type: 'text' }) })).toEqual([])
    expect(refusals({ ...customers, schema: many(51, { type: 'text', unique: true }) })).toEqual(['schema invalid'])
    expect(refusals({ ...customers, schema: many(50, { type: 'text', unique: true }) })).toEqual([])
    const relation = { type: 'relation', collection: 'users' }
    expect(refusals({ ...customers, schema: many(31, relation) })).toEqual(['schema invalid'])
    expect(refusals({ ...customers, schema: many(30, relation) })).toEqual([])
    expect(refusals({ ...customers, schema: { fields: [], x: 1 }, fields: [] })).toEqual(['fields duplicate'])
  })

  it('refuses patterns on which a text could keep the process busy', () => {
    const phone = (pattern: string, more: object = {}) =>
      refusals({ ...customers, schema: [{ name: 'phone', type: 'text', pattern, ...more }] })
    for (const pattern of ['^(a+)+$', '^(a|aa)*$', '^a*a*a*a*$', '(a)\\1']) {
      expect(phone(pattern)).toEqual(['schema.0.pattern invalid'])
    }
    for (const pattern of ['^\\+\\d{6,15}$', '^[A-Z]{2}[0-9]{3}$', '[0-9]+', '^(?:red|green)$']) {
      expect(phone(pattern)).toEqual([])
    }
    // What each of the ways looks at again, and all fields of a record together.
    expect(phone('^(a?){22}a{22}$', { max: 44 })).toEqual(['schema.0.pattern invalid'])
    expect(phone('^(?:a?){24}a{2000}b$')).toEqual(['schema.0.pattern invalid'])
    const fields = Array.from({ length: 3 }, (_, index) => ({ name: `f${index}`, type: 'text', pattern: '[0-9]+' }))
    expect(refusals({ ...customers, schema: fields })).toEqual(['schema.1.pattern invalid', 'schema.2.pattern invalid'])
    expect(phone('^[^@]+@[^@]+[.][a-z]+$')).toEqual(['schema.0.pattern invalid'])
    expect(phone('^[^@]+@[^@]+[.][a-z]+$', { max: 254 })).toEqual([])
  })
})
