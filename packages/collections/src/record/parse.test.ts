import { describe, expect, it } from 'vitest'
import { builtInUsers, defineCollection } from '../definition/define-collection.js'
import { bool, date, email, json, number, relation, select, text, url } from '../field/builders.js'
import { type Parsed, type ParsedRegistration, parseNew, parsePatch, parseRegistration } from './parse.js'

const uuid = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'

const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    company: text({ min: 2, max: 10 }),
    phone: text({ unique: true, optional: true, pattern: /^\+\d+$/ }),
    contact: email({ optional: true }),
    site: url({ optional: true }),
    seats: number({ min: 1, max: 500, default: 5 }),
    news: bool({ default: false }),
    since: date({ optional: true, min: '2020-01-01', max: '2030-01-01' }),
    plan: select(['free', 'paid'], { default: 'free' }),
    extra: json({ optional: true, max: 50 }),
    parent: relation('customers', { optional: true }),
    risk: number({ hidden: true, default: 7 }),
    notes: json({ hidden: true, optional: true }),
    tier: select(['basic', 'gold'], { readonly: true, default: 'basic' }),
  },
})

const complete = {
  company: 'Acme',
  phone: null,
  contact: null,
  site: null,
  seats: 5,
  news: false,
  since: null,
  plan: 'free',
  extra: null,
  parent: null,
  risk: 7,
  notes: null,
  tier: 'basic',
}

const issuesOf = (result: Parsed<unknown> | ParsedRegistration) => (result.valid ? [] : result.issues)

