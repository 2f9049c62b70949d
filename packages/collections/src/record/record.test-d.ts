import type { Catalogue } from '@cardea/permissions'
import { describe, expectTypeOf, it } from 'vitest'
import type { AnyCollection, AuthOptions, Collection } from '../definition/collection.js'
import { builtInUsers, defineCollection } from '../definition/define-collection.js'
import { permissionsOf } from '../definition/permissions.js'
import { collectionRegistry } from '../definition/registry.js'
import { bool, date, email, json, number, relation, select, text, url } from '../field/builders.js'
import type { JsonContent } from '../field/json.js'
import { anyOf, authenticated, owner, permission } from '../rules/builders.js'
import type { CheckedRule } from '../rules/rule.js'
import type { NewValues, PatchValues } from './parse.js'
import type { InferFields, NewInput, PatchInput, ReadonlyInput, RecordOf, RegisterInput } from './record.js'
import type { Records } from './records.js'

const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    company: text(),
    phone: text({ unique: true, optional: true }),
    contact: email(),
    site: url({ optional: true }),
    seats: number({ default: 5 }),
    news: bool(),
    since: date(),
    plan: select(['free', 'paid'], { default: 'free' }),
    extra: json({ optional: true }),
    employer: relation('companies'),
    risk: number({ hidden: true, optional: true }),
    tier: select(['basic', 'gold'], { readonly: true, default: 'basic' }),
    score: number({ readonly: true, optional: true }),
  },
  auth: { identifiers: ['phone'] },
})
const companies = defineCollection('companies', { type: 'base', fields: { title: text() } })

type Customers = typeof customers
/** Writes out the members of an intersection. */
type Flat<T> = { [K in keyof T]: T[K] }

describe('RecordOf', () => {
  it('is what the API shows', () => {
    expectTypeOf<Flat<RecordOf<Customers>>>().toEqualTypeOf<{
      readonly id: string
      readonly email: string
      readonly verified: boolean
      readonly created_at: string
      readonly updated_at: string
      readonly company: string
      readonly phone: string | null
      readonly contact: string
      readonly site: string | null
      readonly seats: number
      readonly news: boolean
      readonly since: string
      readonly plan: 'free' | 'paid'
      readonly extra: JsonContent | null
      readonly employer: string | null
      readonly tier: 'basic' | 'gold'
      readonly score: number | null
    }>()
    expectTypeOf<Flat<RecordOf<typeof companies>>>().toEqualTypeOf<{
      readonly id: string
      readonly title: string
      readonly created_at: string
      readonly updated_at: string
    }>()
  })

  it('works for a collection of which only the kind is known', () => {
    expectTypeOf<RecordOf<AnyCollection>['id']>().toEqualTypeOf<string>()
    expectTypeOf<Customers>().toExtend<AnyCollection>()
    expectTypeOf<typeof companies>().toExtend<AnyCollection>()
  })
})

describe('RegisterInput', () => {
  it('asks for what is neither optional nor has a default, and for nothing hidden or readonly', () => {
    expectTypeOf<Flat<RegisterInput<Customers>>>().toEqualTypeOf<{
      readonly email: string
      readonly password: string
      readonly company: string
      readonly contact: string
      readonly news: boolean
      readonly since: string
      readonly employer: string
      readonly phone?: string | null | undefined
      readonly site?: string | null | undefined
      readonly seats?: number | undefined
      readonly plan?: 'free' | 'paid' | undefined
      readonly extra?: JsonContent | null | undefined
    }>()
    expectTypeOf<Flat<NewInput<typeof companies>>>().toEqualTypeOf<{ readonly title: string }>()
  })
})

