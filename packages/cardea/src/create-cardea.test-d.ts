import {
  type AnyCollection,
  builtInUsers,
  date,
  defineCollection,
  number,
  relation,
  select,
  text,
} from '@cardea/collections'
import { definePermissions, mergeRoles, own as ownRows, row } from '@cardea/permissions'
import { createMemoryStorage } from '@cardea/storage/memory'
import { expectTypeOf } from 'vitest'
import type { Cardea } from './api/cardea.js'
import type { Authentication } from './api/sign-in.js'
import type { ListQuery } from './api/users.js'
import { createCardea } from './create-cardea.js'
import { defineRoles } from './options/define-roles.js'
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

const { permissions } = auth
void permissions.assign('id', 'editor', { scope: { tenant: 'acme' }, expiresAt: 0 })
// Roles of run time have any label.
void permissions.assign('id', 'contributor')
// @ts-expect-error a role is named by a text
void permissions.assign('id', 7)
// The labels of declared roles are known, to editors if not to the compiler.
type Named = Extract<Parameters<typeof permissions.assign>[1], 'admin' | 'editor' | 'viewer' | 'contributor'>
expectTypeOf<Named>().toEqualTypeOf<'admin' | 'editor' | 'viewer'>()
void permissions.roles.create({ label: 'contributor', inherits: ['viewer', 'admin'] })
// @ts-expect-error exemption from all checks is declared in code alone
void permissions.roles.create({ label: 'contributor', bypass: true })
// @ts-expect-error a role stays in its tenant
void permissions.roles.update('contributor', { tenant: 'acme' })
void permissions.grants.add('editor', 'content:publish', { when: ownRows('author_id'), fields: ['title'] })
void permissions.grants.add('editor', 'content:*', { effect: 'deny' })
void permissions.grants.add('editor', '*:read')
void permissions.grants.add('editor', await permissions.catalogue.create({ label: 'reports:send' }))
// @ts-expect-error a typo
void permissions.grants.add('editor', 'content:pubish')
// @ts-expect-error a wildcard over nothing
void permissions.grants.add('editor', 'contnet:*')
permissions.needs(['content:read', 'made_at_run_time:use'], 'GET /things')
const within = auth.with({})
// @ts-expect-error who may not be there would ask as the app itself
void ((by: Authentication | undefined) => auth.apiKeys.create({ principalId: 'id' }, by))
// @ts-expect-error also with a context
void ((by: Authentication | undefined) => auth.apiKeys.create({ principalId: 'id' }, by, {}))
// @ts-expect-error what is not there would ask as the app itself
void within.permissions.roles.delete('contributor', { by: undefined })
// @ts-expect-error a typo
void within.permissions.grants.add('editor', 'content:pubish')

const posts = definePermissions({ posts: ['read', 'pin'] })
// What Cardea's own routes ask for need not be declared.
defineRoles(posts, {
  clerk: { permissions: ['posts:pin', 'users:read', 'sessions:*', '*:read'], deny: ['tokens:admin'] },
})
// @ts-expect-error a typo
defineRoles(posts, { clerk: { permissions: ['users:raed'] } })
// @ts-expect-error no such role
defineRoles(posts, { clerk: { inherits: ['chief'] } })

const typed = definePermissions(
  { content: ['read', 'update'], media: ['read'] },
  { rows: { content: row<{ readonly id: string; readonly author_id: string; readonly title: string }>() } },
)
const withRows = createCardea({
  storage,
  permissions: typed,
  roles: defineRoles(typed, {
    author: {
      permissions: [{ permission: 'content:update', when: ownRows('author_id'), fields: ['title'] }, 'users:read'],
    },
  }),
})
// @ts-expect-error no such field
defineRoles(typed, { author: { permissions: [{ permission: 'content:update', fields: ['titel'] }] } })
const reader = await withRows.permissions.subject('id')
reader.can('content:update', { id: '1', author_id: '2', title: 'x' }, 'title')
reader.can('media:read', { anything: 1 })
// @ts-expect-error no row of content
reader.can('content:update', { id: '1' })
// @ts-expect-error no such field
reader.can('content:update', null, 'titel')
void withRows.permissions.grants.add('author', 'content:update', { when: ownRows('author_id'), fields: ['title'] })
void withRows.permissions.grants.add('author', 'media:read', { fields: ['anything'] })
// @ts-expect-error no such field
void withRows.permissions.grants.add('author', 'content:update', { fields: ['titel'] })
// @ts-expect-error no such field
void withRows.permissions.grants.add('author', 'content:*', { when: ownRows('autor_id') })