describe('parseNew', () => {
  it('fills in defaults and null for what is optional', () => {
    expect(parseNew(customers, { company: 'Acme' })).toStrictEqual({ valid: true, values: complete })
  })

  it('gives every value as its column holds it', () => {
    const result = parseNew(customers, {
      company: 'Acme',
      phone: '+1234567890',
      contact: 'Ada@Example.com',
      site: 'https://acme.example/',
      seats: 12.5,
      news: true,
      since: '2026-11-22T03:04:05+02:00',
      plan: 'paid',
      extra: { tags: ['a', null] },
      parent: uuid,
    })
    expect(result).toStrictEqual({
      valid: true,
      values: {
        ...complete,
        phone: '+1234567890',
        contact: 'Ada@Example.com',
        site: 'https://acme.example/',
        seats: 12.5,
        news: true,
        since: Date.UTC(2026, 10, 22, 1, 4, 5),
        plan: 'paid',
        extra: { tags: ['a', null] },
        parent: uuid,
      },
    })
  })

  it('takes null for an optional field and undefined for one that is left out', () => {
    const result = parseNew(customers, { company: 'Acme', phone: null, seats: undefined, since: undefined })
    expect(result).toStrictEqual({ valid: true, values: complete })
  })

  it('does not take the default of an optional field for null', () => {
    const things = defineCollection('things', { type: 'base', fields: { a: text({ optional: true, default: 'x' }) } })
    expect(parseNew(things, {})).toMatchObject({ values: { a: 'x' } })
    expect(parseNew(things, { a: null })).toMatchObject({ values: { a: null } })
  })

  it('reads the default of a date as an instant', () => {
    const things = defineCollection('things', { type: 'base', fields: { a: date({ default: '2026-01-01' }) } })
    expect(parseNew(things, {})).toMatchObject({ values: { a: Date.UTC(2026, 0, 1) } })
  })

  it('says what is missing', () => {
    const things = defineCollection('things', {
      type: 'base',
      fields: {
        a: text(),
        b: email(),
        c: url(),
        d: number(),
        e: bool(),
        f: date(),
        g: select(['x']),
        h: json(),
        i: relation('things'),
      },
    })
    expect(issuesOf(parseNew(things, {}))).toStrictEqual(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((path) => ({ path, code: 'required', message: 'is required' })),
    )
  })

  it('gives values that cannot be changed', () => {
    const result = parseNew(customers, { company: 'Acme', extra: { a: [1] } })
    const values = result.valid ? result.values : undefined
    expect([values, values?.['extra']].every((part) => part !== undefined && Object.isFrozen(part))).toBe(true)
  })

  const wrong: readonly (readonly [string, unknown, string])[] = [
    ['company', 5, 'invalid_type'],
    ['company', null, 'invalid_type'],
    ['company', ['Acme'], 'invalid_type'],
    ['company', { toString: 'Acme' }, 'invalid_type'],
    ['company', true, 'invalid_type'],
    ['company', 'A', 'too_small'],
    ['company', 'A'.repeat(11), 'too_big'],
    ['company', 'Ac\u0000me', 'invalid_format'],
    ['company', 'Acme\ud800', 'invalid_format'],
    ['phone', '', 'too_small'],
    ['phone', '123', 'invalid_format'],
    ['phone', '+123\n', 'invalid_format'],
    ['phone', `+${'1'.repeat(255)}`, 'too_big'],
    ['contact', 'ada', 'invalid_format'],
    ['contact', `${'a'.repeat(250)}@b.co`, 'too_big'],
    ['contact', 7, 'invalid_type'],
    ['site', 'javascript:alert(1)', 'invalid_format'],
    ['site', `https://a.example/${'a'.repeat(2_048)}`, 'too_big'],
    ['seats', '5', 'invalid_type'],
    ['seats', null, 'invalid_type'],
    ['seats', Number.NaN, 'invalid_type'],
    ['seats', Number.POSITIVE_INFINITY, 'invalid_type'],
    ['seats', 0, 'too_small'],
    ['seats', 501, 'too_big'],
    ['news', 'true', 'invalid_type'],
    ['news', 1, 'invalid_type'],
    ['news', null, 'invalid_type'],
    ['since', 1_764_000_000_000, 'invalid_type'],
    ['since', new Date(0), 'invalid_type'],
    ['since', 'yesterday', 'invalid_format'],
    ['since', '2019-12-31T23:59:59.999Z', 'too_small'],
    ['since', '2030-01-01T00:00:00.001Z', 'too_big'],
    ['plan', 'gold', 'invalid_value'],
    ['plan', 'constructor', 'invalid_value'],
    ['plan', ['free'], 'invalid_value'],
    ['plan', null, 'invalid_value'],
    ['extra', () => 1, 'invalid_value'],
    ['extra', 'a'.repeat(49), 'invalid_value'],
    ['extra', JSON.parse('{"__proto__":{"role":"admin"}}'), 'invalid_value'],
    ['extra', JSON.parse('{"constructor":{"prototype":{"role":"admin"}}}'), 'invalid_value'],
    ['parent', 'x', 'invalid_format'],
    ['parent', uuid.toUpperCase(), 'invalid_format'],
    ['parent', `${uuid}'; drop table auth_customers; --`, 'invalid_format'],
    ['parent', { id: uuid }, 'invalid_type'],
  ]
  it.each(wrong)('refuses %s = %j', (path, value, code) => {
    const expected = [expect.objectContaining({ path, code })]
    expect(issuesOf(parseNew(customers, { company: 'Acme', [path]: value }))).toStrictEqual(expected)
    expect(issuesOf(parsePatch(customers, { [path]: value }))).toStrictEqual(expected)
  })

  it('never says a value of an input', () => {
    const input = {
      company: 'hunter2-is-too-long',
      phone: 'hunter2',
      contact: 'hunter2',
      plan: 'hunter2',
      parent: 'hunter2',
    }
    const issues = issuesOf(parseNew(customers, input))
    expect(issues).toHaveLength(5)
    expect(JSON.stringify(issues)).not.toContain('hunter2')
  })

  it('keeps the longest unique text and refuses one byte more', () => {
    const things = defineCollection('things', { type: 'base', fields: { a: text({ unique: true }) } })
    expect(parseNew(things, { a: `${'\u00e9'.repeat(127)}x` }).valid).toBe(true)
    expect(issuesOf(parseNew(things, { a: '\u00e9'.repeat(128) }))).toMatchObject([{ path: 'a', code: 'too_big' }])
  })

  it('does not run a pattern on a text that is too long', () => {
    const things = defineCollection('things', { type: 'base', fields: { a: text({ max: 20, pattern: /^(a+)+$/ }) } })
    expect(issuesOf(parseNew(things, { a: `${'a'.repeat(100_000)}!` }))).toMatchObject([{ code: 'too_big' }])
  })

  it('stores no negative zero', () => {
    const things = defineCollection('things', { type: 'base', fields: { a: number(), b: json() } })
    expect(parseNew(things, { a: -0, b: [-0] })).toStrictEqual({ valid: true, values: { a: 0, b: [0] } })
  })

  it('takes a username of ASCII letters, digits, dots, dashes and underscores only', () => {
    const users = builtInUsers()
    for (const username of ['ada', 'Ada.L-1_x', '7']) expect(parseNew(users, { username }).valid).toBe(true)
    const others = [
      '',
      '.ada',
      'ada@example.com',
      'ad\u0430',
      'a b',
      'ada\n',
      '\u200bada',
      'a'.repeat(65),
      'admin\u0000',
    ]
    for (const username of others) expect(issuesOf(parseNew(users, { username }))).toHaveLength(1)
  })
})

