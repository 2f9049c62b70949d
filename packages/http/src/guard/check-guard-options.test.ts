import { createTestCardea } from '@cardea/testing'
import { defineCollection, definePermissions } from 'cardea'
import { beforeEach, describe, expect, it } from 'vitest'
import { createGuard } from './create-guard.js'
import { createGuards, type Guards } from './create-guards.js'

async function setUp() {
  const { auth, logs } = await createTestCardea({
    permissions: definePermissions({ content: ['read'] }),
    collections: [defineCollection('staff', { type: 'auth' })],
  })
  return { auth, logs, guards: createGuards(auth) }
}

let kit: Awaited<ReturnType<typeof setUp>>
beforeEach(async () => {
  kit = await setUp()
})

// As an app in JavaScript may write it.
const anyOptions = (options: unknown): object => options as object

const build = {
  requireAuth: (guards: Guards<'content:read'>, options: unknown) => guards.requireAuth(anyOptions(options)),
  optionalAuth: (guards: Guards<'content:read'>, options: unknown) => guards.optionalAuth(anyOptions(options)),
  requirePermission: (guards: Guards<'content:read'>, options: unknown) =>
    guards.requirePermission('content:read', anyOptions(options)),
  guardResource: (guards: Guards<'content:read'>, options: unknown) =>
    guards.guardResource('content', anyOptions(options)),
} as const

describe.each(Object.entries(build))('%s', (name, guard) => {
  it.each([
    [
      'a member that is misspelt',
      { collection: ['staff'] },
      'collection is not a known field; did you mean "collections"?',
    ],
    ['another', { credential: 'session' }, 'credential is not a known field; did you mean "credentials"?'],
    [
      'a member of something else',
      { mode: 1 },
      'mode is not a known field; known are collections, credentials, tenant',
    ],
    ['a way that there is not', { credentials: 'sessions' }, 'credentials must be one of session, any'],
    ['one name in place of a list', { collections: 'staff' }, 'collections must be of type array'],
    ['a tenant in place of what finds it', { tenant: 'acme' }, 'tenant must be a function'],
  ])('refuses %s', (_what, options, message) => {
    const { guards } = kit
    expect(() => guard(guards, options)).toThrow(
      expect.objectContaining({
        code: 'configuration_invalid',
        message: expect.stringContaining(`${name}: ${message}`),
      }),
    )
  })

  it('takes members that are undefined for absent', () => {
    const { guards } = kit
    expect(guard(guards, { collections: undefined, credentials: undefined, tenant: undefined })).toBeTypeOf('function')
    expect(guard(guards, undefined)).toBeTypeOf('function')
  })

  it('says that it has to be called, where it got a request', () => {
    class Asked {
      readonly headers = {}
    }
    const { guards } = kit
    for (const request of [new Asked(), new Request('http://localhost'), () => undefined, 'staff']) {
      expect(() => guard(guards, request)).toThrow(`${name}: has to be called, since ${name}(…) gives the guard`)
    }
  })

  it('tells the review of collections that there are not', async () => {
    const { auth, guards } = kit
    guard(guards, { collections: ['staff', 'users', 'stuff'] })
    const { missingCollections } = await auth.permissions.report()
    expect(missingCollections).toEqual([
      { collection: 'stuff', neededBy: [expect.stringMatching(new RegExp(`^${name}($|\\()`))] },
    ])
  })
})

describe('guards for something', () => {
  it('take what they alone know, and no more', () => {
    const { guards } = kit
    const resource = () => ({ id: '1' })
    expect(guards.requirePermission('content:read', { resource, field: 'id' })).toBeTypeOf('function')
    expect(guards.guardResource('content', { resource, operations: { GET: false, PUT: 'read' } })).toBeTypeOf(
      'function',
    )
    expect(() => build.guardResource(guards, { field: 'id' })).toThrow('field is not a known field')
    expect(() => build.requireAuth(guards, { resource })).toThrow('resource is not a known field')
    expect(() => build.requirePermission(guards, { ressource: resource })).toThrow('did you mean "resource"?')
    expect(() => build.requirePermission(guards, { resource: 'post' })).toThrow('resource must be a function')
    expect(() => build.guardResource(guards, { operations: { DELETE: true } })).toThrow('operations.DELETE')
  })

  it('say that they have to be called, where they got a request in place of a permission', () => {
    const request = new Request('http://localhost') as unknown as 'content:read'
    expect(() => kit.guards.requirePermission(request, {})).toThrow('requirePermission: has to be called')
  })

  it('say that they take one permission, where they got a list', () => {
    const list = ['content:read'] as unknown as 'content:read'
    expect(() => kit.guards.requirePermission(list)).toThrow('requirePermission: takes one name and no list')
  })
})

describe('createGuard', () => {
  it('refuses what it does not know with the request that brings it', async () => {
    const guard = createGuard(kit.auth)
    const request = new Request('http://localhost')
    const wrong = { collection: ['staff'] } as object
    for (const asked of [
      guard.require(request, wrong),
      guard.optional(request, wrong),
      guard.requirePermission(request, 'content:read', wrong),
      guard.requireResource(request, 'content', wrong),
    ]) {
      await expect(asked).rejects.toMatchObject({
        code: 'configuration_invalid',
        message: 'guard: collection is not a known field; did you mean "collections"?',
      })
    }
  })
})