describe('PatchInput', () => {
  it('takes any field that is neither hidden nor readonly, and null for optional ones', () => {
    expectTypeOf<PatchInput<Customers>>().toEqualTypeOf<{
      readonly company?: string | undefined
      readonly phone?: string | null | undefined
      readonly contact?: string | undefined
      readonly site?: string | null | undefined
      readonly seats?: number | undefined
      readonly news?: boolean | undefined
      readonly since?: string | undefined
      readonly plan?: 'free' | 'paid' | undefined
      readonly extra?: JsonContent | null | undefined
      readonly employer?: string | undefined
    }>()
    // @ts-expect-error the system owns it
    const verified: PatchInput<Customers> = { verified: true }
    // @ts-expect-error hidden
    const risk: PatchInput<Customers> = { risk: 1 }
    // @ts-expect-error readonly
    const tier: PatchInput<Customers> = { tier: 'gold' }
    expectTypeOf([verified, risk, tier]).toBeArray()
  })
})

describe('ReadonlyInput', () => {
  it('takes the fields that clients see and do not set', () => {
    expectTypeOf<ReadonlyInput<Customers>>().toEqualTypeOf<{
      readonly tier?: 'basic' | 'gold' | undefined
      readonly score?: number | null | undefined
    }>()
    expectTypeOf<keyof ReadonlyInput<typeof companies>>().toBeNever()
  })
})

describe('InferFields', () => {
  it('reads optionality from the options, wherever a field is made', () => {
    const phone = text({ optional: true })
    const code = text({ hidden: false, optional: false })
    expectTypeOf<InferFields<{ phone: typeof phone; code: typeof code }>>().toEqualTypeOf<{
      readonly phone: string | null
      readonly code: string
    }>()
  })
})

describe('defineCollection', () => {
  it('keeps names, types and fields', () => {
    expectTypeOf(customers.name).toEqualTypeOf<'customers'>()
    expectTypeOf(customers.type).toEqualTypeOf<'auth'>()
    expectTypeOf(customers.auth).toEqualTypeOf<AuthOptions>()
    expectTypeOf(companies.auth).toEqualTypeOf<null>()
    expectTypeOf(customers.fields.plan.options).toEqualTypeOf<readonly ('free' | 'paid')[]>()
  })

  it('adds fields to those of the built-in users', () => {
    const users = defineCollection('users', { type: 'auth', fields: { avatar: url({ optional: true }) } })
    expectTypeOf<RecordOf<typeof users>>().toExtend<{
      readonly username: string | null
      readonly name: string | null
      readonly avatar: string | null
    }>()
    expectTypeOf(builtInUsers({ avatar: url({ optional: true }) })).toEqualTypeOf(users)
    expectTypeOf<Flat<RegisterInput<ReturnType<typeof builtInUsers>>>>().toEqualTypeOf<{
      readonly email: string
      readonly password: string
      readonly username?: string | null | undefined
      readonly name?: string | null | undefined
    }>()
  })

  it('refuses at compile time what it refuses at run time', () => {
    // Never called: only compiled.
    const wrong = () => {
      // @ts-expect-error no such option
      text({ unqiue: true })
      // @ts-expect-error no such option of the type
      bool({ min: 1 })
      // @ts-expect-error a default of another type
      number({ default: '5' })
      // @ts-expect-error not among the options
      select(['a', 'b'], { default: 'c' })
      // @ts-expect-error no such type
      defineCollection('things', { type: 'view' })
      // @ts-expect-error base collections have no sign-in settings
      defineCollection('things', { type: 'base', auth: {} })
      // @ts-expect-error no such setting
      defineCollection('things', { type: 'auth', auth: { passkeys: { enabled: true } } })
      // @ts-expect-error no such field
      defineCollection('things', { type: 'auth', fields: { a: text({ unique: true }) }, auth: { identifiers: ['b'] } })
      // @ts-expect-error no field
      defineCollection('things', { type: 'auth', fields: { a: 'text' } })
    }
    expectTypeOf(wrong).toBeFunction()
  })

  it('takes fields as plain data too', () => {
    const things = defineCollection('things', { type: 'base', fields: { a: { type: 'text', unique: true } } })
    expectTypeOf(things).toExtend<Collection<'things', 'base'>>()
  })
})

