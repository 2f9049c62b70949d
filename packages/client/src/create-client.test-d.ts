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

// What goes in is held to what the collection has, and one of its identifiers is needed.
await client.auth.signIn({ username: 'anna', password: 'secret', remember_me: true })
await customers.auth.signIn({ phone: '1', password: 'secret' })
await unknown.auth.signIn({ badge: '7', password: 'secret' })
// @ts-expect-error no such identifier: emial
await client.auth.signIn({ emial: 'a@example.com', password: 'secret' })
// @ts-expect-error names of users are not unique
await client.auth.signIn({ name: 'Anna', password: 'secret' })
// @ts-expect-error a choice is no identifier
await customers.auth.signIn({ plan: 'free', password: 'secret' })
// @ts-expect-error none at all
await client.auth.signIn({ password: 'secret' })
// @ts-expect-error more than one
await client.auth.signIn({ email: 'a@example.com', username: 'anna', password: 'secret' })
// @ts-expect-error of another collection
await customers.auth.signIn({ username: 'anna', password: 'secret' })
// @ts-expect-error a text
await client.auth.signIn({ email: 1, password: 'secret' })
// @ts-expect-error misspelt beside what is needed
await client.auth.signIn({ email: 'a@example.com', password: 'secret', remeber_me: true })
await client.auth.register({ email: 'a@example.com', password: 'secret', setup_code: 'x', name: 'Anna' })
// @ts-expect-error no such field
await client.auth.register({ email: 'a@example.com', password: 'secret', nmae: 'Anna' })
// @ts-expect-error a text
await customers.auth.register({ email: 'a@example.com', password: 'secret', company: 1 })
await unknown.auth.register({ email: 'a@example.com', password: 'secret', badge: '7' })
await customers.auth.acceptInvitation({ token: 'x', password: 'secret', phone: '1' })
// @ts-expect-error no such field
await customers.auth.acceptInvitation({ token: 'x', password: 'secret', fone: '1' })
// @ts-expect-error the address is the invitation's
await customers.auth.acceptInvitation({ token: 'x', password: 'secret', email: 'a@example.com' })
await customers.auth.updateMe({ company: 'Doors' })
// @ts-expect-error no such field
await customers.auth.updateMe({ compny: 'Doors' })
// @ts-expect-error a text
await customers.auth.updateMe({ company: 1 })
await unknown.auth.updateMe({ badge: '7' })
// @ts-expect-error misspelt
await client.auth.otp.request({ emial: 'a@example.com' })
// @ts-expect-error the code is missing
await client.auth.otp.verify({ email: 'a@example.com' })
// @ts-expect-error misspelt
await client.auth.otp.verify({ email: 'a@example.com', code: '1', flowid: 'x' })
await client.auth.mfa.verify({ code: '1' })
// @ts-expect-error the code is missing
await client.auth.mfa.verify({ mfa_token: 'x' })
// @ts-expect-error one of them
await client.auth.mfa.verify({ mfa_token: 'x', code: '1', backup_code: '1' })
// @ts-expect-error misspelt
await client.auth.mfa.verify({ mfatoken: 'x', code: '1' })
// @ts-expect-error misspelt
await client.auth.mfa.enroll({ mfatoken: 'x' })
// @ts-expect-error the code is missing
await client.auth.mfa.activate({ mfa_token: 'x' })
// @ts-expect-error the code is missing
await client.auth.mfa.renewBackupCodes({})
// @ts-expect-error misspelt
await client.auth.mfa.disable({ backupcode: 'x' })
await client.auth.reauthenticate({ email_code: '1', flow_id: 'x' })
// @ts-expect-error a proof is missing
await client.auth.reauthenticate({})
// @ts-expect-error the flow is that of a code by mail
await client.auth.reauthenticate({ password: 'x', flow_id: 'x' })
// @ts-expect-error misspelt
await client.auth.changePassword({ current_password: 'x', newpassword: 'x' })
// @ts-expect-error misspelt
await client.auth.requestPasswordReset({ mail: 'a@example.com' })
// @ts-expect-error the password is missing
await client.auth.confirmPasswordReset({ token: 'x' })
// @ts-expect-error misspelt
await client.auth.requestVerification({ emial: 'a@example.com' })
// @ts-expect-error misspelt
await client.auth.confirmVerification({ tokn: 'x' })
// @ts-expect-error misspelt
await client.auth.requestEmailChange({ email: 'a@example.com' })
// @ts-expect-error misspelt
await client.auth.confirmEmailChange({ tokn: 'x' })
// @ts-expect-error misspelt
client.auth.oauth.loginUrl({ provider: 'x', redirectTo: '/' })
// @ts-expect-error no such intent
client.auth.oauth.loginUrl({ intent: 'links' })
// @ts-expect-error with cookies only
await client.auth.oauth.begin({ intent: 'link' })
// @ts-expect-error misspelt
await client.auth.permissions({ tenent: 'x' })

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
expectTypeOf(post.rank).toEqualTypeOf<number | null>()
await posts.list({ filter: { rank: { gte: 1 } }, sort: '-rank', fields: ['rank'] })
// @ts-expect-error clients see it, and do not set it
await posts.update('1', { rank: 1 })
// @ts-expect-error nor where a record is made
await posts.create({ title: 'x', author: '1', rank: 1 })
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
// What is wanted of each is what comes back.
expectTypeOf(await posts.list({ fields: ['id', 'title'] })).toEqualTypeOf<
  readonly Pick<typeof post, 'id' | 'title'>[]