describe('parsePatch', () => {
  it('gives what is named and nothing else: no default, no null', () => {
    expect(parsePatch(customers, { phone: '+1' })).toStrictEqual({ valid: true, values: { phone: '+1' } })
    expect(parsePatch(customers, {})).toStrictEqual({ valid: true, values: {} })
    expect(parsePatch(customers, { phone: undefined })).toStrictEqual({ valid: true, values: {} })
  })

  it('takes an optional value away by null', () => {
    expect(parsePatch(customers, { phone: null, extra: null })).toStrictEqual({
      valid: true,
      values: { phone: null, extra: null },
    })
  })
})

describe('parseRegistration', () => {
  const person = { email: 'ada@example.com', password: 'correct horse' }

  it('gives the address as it was written, the password and the values of the fields', () => {
    expect(parseRegistration(customers, { ...person, email: 'Ada@Example.com', company: 'Acme' })).toStrictEqual({
      valid: true,
      email: 'Ada@Example.com',
      password: 'correct horse',
      values: complete,
    })
  })

  it('names all that is wrong at once', () => {
    expect(issuesOf(parseRegistration(customers, { email: 'ada', company: 5, role: 'admin' }))).toMatchObject([
      { path: 'email', code: 'invalid_format' },
      { path: 'password', code: 'required' },
      { path: 'company', code: 'invalid_type' },
      { path: 'role', code: 'unknown_field' },
    ])
  })

  it.each([5, true, null, ['ada@example.com'], { a: 1 }])('refuses %j as address and as password', (value) => {
    for (const path of ['email', 'password']) {
      expect(issuesOf(parseRegistration(customers, { ...person, company: 'Acme', [path]: value }))).toStrictEqual([
        { path, code: 'invalid_type', message: 'must be of type string' },
      ])
    }
  })

  it('takes neither an address nor a password that is inherited', () => {
    const input: unknown = JSON.parse('{"company":"Acme","__proto__":{"email":"ada@example.com","password":"x"}}')
    expect(issuesOf(parseRegistration(customers, input)).map(({ path }) => path)).toStrictEqual([
      'email',
      'password',
      '__proto__',
    ])
  })
})

