import { createTestCardea } from '@cardea/testing'
import { defineCollection, definePermissions, row } from 'cardea'
import type { NextRequest } from 'next/server.js'
import { expectTypeOf } from 'vitest'
import { type Asked, cardeaNext } from './index.js'

interface Post {
  readonly id: string
  readonly author_id: string
}

/** What Next checks of a route's exports, for `/posts/[id]`. */
type OfRoute = (request: NextRequest, context: { params: Promise<{ id: string }> }) => Response | Promise<Response>

const permissions = definePermissions({ content: ['read', 'update'], comments: ['read'] })
const { auth } = await createTestCardea({ permissions })
const cardea = cardeaNext(auth, { clientAddress: (headers) => headers.get('x-socket'), trustProxy: 1 })
const { findAuth, getAuth, getResource, guardResource, mount, notFound, optionalAuth, requireAuth, withErrors } = cardea
const { requirePermission } = cardea

type Context = Asked<{ readonly params: Promise<{ readonly id: string }> }>
const loadPost = async ({ params }: Context): Promise<Post | undefined> => ({ id: (await params).id, author_id: 'ann' })

expectTypeOf(mount.GET).toExtend<OfRoute>()
expectTypeOf(notFound).toExtend<OfRoute>()
expectTypeOf(withErrors(() => new Response())).toExtend<OfRoute>()

export const GET = requireAuth({ collections: ['users'] })((request) => {
  expectTypeOf(getAuth(request).userId).toBeString()
  getAuth(request).authorize('content:update')
  // @ts-expect-error No such permission.
  getAuth(request).authorize('content:publish')
  return new Response()
})
expectTypeOf(GET).toExtend<OfRoute>()

export const POST = optionalAuth({ tenant: async ({ params }) => (await params)['tenant'] })((request) => {
  expectTypeOf(findAuth(request)?.userId).toEqualTypeOf<string | undefined>()
  expectTypeOf(getResource(request)).toBeUnknown()
  return new Response()
})

// A guard that loads says what the handler behind it finds, and what its route has to have in its path.
export const PATCH = requirePermission('content:update', { resource: loadPost })(async (request, { params }) => {
  expectTypeOf(getResource(request)).toEqualTypeOf<Post>()
  expectTypeOf((await params).id).toBeString()
  return new Response()
})
expectTypeOf(PATCH).toExtend<OfRoute>()
// @ts-expect-error There is no id in the path of this one.
expectTypeOf(PATCH).toExtend<(request: NextRequest, context: { params: Promise<object> }) => Promise<Response>>()

export const PUT = guardResource('content', { operations: { PUT: 'update', DELETE: false }, resource: loadPost })(
  (request) => {
    expectTypeOf(getResource(request)).toEqualTypeOf<Post | undefined>()
    return new Response()
  },
)

// Without a request: of server components and actions.
expectTypeOf((await getAuth()).userId).toBeString()
expectTypeOf((await findAuth({ collections: ['users'], tenant: 'acme' }))?.userId).toEqualTypeOf<string | undefined>()
;(await getAuth()).authorize('content:update', { id: '1' })
// @ts-expect-error No such permission.
;(await getAuth()).authorize('content:publish')
// @ts-expect-error One has to wait for it.
void getAuth().userId

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
// @ts-expect-error No such way.
cardeaNext(auth, { refusals: 'ignore' })

const typed = await createTestCardea({
  permissions: definePermissions({ content: ['update'] }, { rows: { content: row<Post>() } }),
})
const typedGuards = cardeaNext(typed.auth)
typedGuards.requirePermission('content:update', { resource: loadPost, field: 'author_id' })
// Compilers tell of the last overload that does not fit, which is the one with a loader: two arguments, not one or two.
expectTypeOf<Parameters<typeof typedGuards.requirePermission>['length']>().toEqualTypeOf<2>()
expectTypeOf<Parameters<typeof typedGuards.guardResource>['length']>().toEqualTypeOf<2>()
// @ts-expect-error That is no post.
typedGuards.requirePermission('content:update', { resource: () => ({ id: '1' }) })
// @ts-expect-error A post has no such field.
typedGuards.requirePermission('content:update', { resource: loadPost, field: 'text' })

// Collections of code are known by name; those of run time are texts of which the compiler knows no more.
const staffed = await createTestCardea({ permissions, collections: [defineCollection('staff', { type: 'auth' })] })
const ofStaff = cardeaNext(staffed.auth)
ofStaff.requireAuth({ collections: ['staff', 'users'] })
ofStaff.requirePermission('content:read', { collections: [String(process.env['MEMBERS'])] })
// @ts-expect-error no such collection
ofStaff.requireAuth({ collections: ['stuff'] })
// @ts-expect-error no such collection
ofStaff.guardResource('content', { collections: ['stuff'], resource: loadPost })
// Nor where nobody stands in front.
await ofStaff.getAuth({ collections: ['staff', 'users'] })
await ofStaff.findAuth({ collections: [String(process.env['MEMBERS'])], tenant: 'acme' })
// @ts-expect-error no such collection
void ofStaff.getAuth({ collections: ['stuff'] })
// @ts-expect-error no such collection
void ofStaff.findAuth({ collections: ['stuff'], tenant: 'acme' })