>()
expectTypeOf(await posts.list({ fields: 'title', limit: 1 })).toEqualTypeOf<OffsetPage<Pick<typeof post, 'title'>>>()
expectTypeOf(await posts.get('1', { fields: ['title'] })).toEqualTypeOf<Pick<typeof post, 'title'>>()
const expanded = await posts.get('1', { expand: ['author'] })
expectTypeOf(expanded.author).toEqualTypeOf<string | null | Readonly<Record<string, unknown>>>()
expectTypeOf(expanded.title).toEqualTypeOf<string>()
const { record: part } = await posts.view('1', { fields: ['author'], expand: ['author'] })
expectTypeOf(part).toEqualTypeOf<{ readonly author: string | null | Readonly<Record<string, unknown>> }>()
await posts.export({ format: 'csv', fields: ['title', 'author'] })
const names: string[] = ['title']
expectTypeOf((await createClient().records('posts').get('1', { fields: names }))['title']).toEqualTypeOf<unknown>()
expectTypeOf(
  (
    await createClient()
      .records('posts')
      .get('1', { expand: ['author'] })
  ).id,
).toExtend<string | object>()
expectTypeOf(
  (
    await createClient()
      .records('posts')
      .get('1', { fields: ['title'] })
  ).title,
).toEqualTypeOf<unknown>()
// @ts-expect-error no such field
await posts.list({ fields: ['titel'] })
// @ts-expect-error no such field
await posts.get('1', { fields: ['id', 'titel'] })
// @ts-expect-error it is hidden
await posts.view('1', { fields: ['note'] })
// @ts-expect-error no such relation
await posts.list({ expand: ['auther'] })
// @ts-expect-error a number is no relation
await posts.get('1', { expand: ['score'] })
// @ts-expect-error a text is no relation
await posts.list({ expand: ['title'] })
// @ts-expect-error nor beside one
await posts.view('1', { expand: ['author', 'subtitle'] })
// @ts-expect-error it is hidden
await posts.get('1', { expand: ['editor'] })
// @ts-expect-error there is none at all
await client.records('customers').list({ expand: ['company'] })
// @ts-expect-error a list of names takes a list
await posts.list({ fields: 'id,title' })
// @ts-expect-error nothing of that name is asked for
await posts.get('1', { field: ['title'] })
// @ts-expect-error no such field
await posts.export({ format: 'csv', fields: ['titel'] })
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
