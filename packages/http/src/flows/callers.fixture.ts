import { createTestCardea } from '@cardea/testing'
import { defineCollection } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import { type Got, received, requestOf, type Sent } from '../app.fixture.js'
import { authzen } from '../authzen/index.js'
import type { RouteContract } from '../contract/route.js'
import { authzenRoutes } from '../contract/routes/authzen.js'
import { routeContracts } from '../contract/routes.js'
import { createHandler } from '../index.js'

/** Everybody who may come, in the order of the columns. A key is an admin's, and names one permission that no route asks for. */
export const callers = ['nobody', 'viewer', 'editor', 'admin', 'customer', 'key'] as const
export type Caller = (typeof callers)[number]

const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'

/** Every route there is, those that an app has to ask for included. */
export const allContracts: Readonly<Record<string, RouteContract>> = { ...routeContracts, ...authzenRoutes }

/** The app of the preset, with customers beside its users. */
export async function createCallers() {
  const { auth, signInAs } = await createTestCardea({
    ...cmsPreset,
    collections: [defineCollection('customers', { type: 'auth' })],
    sessions: { accessTokens: { algorithm: 'ES256' } },
    mail: false,
  })
  const search = () => ({ items: [] })
  const handler = createHandler(auth, { rateLimits: 'off', authzen: authzen({ resources: { content: { search } } }) })
  const account = async (role: Exclude<Caller, 'nobody' | 'key'>) => {
    const options = role === 'customer' ? { collection: 'customers' } : { roles: role === 'viewer' ? [] : [role] }
    const { accessToken, sessionId, user } = await signInAs(undefined, options)
    return { id: String(user['id']), bearer: accessToken, sessionId }
  }
  const { id: principalId } = await account('admin')
  const { key } = await auth.apiKeys.create({ principalId, scopes: ['content:read'] })
  const credentials = new Map<Caller, Sent>([
    ['nobody', {}],
    ['key', { bearer: key }],
  ])
  const credentialOf = async (caller: Caller): Promise<Sent> => {
    const known = credentials.get(caller)
    if (known !== undefined || caller === 'nobody' || caller === 'key') return known ?? {}
    const { bearer } = await account(caller)
    credentials.set(caller, { bearer })
    return { bearer }
  }
  /** Has whoever comes next sign in anew: a request has ended sessions. */
  const forget = (): void => {
    for (const caller of ['viewer', 'editor', 'admin', 'customer'] as const) credentials.delete(caller)
  }
  const send = async (method: string, path: string, sent: Sent): Promise<Got> =>
    await received(await handler(requestOf(method, path, sent), { ip: '192.0.2.1' }))
  return { auth, account, credentialOf, forget, send }
}

/** Where a route is, with the id of nothing. */
export const pathOf = ({ mount, path }: RouteContract, authMount = '/api/v1/auth'): string =>
  `${{ auth: authMount, api: '/api/v1', root: '', site: '' }[mount]}${path}`
    .replace('{name}', 'customers')
    .replaceAll(/\{\w+\}/g, unknownId)

/** Passes every check of the table but that of the fields, so that nothing is done. */
export const bodyOf = ({ body }: RouteContract): Sent => (body === null ? {} : { body: { no_such_field: 1 } })

const unrecognised = ['unauthenticated', 'token_invalid', 'token_expired', 'session_revoked']

/**
 * How far a request has come: what a handler says to somebody whom it was let through to is `in`, whatever it says; `none` where
 * there is no such route.
 */
export function outcomeOf({ status, code, body }: Got): string {
  if (status === 401 && unrecognised.includes(String(code))) return '401'
  if (status === 403 && code === 'forbidden') return '403'
  return status === 405 || (status === 404 && body['detail'] === 'There is nothing here.') ? 'none' : 'in'
}
