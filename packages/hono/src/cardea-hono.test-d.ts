import { createTestCardea } from '@cardea/testing'
import { defineCollection, definePermissions } from 'cardea'
import { expectTypeOf } from 'vitest'
import { type CardeaHono, cardeaHono } from './index.js'

const { auth } = await createTestCardea({
  permissions: definePermissions({ content: ['read'] }),
  collections: [defineCollection('staff', { type: 'auth' })],
})
const cardea = cardeaHono(auth)
const { guardResource, requireAuth, requirePermission } = cardea

// Collections of code are known by name; those of run time are texts of which the compiler knows no more.
requireAuth({ collections: ['staff', 'users'] })
requirePermission('content:read', { collections: ['staff'], resource: (c) => ({ id: c.req.param('id') }) })
requireAuth({ collections: [String(process.env['MEMBERS'])] })
// @ts-expect-error no such collection
requireAuth({ collections: ['stuff'] })
// @ts-expect-error no such collection
requirePermission('content:read', { collections: ['stuff'] })
// @ts-expect-error no such collection
guardResource('content', { collections: ['stuff'], resource: () => ({ id: '1' }) })
// @ts-expect-error no such permission
requirePermission('content:raed')
// Guards that know more names do where fewer are asked for.
expectTypeOf(cardea).toExtend<CardeaHono<'content:read'>>()