const { items, next } = await auth.users.list({ filter: { born: { gte: '2000-01-01' } }, sort: ['-created_at'] })
type Administered = (typeof items)[number]
expectTypeOf<Administered['born']>().toEqualTypeOf<string | null>()
expectTypeOf<Administered['status']>().toEqualTypeOf<'active' | 'disabled'>()
void auth.users.list({ after: next ?? undefined })
void auth.users.change('id', { born: '2000-01-01', role: null, status: 'disabled', password: 'p' })
void auth.collections.customers.change('id', { plan: 'paid', email: 'a@b.example' })
// @ts-expect-error no such plan
void auth.collections.customers.change('id', { plan: 'gold' })
// @ts-expect-error no such status
void auth.users.change('id', { status: 'gone' })
// @ts-expect-error an operator that there is not
void auth.users.list({ filter: { born: { like: 'x' } } })
if (verified.authenticated) void auth.users.delete('id', { by: verified.authentication })
expectTypeOf((await auth.users.reassignAndDelete('a', 'b')).reassigned).toEqualTypeOf<
  Readonly<Record<string, number>>
>()

void createCardea({ storage, ownership: [{ table: 'posts', column: 'author_id' }] })
// @ts-expect-error the column is missing
void createCardea({ storage, ownership: [{ table: 'posts' }] })

// What is misspelt is refused where it stands: what is right beside it stays right, also where storage is missing for it.
const declared = { permissions: posts, roles: defineRoles(posts, { clerk: { permissions: ['posts:pin'] } }) }
void createCardea({
  permissions: declared.permissions,
  roles: declared.roles,
  collections: [customers],
  // @ts-expect-error no such option
  storag: storage,
})
// @ts-expect-error storage is missing
void createCardea({ ...declared })
void createCardea({
  storage,
  ...declared,
  // @ts-expect-error no such option
  secrt: 'x',
})
void createCardea({
  storage,
  ...declared,
  sessions: {
    lifetimes: {
      // @ts-expect-error no such lifetime
      acessSeconds: 60,
    },
  },
})

void createCardea({ storage, ...declared, defaultRole: 'clerk' })
void createCardea({ storage, ...declared, defaultRole: 'admin' })
// @ts-expect-error no such role
void createCardea({ storage, ...declared, defaultRole: 'clrk' })
// One of run time: code that declares roles takes its label from elsewhere.
void createCardea({ storage, ...declared, defaultRole: String(process.env['DEFAULT_ROLE']) })
void createCardea({ storage, defaultRole: 'contributor' })

const authors = defineCollection('authors', { type: 'auth', fields: { boss: relation('authors', { optional: true }) } })
const articles = defineCollection('articles', {
  type: 'base',
  fields: { author: relation('authors'), checked: relation('users', { optional: true }), of: relation('articles') },
})
const related = createCardea({ storage, collections: [articles, authors] })
expectTypeOf(related.records.articles.collection).toEqualTypeOf(articles)
void createCardea({
  storage,
  collections: [
    authors,
    // @ts-expect-error relates to no collection
    defineCollection('articles', { type: 'base', fields: { author: relation('author') } }),
  ],
})
// @ts-expect-error the collection that it relates to is missing
void createCardea({ storage, collections: [articles] })
// Names that come from elsewhere are looked at when the instance is built.
const named = defineCollection('named', { type: 'base', fields: { of: relation(String('authors')) } })
void createCardea({ storage, collections: [authors, named] })
declare const some: readonly AnyCollection[]
void createCardea({ storage, collections: some })

// Lists of users are filtered by the fields of their collection.
void auth.users.list({ filter: { email: { eq: 'a@b.example' }, verified: { eq: 'true' } } })
// @ts-expect-error no such field
void auth.users.list({ filter: { emial: { eq: 'a@b.example' } } })
// @ts-expect-error no such field
void auth.users.count({ filter: { emial: { eq: 'a@b.example' } } })
// @ts-expect-error no such field
void auth.users.profiles({ filter: { emial: { eq: 'a@b.example' } } })
// @ts-expect-error no such field
void auth.users.export({ format: 'csv', filter: { emial: { eq: 'a@b.example' } } })
// @ts-expect-error hidden from lists
void auth.collections.customers.list({ filter: { secret: { eq: 'x' } } })
// @ts-expect-error no such filter
void auth.audit.list({ typ: 'session.created' })
// @ts-expect-error no such filter
void auth.users.identityLinks({ provder: 'github' })
// Names that come from data are looked at when the list is asked for, and so are those of a collection that is known by name alone.
declare const asked: ListQuery
void auth.users.list(asked)
void auth.collection('customers')?.list({ filter: { whatever: { eq: 'x' } } })
declare const anyInstance: Cardea
void anyInstance.users.list({ filter: { whatever: { eq: 'x' } } })
expectTypeOf(auth).toExtend<Cardea>()

