import { builtInUsers, date, defineCollection, number, select, text } from '@cardea/collections'
import { definePermissions } from '@cardea/permissions'
import { createMemoryStorage } from '@cardea/storage/memory'
import { expectTypeOf } from 'vitest'
import { createCardea } from './create-cardea.js'
import { cmsPreset } from './presets/cms.js'

const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    company: text(),
    size: number({ optional: true }),
    plan: select(['free', 'paid']),
    secret: text({ hidden: true, optional: true }),
  },
})
const products = defineCollection('products', { type: 'base', fields: { title: text() } })
const users = builtInUsers({ born: date({ optional: true }) })
const storage = createMemoryStorage()

const auth = createCardea({ storage, ...cmsPreset, collections: [users, customers, products] })

type Customer = NonNullable<Awaited<ReturnType<typeof auth.collections.customers.find>>>
expectTypeOf<Customer['company']>().toEqualTypeOf<string>()
expectTypeOf<Customer['size']>().toEqualTypeOf<number | null>()
expectTypeOf<Customer['plan']>().toEqualTypeOf<'free' | 'paid'>()
expectTypeOf<Customer>().not.toHaveProperty('secret')
expectTypeOf<Customer>().not.toHaveProperty('role')

type User = NonNullable<Awaited<ReturnType<typeof auth.users.find>>>
expectTypeOf<User['username']>().toEqualTypeOf<string | null>()
expectTypeOf<User['born']>().toEqualTypeOf<string | null>()
expectTypeOf<User['role']>().toEqualTypeOf<string | null>()

void auth.collections.customers.register({ email: 'a@b.example', password: 'p', company: 'Acme', plan: 'free' })
// @ts-expect-error company is required
void auth.collections.customers.register({ email: 'a@b.example', password: 'p', plan: 'free' })
// @ts-expect-error no such plan
void auth.collections.customers.register({ email: 'a@b.example', password: 'p', company: 'Acme', plan: 'gold' })
// @ts-expect-error verified is not the caller's to say
void auth.collections.customers.register({ email: 'a', password: 'p', company: 'A', plan: 'free', verified: true })
// @ts-expect-error a base collection has no principals
void auth.collections.products
// @ts-expect-error no such collection
void auth.collections.vendors

const me = await auth.permissions.subject('id')
me.can('content:publish')
me.can('customers:read')
me.can('products:delete')
me.can('tokens:admin')
// @ts-expect-error a typo
me.can('content:pubish')
// @ts-expect-error an operation that the resource does not have
me.can('webhook:admin')

const own = createCardea({ storage, permissions: definePermissions({ posts: ['read', 'pin'] }) })
const subject = await own.permissions.subject('id')
subject.can('posts:pin')
subject.can('users:read')
// @ts-expect-error not declared without the preset
subject.can('content:read')

void auth.apiKeys.create({ principalId: 'id', scopes: ['content:read', 'media:*', '*:read', '*'] })
// @ts-expect-error a typo
void auth.apiKeys.create({ principalId: 'id', scopes: ['content:raed'] })

const verified = await auth.verify({ bearerToken: 'key' })
if (verified.authenticated) {
  const { authentication } = verified
  // @ts-expect-error an API key has no session
  void authentication.session.id
  if (authentication.apiKey === undefined) expectTypeOf(authentication.session.id).toEqualTypeOf<string>()
  else expectTypeOf(authentication.session).toEqualTypeOf<undefined>()
}
const bySession = await auth.sessions.verify({ accessToken: 'token' })
if (bySession.authenticated) expectTypeOf(bySession.authentication.session.id).toEqualTypeOf<string>()
