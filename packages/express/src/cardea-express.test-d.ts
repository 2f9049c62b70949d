import { createTestCardea } from '@cardea/testing'
import { type Cardea, defineCollection, definePermissions, row, text } from 'cardea'
import express, { type Request, type RequestHandler } from 'express'
import { expectTypeOf } from 'vitest'
import { type CardeaExpress, cardeaExpress, type LoadingGuard } from './index.js'

interface Post {
  readonly id: string
  readonly author_id: string
}

const permissions = definePermissions({ content: ['read', 'update'], comments: ['read'] })
const { auth } = await createTestCardea({ permissions })
const cardea = cardeaExpress(auth, { clientAddress: (request) => request.ip, trustProxy: 1 })
const { findAuth, getAuth, getResource, guardResource, mount, notFound, onError, optionalAuth, requireAuth } = cardea
const { requirePermission } = cardea
const loadPost = async (request: Request<{ id: string }>): Promise<Post | undefined> => ({
  id: request.params.id,
  author_id: 'ann',
})

const app = express()
app.use(mount)
app.get('/me', requireAuth({ collections: ['users'] }), (request, response) => {
  expectTypeOf(getAuth(request).userId).toBeString()
  getAuth(request).authorize('content:update')
  // @ts-expect-error No such permission.
  getAuth(request).authorize('content:publish')
  response.end()
})
app.use(optionalAuth({ tenant: (request) => request.params['tenant'] }), (request, _response, next) => {
  expectTypeOf(findAuth(request)?.userId).toEqualTypeOf<string | undefined>()
  next()
})

// A guard that loads nothing leaves the types of the route alone.
app.get('/posts/:id', requirePermission('content:read'), (request, response) => {
  expectTypeOf(request.params).toEqualTypeOf<{ id: string }>()
  expectTypeOf(getResource(request)).toBeUnknown()
  response.end()
})

// One that loads says what the handlers behind it find.
app.patch(
  '/posts/:id',
  requireAuth(),
  requirePermission('content:update', { resource: loadPost }),
  (request, response) => {
    expectTypeOf(request.params).toEqualTypeOf<{ id: string }>()
    expectTypeOf(getResource(request)).toEqualTypeOf<Post>()
    // What handlers leave for each other may be anything, as before.
    response.locals['colour'] = 'blue'
    response.end(request.body.title)
  },
)
app.all(
  '/posts/:id',
  guardResource('content', { operations: { PUT: 'update', DELETE: false }, resource: loadPost }),
  (request, response) => {
    expectTypeOf(getResource(request)).toEqualTypeOf<Post | undefined>()
    response.end()
  },
)
const handler: RequestHandler<{ id: string }> = (_request, response) => void response.end()
app.patch('/posts/:id', requirePermission('content:update', { resource: loadPost }), handler)
app.patch('/posts/:id', requirePermission('content:update'), handler)
app.use(notFound)
app.use(onError)

// @ts-expect-error No such permission.
requirePermission('content:publish')
// @ts-expect-error No such resource.
guardResource('contents')
// @ts-expect-error No such operation of this resource.
guardResource('comments', { operations: { PUT: 'create' } })
// @ts-expect-error A loader gives an object.
requirePermission('content:read', { resource: () => 7 })
// @ts-expect-error It would be passed over.
requireAuth({ collection: ['staff'] })
// @ts-expect-error A guard has to be called.
const uncalled: RequestHandler = requireAuth
app.use(uncalled)
// @ts-expect-error No such way.
cardeaExpress(auth, { refusals: 'ignore' })

const typed = await createTestCardea({
  permissions: definePermissions({ content: ['update'] }, { rows: { content: row<Post>() } }),
})
const typedGuards = cardeaExpress(typed.auth)
typedGuards.requirePermission('content:update', { resource: loadPost, field: 'author_id' })
const loading = { resource: loadPost, collections: ['users'] }
expectTypeOf(typedGuards.requirePermission('content:update', loading)).toEqualTypeOf<
  LoadingGuard<Post, { id: string }>
>()
// Compilers tell of the last overload that does not fit, which is the one with a loader: two arguments, not one or two.
expectTypeOf<Parameters<typeof typedGuards.requirePermission>['length']>().toEqualTypeOf<2>()
expectTypeOf<Parameters<typeof typedGuards.guardResource>['length']>().toEqualTypeOf<2>()
// @ts-expect-error That is no post.
typedGuards.requirePermission('content:update', { resource: () => ({ id: '1' }) })
// @ts-expect-error A post has no such field.
typedGuards.requirePermission('content:update', { resource: loadPost, field: 'text' })
// @ts-expect-error That is no post.
typedGuards.guardResource('content', { resource: () => ({ id: '1' }) })

// Collections of code are known by name.
const staffed = await createTestCardea({
  permissions,
  collections: [
    defineCollection('staff', { type: 'auth' }),
    defineCollection('notes', { type: 'base', fields: { title: text() } }),
  ],
})
const ofStaff = cardeaExpress(staffed.auth)
ofStaff.requireAuth({ collections: ['staff', 'users'] })
ofStaff.requirePermission('content:read', { collections: ['staff'], resource: loadPost })
// @ts-expect-error no such collection
ofStaff.requireAuth({ collections: ['stuff'] })
// @ts-expect-error no such collection
ofStaff.optionalAuth({ collections: ['staff', 'user'] })
// @ts-expect-error no such collection
ofStaff.requirePermission('content:read', { collections: ['stuff'] })
// @ts-expect-error no such collection
ofStaff.requirePermission('content:read', { collections: ['stuff'], resource: loadPost })
// @ts-expect-error nobody signs in with notes
ofStaff.guardResource('content', { collections: ['notes'] })
// @ts-expect-error an instance without collections has users alone
requireAuth({ collections: ['staff'] })
// Names of run time, and those that stand in a list of texts, are looked at when the guard is built.
ofStaff.requireAuth({ collections: ['staff', String(process.env['MEMBERS'])] })
const listed = { collections: ['members'] }
ofStaff.requirePermission('content:read', listed)
declare const anyInstance: Cardea
cardeaExpress(anyInstance).requireAuth({ collections: ['whatever'] })
// Guards that know more names do where fewer are asked for.
expectTypeOf(ofStaff).toExtend<CardeaExpress<'content:read'>>()