describe('mass assignment', () => {
  const systemFields = [
    'id verified email_verified emailVerified role roles role_id permissions status banned',
    'password_hash passwordHash hash token token_key tokenKey epoch authz_version created_at',
    'updated_at created updated createdAt collection record_key mfa mfa_enabled principal_id',
    'session_id setup_code constructor prototype __proto__ toString valueOf',
  ].flatMap((line) => line.split(' '))
  const person = { email: 'ada@example.com', password: 'correct horse', company: 'Acme' }
  /** As JSON brings it: `__proto__` is an own member. */
  const withMember = (input: object, name: string, value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(input)
        .replace(/^\{/, `{${JSON.stringify(name)}:${JSON.stringify(value)},`)
        .replace(',}', '}'),
    )

  const values = [true, 'admin', null, 1, ['admin'], { admin: true }]

  it.each(systemFields)('refuses %s in every position, whatever its value', (name) => {
    for (const value of values) {
      const unknown = [{ path: name, code: 'unknown_field', message: 'is not a known field' }]
      expect(issuesOf(parseRegistration(customers, withMember(person, name, value)))).toStrictEqual(unknown)
      expect(issuesOf(parseNew(customers, withMember({ company: 'Acme' }, name, value)))).toStrictEqual(unknown)
      expect(issuesOf(parsePatch(customers, withMember({}, name, value)))).toStrictEqual(unknown)
      expect(issuesOf(parsePatch(customers, withMember({}, name, value), { byApp: true }))).toStrictEqual(unknown)
    }
  })

  it.each(['email', 'password'])('refuses %s where it is not asked for', (name) => {
    const unknown = [expect.objectContaining({ path: name, code: 'unknown_field' })]
    expect(issuesOf(parseNew(customers, { company: 'Acme', [name]: 'x' }))).toStrictEqual(unknown)
    expect(issuesOf(parsePatch(customers, { [name]: 'x' }))).toStrictEqual(unknown)
  })

  it.each([
    'values',
    'fields',
    'data',
    'record',
    'user',
    'customers.company',
    'company.x',
    'company[]',
    'Company',
    'comp\u0430ny',
  ])('refuses %s, which only looks like a way in', (name) => {
    expect(issuesOf(parsePatch(customers, { [name]: { verified: true } }))).toStrictEqual([
      expect.objectContaining({ path: name, code: 'unknown_field' }),
    ])
  })

  it('refuses hidden fields as if they did not exist, unless the app itself asks', () => {
    const unknown = [
      { path: 'risk', code: 'unknown_field', message: 'is not a known field' },
      { path: 'notes', code: 'unknown_field', message: 'is not a known field' },
    ]
    const input = { company: 'Acme', risk: 'not even a number', notes: null }
    expect(issuesOf(parseRegistration(customers, { ...person, ...input }))).toStrictEqual(unknown)
    expect(issuesOf(parseNew(customers, input))).toStrictEqual(unknown)
    expect(issuesOf(parsePatch(customers, input))).toStrictEqual(unknown)
    expect(parsePatch(customers, { risk: 1 }, { byApp: true })).toStrictEqual({ valid: true, values: { risk: 1 } })
    expect(parseNew(customers, { company: 'Acme', risk: 1 }, { byApp: true })).toMatchObject({ values: { risk: 1 } })
  })

  it('says nothing of hidden fields by the place at which it refuses them either', () => {
    const places = (hidden: string) => {
      const input = { zebra: 1, [hidden]: 1, seats: 'many', tier: 'gold', yak: 1 }
      return [parseRegistration(customers, { ...person, ...input }), parsePatch(customers, input)].map((parsed) =>
        issuesOf(parsed).map(({ path, message }) => [path === hidden ? 'it' : path, message]),
      )
    }
    expect(places('risk')).toStrictEqual(places('nothing'))
  })

  it('refuses readonly fields, and says that they are, unless the app itself asks', () => {
    const unknown = [{ path: 'tier', code: 'unknown_field', message: 'is read-only: only the app sets it' }]
    for (const tier of ['gold', 'basic', null, 1]) {
      const input = { company: 'Acme', tier }
      expect(issuesOf(parseRegistration(customers, { ...person, ...input }))).toStrictEqual(unknown)
      expect(issuesOf(parseNew(customers, input))).toStrictEqual(unknown)
      expect(issuesOf(parsePatch(customers, input))).toStrictEqual(unknown)
    }
    const byApp = { byApp: true }
    expect(parsePatch(customers, { tier: 'gold' }, byApp)).toStrictEqual({ valid: true, values: { tier: 'gold' } })
    expect(parseNew(customers, { company: 'Acme', tier: 'gold' }, byApp)).toMatchObject({ values: { tier: 'gold' } })
    expect(issuesOf(parsePatch(customers, { tier: 'silver' }, byApp))).toHaveLength(1)
    // What the server itself puts into a field goes in.
    expect(parseNew(customers, { company: 'Acme' }, { fill: { tier: 'gold' } })).toMatchObject({
      values: { tier: 'gold' },
    })
  })

  it('does not see what is inherited', () => {
    const members = Object.create({ company: 'Acme', verified: true }) as object
    expect(parseNew(customers, members)).toStrictEqual(parseNew(customers, []))
    expect(issuesOf(parseNew(customers, { __proto__: { verified: true }, company: 'Acme' }))).toHaveLength(1)
    expect(parsePatch(customers, Object.assign(Object.create(null), { phone: '+1' })).valid).toBe(true)
  })

  it('does not see what somebody put on Object.prototype', () => {
    Object.defineProperty(Object.prototype, 'company', {
      value: 'Evil',
      enumerable: true,
      configurable: true,
      writable: true,
    })
    Object.defineProperty(Object.prototype, 'verified', {
      value: true,
      enumerable: true,
      configurable: true,
      writable: true,
    })
    try {
      expect(issuesOf(parseNew(customers, {}))).toMatchObject([{ path: 'company', code: 'required' }])
      const patch = parsePatch(customers, { phone: '+1' })
      expect(patch.valid ? Object.entries(patch.values) : []).toStrictEqual([['phone', '+1']])
    } finally {
      Reflect.deleteProperty(Object.prototype, 'company')
      Reflect.deleteProperty(Object.prototype, 'verified')
    }
  })

  it.each([undefined, null, 'text', 5, true, [], [{ company: 'Acme' }], new Map([['company', 'Acme']]), () => ({})])(
    'refuses an input that is no object',
    (input) => {
      const issues = [{ path: '', code: 'invalid_type', message: 'must be an object' }]
      expect(parseNew(customers, input)).toStrictEqual({ valid: false, issues })
      expect(parsePatch(customers, input)).toStrictEqual({ valid: false, issues })
      expect(parseRegistration(customers, input)).toStrictEqual({ valid: false, issues })
    },
  )

  it('refuses a collection that was not checked', () => {
    const forged = { ...customers, fields: { verified: { type: 'bool' } } } as unknown as typeof customers
    expect(() => parsePatch(forged, { verified: true })).toThrow('a collection must come from defineCollection')
  })
})
