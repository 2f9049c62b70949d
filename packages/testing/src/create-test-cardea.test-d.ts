import { builtInUsers, type CardeaOptions, defineCollection, definePermissions, number, text } from 'cardea'
import { expectTypeOf } from 'vitest'
import { createTestCardea } from './create-test-cardea.js'

const customers = defineCollection('customers', {
  type: 'auth',
  fields: { company: text(), size: number({ optional: true }) },
})
const permissions = definePermissions({ posts: ['read', 'pin'] })
const options = {
  collections: [builtInUsers({ nick: text({ optional: true }) }), customers],
  permissions,
  secret: process.env['CARDEA_SECRET'],
} as const

const { auth, signInAs } = await createTestCardea({ ...options })
const subject = await auth.permissions.subject('id')
subject.can('posts:pin')
// @ts-expect-error a typo
subject.can('posts:pun')
// @ts-expect-error company is required
void auth.collections.customers.register({ email: 'a@b.example', password: 'p' })
// @ts-expect-error no such collection
void auth.collections.vendors

const customer = await signInAs({ company: 'Acme' }, { collection: 'customers' })
expectTypeOf(customer.user.company).toEqualTypeOf<string>()
expectTypeOf(customer.user.size).toEqualTypeOf<number | null>()
expectTypeOf((await signInAs()).user.nick).toEqualTypeOf<string | null>()
expectTypeOf((await signInAs(customer.user, { collection: 'customers' })).user.company).toEqualTypeOf<string>()
// @ts-expect-error no such field
void signInAs({ compony: 'Acme' }, { collection: 'customers' })
// A collection that is defined at run time has no types.
expectTypeOf((await signInAs({ plan: 'x' }, { collection: 'members' })).user).toEqualTypeOf<
  Readonly<Record<string, unknown>>
>()

const bare = await createTestCardea()
void bare.auth.users.register({ email: 'a@b.example', password: 'p' })
// What replaces it is the test's.
expectTypeOf<Parameters<typeof createTestCardea>[0]>().not.toHaveProperty('clock')
expectTypeOf<CardeaOptions<readonly [], never>>().toHaveProperty('clock')
