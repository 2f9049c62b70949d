import type { BuiltInUserAnswer, RoleAnswer, UserAnswer } from '@cardea/http/contract'
import { expectTypeOf } from 'vitest'
import type { App } from './app.fixture.js'
import { type CardeaClient, type CursorPage, createClient, type NumberedPage, type OffsetPage } from './index.js'

const client = createClient<App>()
const customers = createClient<App, 'customers'>({ collection: 'customers' })
const unknown = createClient({ collection: 'users' })

// The user is one of the app's collection, with its fields.
expectTypeOf(await client.auth.me())
  .toHaveProperty('roles')
  .toEqualTypeOf<readonly string[]>()
const customer = await customers.auth.me()
expectTypeOf(customer.company).toEqualTypeOf<string>()
expectTypeOf(customer.phone).toEqualTypeOf<string | null>()
// @ts-expect-error no such field
void customer.phon
expectTypeOf(await unknown.auth.me()).toEqualTypeOf<UserAnswer>()

// A registration takes what the collection needs.
await customers.auth.register({ email: 'a@example.com', password: 'secret', company: 'Hinges' })
// @ts-expect-error company is needed
await customers.auth.register({ email: 'a@example.com', password: 'secret' })

// How a sign-in ends has to be looked at.
const outcome = await client.auth.signIn({ email: 'a@example.com', password: 'secret' })
// @ts-expect-error there may be no user yet
void outcome.user
if (outcome.status === 'mfa-required') expectTypeOf(outcome.mfa_token).toEqualTypeOf<string>()
else expectTypeOf(outcome.user.email).toEqualTypeOf<string>()
// @ts-expect-error a password is needed
await client.auth.signIn({ email: 'a@example.com' })

// A client of another collection says of which.
// @ts-expect-error its name is missing
createClient<App, 'customers'>()
// @ts-expect-error nobody signs in there
createClient<App, 'posts'>({ collection: 'posts' })
// @ts-expect-error the client's type does not name it
createClient<App>({ collection: 'customers' })

// Records have the fields of their collection, but hidden ones.
const posts = client.records('posts')
const post = await posts.get('1')
expectTypeOf(post.title).toEqualTypeOf<string>()
expectTypeOf(post.author).toEqualTypeOf<string | null>()
// @ts-expect-error it is hidden
void post.note
// @ts-expect-error author is needed
await posts.create({ title: 'x' })
// @ts-expect-error no such field
await posts.update('1', { titel: 'x' })
// @ts-expect-error no such collection
client.records('post')
expectTypeOf(await posts.list()).toEqualTypeOf<readonly (typeof post)[]>()
expectTypeOf(await posts.list({ limit: 1 })).toEqualTypeOf<OffsetPage<typeof post>>()
expectTypeOf(await posts.list({ page: 1 })).toEqualTypeOf<NumberedPage<typeof post>>()
expectTypeOf(await posts.list({ cursor: '' })).toEqualTypeOf<CursorPage<typeof post>>()

// Lists are filtered and sorted by fields that are shown, each as its type is compared.
await posts.list({
  filter: { title: { contains: 'x', in: ['y'] }, score: { gte: 1, null: false }, created_at: { lt: '2027' }, id: {} },
  sort: ['-created_at', 'title'],
  limit: 1,
})
await posts.list({ sort: '-score' })
await posts.deleteMany({ filter: { author: { eq: '1' } } })
await client.records('users').list({ filter: { verified: { eq: true } }, sort: 'email' })
// @ts-expect-error no such field
await posts.list({ filter: { titel: { eq: 'x' } } })
// @ts-expect-error no such field beside one that there is
await posts.list({ filter: { title: { eq: 'x' }, titel: { eq: 'x' } } })
// @ts-expect-error no such operator beside one that there is
await posts.list({ filter: { title: { eq: 'x', like: 'x' } } })
// @ts-expect-error nothing of that name is asked for
await posts.list({ limit: 5, limitt: 5 })
// @ts-expect-error it is hidden
await posts.list({ filter: { note: { eq: 'x' } } })
// @ts-expect-error JSON is not compared
await posts.list({ filter: { meta: { eq: 'x' } } })
// @ts-expect-error a number is compared with numbers
await posts.list({ filter: { score: { eq: 'x' } } })
// @ts-expect-error a part of a number
await posts.list({ filter: { score: { contains: '1' } } })
// @ts-expect-error no such field
await posts.list({ sort: 'titel' })
// @ts-expect-error JSON has no order
await posts.list({ sort: ['title', '-meta'] })
// @ts-expect-error no such field
await posts.deleteMany({ filter: { titel: { eq: 'x' } } })
// @ts-expect-error no such field
await posts.export({ format: 'csv', filter: { titel: { eq: 'x' } } })
// Of an app of which nothing is known, all is taken on trust.
await createClient()
  .records('posts')
  .list({ filter: { titel: { eq: 'x' } }, sort: ['titel', '-created_at'] })

// Routes are known by method and path.
expectTypeOf(await client.call('GET /roles/{id}', { params: { id: 'x' } })).toEqualTypeOf<RoleAnswer>()
expectTypeOf(await client.call('GET /roles')).toEqualTypeOf<readonly RoleAnswer[]>()
expectTypeOf(await client.call('GET /roles', { query: { limit: 5 } })).toEqualTypeOf<OffsetPage<RoleAnswer>>()
expectTypeOf(await client.call('DELETE /roles/{id}', { params: { id: 'x' } })).toEqualTypeOf<undefined>()
expectTypeOf(
  await client.call('POST /collections/{name}/auth/invitations', { params: { name: 'x' }, body: { email: 'x' } }),
)
  .toHaveProperty('holds')
  .toEqualTypeOf<boolean>()
// @ts-expect-error no such route
await client.call('GET /rolls')
// @ts-expect-error the id is missing
await client.call('GET /roles/{id}')
// @ts-expect-error the label is missing
await client.call('POST /roles', { body: { description: 'x' } })
// @ts-expect-error a label is a text
await client.call('POST /roles', { body: { label: 1 } })
// @ts-expect-error nothing of that name is asked for
await client.call('GET /roles', { query: { limitt: 5 } })
// @ts-expect-error it sends a browser on
await client.call('GET /auth/oauth/login')

// The shape that a client reads can be written without a server.
interface Written {
  readonly $app?: {
    readonly collections: {
      readonly users: { readonly type: 'auth'; readonly record: { readonly id: string; readonly nick: string } }
    }
    readonly permission: 'a:read'
  }
}
expectTypeOf((await createClient<Written>().auth.me()).nick).toEqualTypeOf<string>()
expectTypeOf<NonNullable<CardeaClient<App>['$types']>['permission']>().toExtend<string>()
expectTypeOf<'content:read'>().toExtend<NonNullable<CardeaClient<App>['$types']>['permission']>()

// What the contract says of a user fits what the app's types say.
declare const user: Awaited<ReturnType<typeof client.auth.me>>
expectTypeOf(user).toExtend<Pick<BuiltInUserAnswer, 'id' | 'email' | 'role' | 'roles'>>()
