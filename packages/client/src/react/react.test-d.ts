import { createElement } from 'react'
import { expectTypeOf } from 'vitest'
import type { App } from '../app.fixture.js'
import { createClient } from '../index.js'
import { AuthProvider, Can, cardeaReact, usePermission, useSession, useUser } from './index.js'

const client = createClient<App>()
const customers = createClient<App, 'customers'>({ collection: 'customers' })

// Any client goes into a provider.
void AuthProvider({ client })
void AuthProvider({ client: customers })
void AuthProvider({ client: createClient() })

// The hooks know of what type the user of a client is, and which permissions there are.
expectTypeOf(useUser<typeof customers>()?.company).toEqualTypeOf<string | undefined>()
const session = useSession<typeof client>()
if (session.status === 'signed-in') expectTypeOf(session.user.roles).toEqualTypeOf<readonly string[]>()
else expectTypeOf(session.user).toEqualTypeOf<null>()
expectTypeOf(usePermission<typeof client>('content:read', { id: '1' })).toEqualTypeOf<boolean>()
// @ts-expect-error no such permission
usePermission<typeof client>('content:reed')
// @ts-expect-error no such permission
void Can<typeof client>({ permission: 'content:reed' })
usePermission('anything:goes')

// Bound to a client, they know without being told, wherever they are used.
const bound = cardeaReact(client)
void bound.AuthProvider({ initial: { user: null } })
expectTypeOf(bound.useUser()?.roles).toEqualTypeOf<readonly string[] | undefined>()
expectTypeOf(cardeaReact(customers).useUser()?.company).toEqualTypeOf<string | undefined>()
const boundSession = bound.useSession()
if (boundSession.status === 'signed-in') expectTypeOf(boundSession.user.email).toEqualTypeOf<string>()
expectTypeOf(bound.usePermission('content:read', { id: '1' })).toEqualTypeOf<boolean>()
// @ts-expect-error no such field
void bound.useUser()?.emial
// @ts-expect-error no such permission
bound.usePermission('content:raed')
// @ts-expect-error no such permission
void bound.Can({ permission: 'content:raed' })
// @ts-expect-error no such permission
createElement(bound.Can, { permission: 'content:raed' })
// @ts-expect-error its client is known
void bound.AuthProvider({ client: customers })
cardeaReact(createClient()).usePermission('anything:goes')