describe('rules', () => {
  it('are typed by the fields of the definition', () => {
    const posts = defineCollection('posts', {
      type: 'base',
      fields: { title: text(), author: relation('customers'), editor: relation('customers', { optional: true }) },
      rules: {
        list: 'public',
        view: anyOf('authenticated', owner('author'), anyOf('posts:read', owner('editor'))),
        create: authenticated('customers', 'vendors'),
        update: { anyOf: [{ owner: 'editor' }, { permission: 'posts:update' }, 'posts:moderate'] },
        delete: owner('author'),
      },
    })
    expectTypeOf(posts.rules.list).toEqualTypeOf<CheckedRule>()
    expectTypeOf(posts).toExtend<AnyCollection>()
    // Rules say nothing of the fields' types.
    expectTypeOf<RecordOf<typeof posts>['author']>().toEqualTypeOf<string | null>()
    expectTypeOf(owner('author')).toEqualTypeOf<{ readonly owner: 'author' }>()
    expectTypeOf(permission('a:b')).toEqualTypeOf<{ readonly permission: 'a:b' }>()
  })

  it('do not compile where they are none', () => {
    const fields = { title: text(), author: relation('customers') }
    // Never called: only compiled.
    const wrong = () => {
      // @ts-expect-error a text holds no owner
      defineCollection('posts', { type: 'base', fields, rules: { update: owner('title') } })
      // @ts-expect-error no such field
      defineCollection('posts', { type: 'base', fields, rules: { update: owner('writer') } })
      // @ts-expect-error the same among others, however deep
      defineCollection('posts', { type: 'base', fields, rules: { update: anyOf('public', anyOf(owner('title'))) } })
      // @ts-expect-error the same as plain data
      defineCollection('posts', { type: 'base', fields, rules: { update: { anyOf: [{ owner: 'title' }] } } })
      // @ts-expect-error a collection without relations has no owners
      defineCollection('posts', { type: 'base', rules: { update: owner('author') } })
      // @ts-expect-error no such rule
      defineCollection('posts', { type: 'base', fields, rules: { list: 'publik' } })
      // @ts-expect-error no such rule
      defineCollection('posts', { type: 'base', fields, rules: { list: anyOf('everybody') } })
      // @ts-expect-error no such rule
      defineCollection('posts', { type: 'base', fields, rules: { list: '' } })
      // @ts-expect-error no such operation
      defineCollection('posts', { type: 'base', fields, rules: { read: 'public' } })
      // @ts-expect-error the spelling of JSON
      defineCollection('posts', { type: 'base', fields, rules: { list: { any_of: ['public'] } } })
      // @ts-expect-error no permission
      permission('posts')
      // @ts-expect-error of whom
      authenticated()
      // @ts-expect-error no such rule, wherever it stands
      anyOf('public', 'everybody')
    }
    expectTypeOf(wrong).toBeFunction()
  })
})

describe('permissionsOf', () => {
  it('names the permissions', () => {
    expectTypeOf(permissionsOf(companies)).toEqualTypeOf<
      Catalogue<'companies:read' | 'companies:create' | 'companies:update' | 'companies:delete'>
    >()
  })
})

describe('Records', () => {
  it('take checked values only', () => {
    const wrong = async (records: Records, body: Record<string, string>, patch: PatchValues, values: NewValues) => {
      const storage: Parameters<Records['insert']>[0] = {} as never
      // @ts-expect-error a request body is no checked value
      await records.update(storage, companies, 'id', body)
      // @ts-expect-error a change is no whole record
      await records.insert(storage, companies, { id: 'id', values: patch })
      // @ts-expect-error a principal has an address
      await records.insert(storage, customers, { id: 'id', values })
      // @ts-expect-error a plain record has no address to verify
      await records.updateAccount(storage, companies, 'id', { verified: true })
    }
    expectTypeOf(wrong).toBeFunction()
    expectTypeOf<ReturnType<Records['present']>>().toEqualTypeOf<RecordOf<AnyCollection>>()
  })

  it('take collections of any fields into a registry', () => {
    expectTypeOf(collectionRegistry).toBeCallableWith([customers, companies, builtInUsers()])
  })
})