// Whose principals are accepted is known by name, too; names that come from data are looked at when they are used.
void auth.verify({ cookieToken: 'x' }, { collections: ['users', 'customers'] })
void auth.verify({ cookieToken: 'x' }, { collections: auth.collectionNames() })
void auth.sessions.verify({ cookieToken: 'x' }, { collections: ['customers'] })
void auth.sessions.verify({ cookieToken: 'x' }, { collections: [String(process.env['MEMBERS'])] })
void auth.with({}).verify({ cookieToken: 'x' }, { collections: ['customers'] })
void anyInstance.verify({ cookieToken: 'x' }, { collections: ['partners'] })
// @ts-expect-error no such collection
void auth.verify({ cookieToken: 'x' }, { collections: ['custmers'] })
// @ts-expect-error no such collection beside one that there is
void auth.verify({ bearerToken: 'x' }, { collections: ['users', 'custmers'] })
// @ts-expect-error nobody signs in there
void auth.sessions.verify({ cookieToken: 'x' }, { collections: ['products'] })
// @ts-expect-error no such collection
void auth.with({}).verify({ cookieToken: 'x' }, { collections: ['custmers'] })

// Roles that hold what collections bring.
const notes = defineCollection('notes', {
  type: 'base',
  fields: { title: text(), author: relation('customers'), draft: text({ hidden: true }) },
})
const ownNotes = definePermissions({ notes: ['moderate'] })
const noteRoles = defineRoles(
  ownNotes,
  {
    reader: { permissions: ['notes:read', 'customers:*', 'users:read', '*:read'] },
    writer: {
      inherits: ['reader'],
      permissions: [
        'notes:*',
        'notes:moderate',
        { permission: 'notes:update', when: ownRows('author'), fields: ['title'] },
      ],
      deny: ['notes:delete'],
    },
  },
  { collections: [notes, customers] },
)
expectTypeOf(noteRoles.labels).toEqualTypeOf<readonly ('reader' | 'writer')[]>()
const noted = createCardea({
  storage,
  permissions: ownNotes,
  roles: noteRoles,
  collections: [notes, customers],
  defaultRole: 'reader',
})
;(await noted.permissions.subject('id')).can('notes:moderate')
// @ts-expect-error the collection is not named
defineRoles(ownNotes, { reader: { permissions: ['notes:read'] } })
// @ts-expect-error nor for a wildcard over what it alone brings
defineRoles(ownNotes, { reader: { permissions: ['customers:*'] } }, { collections: [notes] })
// @ts-expect-error an operation that collections do not bring
defineRoles(ownNotes, { reader: { permissions: ['customers:moderate'] } }, { collections: [notes, customers] })
// @ts-expect-error a typo in what is denied
defineRoles(ownNotes, { reader: { permissions: ['notes:read'], deny: ['notes:raed'] } }, { collections: [notes] })
defineRoles(
  ownNotes,
  // @ts-expect-error no such field
  { reader: { permissions: [{ permission: 'notes:read', when: ownRows('autor') }] } },
  { collections: [notes] },
)
// @ts-expect-error a role that is not declared
defineRoles(ownNotes, { reader: { permissions: ['notes:read'], inherits: ['raeder'] } }, { collections: [notes] })
// @ts-expect-error no such option
defineRoles(ownNotes, { reader: { permissions: ['users:read'] } }, { colections: [notes] })
// Rows of the app's own stay typed beside those of collections, and what is named elsewhere is looked at at run time.
defineRoles(
  typed,
  {
    reader: {
      permissions: [
        { permission: 'content:update', fields: ['title'] },
        { permission: 'notes:read', fields: ['title'] },
      ],
    },
  },
  { collections: [notes] },
)
defineRoles(
  typed,
  // @ts-expect-error no field of these rows
  { reader: { permissions: ['notes:read', { permission: 'content:update', fields: ['author'] }] } },
  { collections: [notes] },
)
defineRoles(ownNotes, { reader: { permissions: ['users:read', 'anything:read'] } }, { collections: some })
const separated = { name: 'n', roles: ['reader', 'writer'], fewerThan: 2, kind: 'static' } as const
defineRoles(
  ownNotes,
  { reader: { permissions: ['notes:read'] }, writer: {} },
  { collections: [notes], separationOfDuty: [separated] },
)
// Beside those of a preset.
const cmsRoles = mergeRoles(
  cmsPreset.roles,
  defineRoles(cmsPreset.permissions, { writer: { permissions: ['notes:*', 'media:read'] } }, { collections: [notes] }),
)
void createCardea({ storage, ...cmsPreset, roles: cmsRoles, collections: [notes, customers] })
void createCardea({ storage, ...cmsPreset, roles: cmsRoles, collections: [notes, customers], defaultRole: 'writer' })
