import { type CardeaError, isCardeaError } from '@cardea/core'
import { sdkPermissions } from '@cardea/permissions'
import { describe, expect, it } from 'vitest'
import { bool, date, email, json, number, relation, select, text, url } from '../field/builders.js'
import { builtInUsers, defineCollection } from './define-collection.js'

/** Defines without the compiler's help, as JSON from a request will. */
const define = defineCollection as (name: unknown, definition: unknown) => ReturnType<typeof defineCollection>

function refusal(work: () => unknown): CardeaError {
  try {
    work()
  } catch (error) {
    if (isCardeaError(error, 'configuration_invalid')) return error
    throw error
  }
  throw new Error('was not refused')
}

const auth = (fields: unknown) => ({ type: 'auth', fields })

describe('defineCollection', () => {
  it('gives a frozen collection with its fields in order', () => {
    const customers = defineCollection('customers', {
      type: 'auth',
      fields: { phone: text({ unique: true, optional: true }), company: text() },
      auth: { registration: 'closed', requireVerified: true, identifiers: ['phone'], password: { enabled: false } },
      table: 'crm_customers',
    })
    expect(JSON.parse(JSON.stringify(customers))).toStrictEqual({
      name: 'customers',
      type: 'auth',
      fields: { phone: { type: 'text', unique: true, optional: true }, company: { type: 'text' } },
      auth: { registration: 'closed', requireVerified: true, identifiers: ['phone'], password: { enabled: false } },
      rules: { list: 'locked', view: 'locked', create: 'locked', update: 'locked', delete: 'locked' },
      table: 'crm_customers',
    })
    const parts = [customers, customers.fields, customers.fields.phone, customers.auth, customers.auth.identifiers]
    expect([...parts, customers.auth.password].every(Object.isFrozen)).toBe(true)
  })

  it('takes the same definition from JSON', () => {
    const fields = {
      company: text({ optional: true, pattern: /^\p{Lu}/u }),
      seats: number({ default: 1, min: 1 }),
      since: date({ max: '2030-01-01T00:00:00+02:00' }),
      plan: select(['free', 'paid']),
      extra: json({ default: { deep: [1, null] } }),
    }
    const fromCode = defineCollection('customers', { type: 'auth', fields })
    const fromJson = define('customers', JSON.parse(JSON.stringify({ type: 'auth', fields })))
    expect(JSON.stringify(fromJson)).toBe(JSON.stringify(fromCode))
  })

  it('drops options that say nothing', () => {
    const { fields } = define(
      'customers',
      auth({ a: { type: 'bool', optional: false, hidden: false, default: false } }),
    )
    expect(fields).toEqual({ a: { type: 'bool', default: false } })
  })

  it('keeps what it was given apart from what the caller changes later', () => {
    const fallback = { list: ['a'] }
    const fields: Record<string, ReturnType<typeof text>> = { a: text() }
    const things = defineCollection('things', {
      type: 'base',
      fields: { ...fields, meta: json({ default: fallback }) },
    })
    fallback.list.push('b')
    fields['b'] = text()
    expect(things.fields['meta']).toEqual({ type: 'json', default: { list: ['a'] } })
    expect(Object.keys(things.fields)).toStrictEqual(['a', 'meta'])
  })

  it('finds nothing in its fields but fields', () => {
    const { fields } = define('customers', auth({ company: text() }))
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) expect(fields[name]).toBeUndefined()
  })

  it('has no sign-in settings in a base collection', () => {
    expect(defineCollection('products', { type: 'base' }).auth).toBeNull()
    const error = refusal(() => define('products', { type: 'base', auth: {} }))
    expect(error.message).toBe("defineCollection('products'): auth is for collections of the type auth")
  })

  describe('names', () => {
    const long = 'a'.repeat(49)
    it.each([
      '',
      'Customers',
      '1customers',
      '_customers',
      'custo-mers',
      'customers ',
      ' customers',
      'customers\n',
      'a.b',
      'a"b',
      "a'b",
      'a`b',
      'customers"; drop table cardea_principals; --',
      "x' OR '1'='1",
      'a/*',
      'cust\u043emers', // Cyrillic o
      '\u212austomers', // Kelvin sign, which lower-cases to k
      'k\u0131ds', // dotless i
      'caf\u00e9',
      '\uff41bc', // full-width a
      'a\u0000b',
      'a\u200bb', // zero-width space
      '\u202eabc', // right-to-left override
      '__proto__',
      'toString',
      '../users',
      '%61ll',
      long,
      'a'.repeat(10_000),
    ])('refuses the collection name %j', (name) => {
      const error = refusal(() => define(name, { type: 'auth' }))
      expect(error.message).toBe(
        'defineCollection: name must be 1 to 48 lower-case letters, digits and _, and begin with a letter',
      )
      expect(error.issues).toStrictEqual([expect.objectContaining({ path: 'name' })])
    })

    it.each([undefined, null, 7, {}, ['customers'], Symbol.iterator])('refuses a name that is no text', (name) => {
      expect(refusal(() => define(name, { type: 'auth' })).message).toBe('defineCollection: name must be a text')
    })

    it.each([
      'all',
      'auth',
      'settings',
      'records',
      'api',
      'admin',
      'session',
      'sessions',
      'me',
      'cardea',
      'cardea_sessions',
      'cardea_',
      'constructor',
      'prototype',
    ])('reserves the collection name %s', (name) => {
      expect(refusal(() => define(name, { type: 'auth' })).message).toBe('defineCollection: name is a reserved name')
    })

    it("reserves the resources of Cardea's own permissions, so that none means two things", () => {
      const resources = new Set(sdkPermissions.entries.map(({ resource }) => resource))
      resources.delete('users')
      expect(resources.size).toBeGreaterThan(5)
      for (const name of resources) expect(refusal(() => define(name, { type: 'base' })).message).toContain('reserved')
    })

    it('takes the longest name and one letter', () => {
      expect(define('a'.repeat(48), { type: 'base' }).name).toHaveLength(48)
      expect(define('a', { type: 'base' }).name).toBe('a')
    })

    it.each([
      'Company',
      '1a',
      '_a',
      'a-b',
      'a b',
      'a"; drop table x; --',
      'caf\u00e9',
      'comp\u0430ny',
      long,
      'a\u0000',
      'constructor ',
      'toString',
      '',
      '$where',
      'a.b',
      '*',
    ])('refuses the field name %j and says where', (name) => {
      const error = refusal(() => define('customers', auth({ [name]: text() })))
      expect(error.message).toBe(
        `defineCollection('customers'): fields.${name} must be 1 to 48 lower-case letters, digits and _, and begin with a letter`,
      )
      expect(error.issues?.[0]?.path).toBe(`fields.${name}`)
    })

    it('refuses __proto__ as a field name, from JSON and in code', () => {
      const fromJson: unknown = JSON.parse('{"type":"auth","fields":{"__proto__":{"type":"text"}}}')
      expect(refusal(() => define('customers', fromJson)).message).toContain('fields.__proto__ must be 1 to 48')
      expect(refusal(() => define('customers', auth({ __proto__: text() }))).message).toBe(
        "defineCollection('customers'): fields must be an object of fields by name",
      )
    })

    it('says no more than 64 characters of a name', () => {
      const error = refusal(() => define('customers', auth({ ['x'.repeat(5_000)]: text() })))
      expect(error.message.length).toBeLessThan(250)
    })

    const everywhere = [
      'id created_at updated_at created updated collection password password_hash hash token token_key',
      'secret constructor prototype primary xmin ctid tableoid rowid db_row_id db_trx_id db_roll_ptr',
      'cardea_role date_created password_confirm',
    ].flatMap((line) => line.split(' '))
    const ofPrincipals = [
      'email verified email_verified role roles role_id permissions status epoch authz_version',
      'record_key principal_id mfa banned session_id refresh_token setup_code',
    ].flatMap((line) => line.split(' '))
    it.each([...everywhere, ...ofPrincipals])('reserves the field %s in auth collections', (name) => {
      expect(refusal(() => define('customers', auth({ [name]: text() }))).message).toBe(
        `defineCollection('customers'): fields.${name} is a reserved name`,
      )
    })

    it.each(everywhere)('reserves the field %s in base collections', (name) => {
      expect(refusal(() => define('products', { type: 'base', fields: { [name]: text() } })).message).toBe(
        `defineCollection('products'): fields.${name} is a reserved name`,
      )
    })

    it('leaves what only principals have to base collections', () => {
      expect(Object.keys(defineCollection('orders', { type: 'base', fields: { status: text() } }).fields)).toEqual([
        'status',
      ])
    })

    it.each(['Bad', 'a b', 'x;y', 'cardea_sessions', 'sqlite_master', 'pg_class', 'a'.repeat(64), ''])(
      'refuses the table name %j',
      (table) => {
        expect(refusal(() => define('customers', { type: 'auth', table })).message).toMatch(
          /^defineCollection\('customers'\): table must /,
        )
      },
    )
  })

  describe('options', () => {
    it.each<[string, unknown, string]>([
      ['an unknown type', { type: 'view' }, 'type must be one of auth, base'],
      ['no type', {}, 'type is required'],
      ['no definition', undefined, 'options is required'],
      [
        'an unknown option',
        { type: 'auth', access: {} },
        'access is not a known field; known are type, fields, auth, rules, table, columns, id',
      ],
      [
        'a setting that is not enforced',
        { type: 'auth', auth: { passkeys: { enabled: true } } },
        'auth.passkeys is not a known field; known are password, otp, mfa, oauth, lifetimes, registration, registrationAnswer, requireVerified, identifiers, signIn',
      ],
      [
        'a setting within one',
        { type: 'auth', auth: { password: { min: 3 } } },
        'auth.password.min is not a known field; known are enabled, minLength, requireUpper, requireNumber, requireSpecial',
      ],
      [
        'registration of another kind',
        { type: 'auth', auth: { registration: 'invitation' } },
        'auth.registration must be one of open, closed, invite',
      ],
      [
        'a truthy text',
        { type: 'auth', auth: { requireVerified: 'yes' } },
        'auth.requireVerified must be of type boolean',
      ],
      ['a list of fields', { type: 'auth', fields: [text()] }, 'fields must be an object of fields by name'],
      ['fields that are null', { type: 'auth', fields: null }, 'fields must be an object of fields by name'],
      [
        'an identifier that is no field',
        { type: 'auth', auth: { identifiers: ['phone'] } },
        'auth.identifiers.0 must be the name of a field',
      ],
      [
        'an identifier from the prototype',
        { type: 'auth', auth: { identifiers: ['constructor'] } },
        'auth.identifiers.0 must be the name of a field',
      ],
      [
        'an identifier that is not unique',
        { ...auth({ phone: text() }), auth: { identifiers: ['phone'] } },
        'auth.identifiers.0 must be a unique field of the type text or email',
      ],
      [
        'an identifier of another type',
        { ...auth({ no: number({ unique: true }) }), auth: { identifiers: ['no'] } },
        'auth.identifiers.0 must be a unique field of the type text or email',
      ],
      [
        'an identifier twice',
        { ...auth({ no: text({ unique: true }) }), auth: { identifiers: ['no', 'no'] } },
        'auth.identifiers.1 is named twice',
      ],
      [
        'an identifier with a long name',
        { ...auth({ [`a${'b'.repeat(32)}`]: text({ unique: true }) }), auth: { identifiers: [`a${'b'.repeat(32)}`] } },
        'auth.identifiers.0 must be at most 32 characters',
      ],
    ])('refuses %s by name', (_what, definition, message) => {
      expect(refusal(() => define('customers', definition)).message).toBe(`defineCollection('customers'): ${message}`)
    })

    it('refuses more than 100 fields', () => {
      const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, text()]))
      expect(Object.keys(define('customers', auth(fields(100))).fields)).toHaveLength(100)
      expect(refusal(() => define('customers', auth(fields(101)))).message).toContain(
        'fields must be at most 100 fields',
      )
    })

    it('refuses more keys than a table has room for', () => {
      const fields = (count: number, options: object) =>
        Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, number(options)]))
      for (const [options, most] of [
        [{ index: true }, 50],
        [{ unique: true, index: true }, 25],
      ] as const) {
        expect(Object.keys(define('customers', auth(fields(most, options))).fields)).toHaveLength(most)
        expect(refusal(() => define('customers', auth(fields(most + 1, options)))).message).toContain('at most 50')
      }
    })

    it('names every place that is wrong at once', () => {
      const error = refusal(() =>
        define('customers', auth({ a: { type: 'bool', min: 1 }, b: { type: 'float' }, c: { type: 'text', max: -1 } })),
      )
      expect(error.issues?.map(({ path }) => path)).toStrictEqual(['fields.a.min', 'fields.b', 'fields.c.max'])
    })
  })

  describe('field options', () => {
    it.each<[string, object]>([
      ['a.min', { type: 'bool', min: 1 }],
      ['a.unique', { type: 'bool', unique: true }],
      ['a.unique', { type: 'json', unique: true }],
      ['a.unique', { type: 'select', options: ['a'], unique: true }],
      ['a.index', { type: 'json', index: true }],
      ['a.pattern', { type: 'email', pattern: 'a' }],
      ['a.pattern', { type: 'url', pattern: 'a' }],
      ['a.max', { type: 'email', max: 5 }],
      ['a.min', { type: 'url', min: 5 }],
      ['a.min', { type: 'json', min: 5 }],
      ['a.default', { type: 'relation', collection: 'users', default: 'x' }],
      ['a.options', { type: 'text', options: ['a'] }],
      ['a.nullable', { type: 'text', nullable: true }],
    ])('refuses %s of %j, which makes no sense', (path, field) => {
      expect(refusal(() => define('customers', auth({ a: field }))).issues).toStrictEqual([
        { path: `fields.${path}`, code: 'unknown_field', message: 'is not a known field' },
      ])
    })

    it.each<[string, object]>([
      ['a', { type: 'float' }],
      ['a', { type: '__proto__' }],
      ['a', { type: 'constructor' }],
      ['a', { type: ['text'] }],
      ['a', Object.create({ type: 'text' })],
      ['a.optional', { type: 'text', optional: 1 }],
      ['a.max', { type: 'text', max: 100_001 }],
      ['a.max', { type: 'text', max: 1.5 }],
      ['a.max', { type: 'text', min: 5, max: 4 }],
      ['a.max', { type: 'text', min: 5_001 }],
      ['a.max', { type: 'text', unique: true, max: 256 }],
      ['a.max', { type: 'url', unique: true, max: 256 }],
      ['a.max', { type: 'text', index: true, max: 256 }],
      ['a.index', { type: 'bool', index: 'yes' }],
      ['a.max', { type: 'number', min: 5, max: 4 }],
      ['a.min', { type: 'number', min: Number.NaN }],
      ['a.min', { type: 'date', min: 'yesterday' }],
      ['a.max', { type: 'date', min: '2026-01-02', max: '2026-01-01' }],
      ['a.pattern', { type: 'text', pattern: '(' }],
      ['a.pattern', { type: 'text', pattern: 'a'.repeat(501) }],
      ['a.pattern', { type: 'text', pattern: /a/ }],
      ['a.options', { type: 'select' }],
      ['a.options', { type: 'select', options: [] }],
      ['a.options', { type: 'select', options: ['a', 'a'] }],
      ['a.options.0', { type: 'select', options: [''] }],
      ['a.options.0', { type: 'select', options: ['\u00e9'.repeat(128)] }],
      ['a.options', { type: 'select', options: Array.from({ length: 201 }, (_, at) => `o${at}`) }],
      ['a.collection', { type: 'relation' }],
      ['a.default', { type: 'text', default: 5 }],
      ['a.default', { type: 'text', max: 2, default: 'abc' }],
      ['a.default', { type: 'text', unique: true, default: 'abc' }],
      ['a.default', { type: 'select', options: ['a'], default: 'b' }],
      ['a.default', { type: 'date', default: 'now' }],
      ['a.default', { type: 'json', default: { a: () => 1 } }],
      ['a.default', { type: 'json', default: null }],
      ['a.hidden', { type: 'text', hidden: true }],
      ['a.readonly', { type: 'text', readonly: true }],
      ['a.readonly', { type: 'text', readonly: true, hidden: true, optional: true }],
      ['a.readonly', { type: 'text', readonly: 'yes', optional: true }],
    ])('refuses %s of %j', (path, field) => {
      const { issues } = refusal(() => define('customers', auth({ a: field })))
      expect(issues?.map((issue) => issue.path)).toStrictEqual([`fields.${path}`])
    })

    it('never says a value of a definition', () => {
      const error = refusal(() => define('customers', auth({ a: { type: 'text', default: 5, pattern: 'hunter2(' } })))
      expect(error.message).not.toContain('hunter2')
    })
  })

  describe('users', () => {
    it('are the built-in users with fields of the app', () => {
      const users = defineCollection('users', { type: 'auth', fields: { avatar: url({ optional: true }) } })
      expect(Object.keys(users.fields)).toStrictEqual(['username', 'name', 'avatar'])
      expect(users.fields.username).toMatchObject({ type: 'text', unique: true, optional: true })
      expect(users.auth.identifiers).toStrictEqual(['username'])
    })

    it('can have more identity fields', () => {
      const users = defineCollection('users', {
        type: 'auth',
        fields: { work: email({ unique: true, optional: true }) },
        auth: { identifiers: ['work'] },
      })
      expect(users.auth.identifiers).toStrictEqual(['username', 'work'])
    })

    it('cannot be a base collection', () => {
      expect(refusal(() => define('users', { type: 'base' })).message).toBe(
        "defineCollection('users'): type must be auth for users",
      )
    })

    it('are told of all their mistakes at once: names that are taken, what fields are, and other members', () => {
      const fields = { name: text(), user_id: text(), title: { type: 'txt' }, size: { type: 'number', minn: 1 } }
      const places = refusal(() => define('users', { ...auth(fields), colour: 1 })).issues?.map(({ path }) => path)
      expect(places).toEqual(['fields.name', 'fields.user_id', 'fields.title', 'fields.size.minn', 'colour'])
    })

    it('are refused reserved names whatever kind of object the definition is', () => {
      class Definition {
        type = 'auth'
        fields = { user_id: text() }
      }
      expect(refusal(() => define('users', new Definition())).message).toContain('fields.user_id is a reserved name')
      for (const none of [undefined, null, 'auth'])
        expect(refusal(() => define('users', none)).message).toContain('users')
    })

    it.each(['username', 'name'])('cannot replace the built-in field %s', (name) => {
      expect(refusal(() => define('users', auth({ [name]: text() }))).message).toBe(
        `defineCollection('users'): fields.${name} is a built-in field`,
      )
    })

    it.each(['user_id', 'role_label', 'oauth', 'ssh_keys', 'issued_at', 'revoked'])(
      'cannot have the field %s, which their routes give another meaning',
      (name) => {
        expect(refusal(() => define('users', auth({ [name]: text() }))).message).toContain('is a reserved name')
        expect(define('products', { type: 'base', fields: { [name]: text() } }).name).toBe('products')
      },
    )

    it('exist without being defined', () => {
      expect(Object.keys(builtInUsers().fields)).toStrictEqual(['username', 'name'])
      expect(Object.keys(builtInUsers({ vip: bool({ default: false }) }).fields)).toStrictEqual([
        'username',
        'name',
        'vip',
      ])
      expect(builtInUsers({ boss: relation('users', { optional: true }) }).fields.boss.collection).toBe('users')
    })
  })
})
