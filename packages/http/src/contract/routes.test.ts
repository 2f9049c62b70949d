import { errorCodes } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { rateLimitRules } from '../limits/rules.js'
import { routeTable } from '../routes/table.js'
import { routeAnswerFields } from './answer-fields.js'
import { type BodyContract, commonErrors, type RouteContract } from './route.js'
import { routeContracts } from './routes.js'

const contracts: [string, RouteContract][] = Object.entries(routeContracts)

/** What can be called by anybody. A route that is added here was thought about. */
const publicRoutes = [
  'register',
  'login',
  'refresh',
  'logout',
  'requestVerification',
  'requestPasswordReset',
  'confirmPasswordReset',
  'acceptInvitation',
  'requestOtp',
  'verifyOtp',
  'verifyMfa',
  'enrollTotp',
  'activateTotp',
  'health',
  'readiness',
  'signingKeys',
  'listProviders',
  'beginOAuth',
  'finishOAuth',
  'finishOAuthOf',
  'postedOAuth',
  'exchangeOAuth',
]

/** What anybody can call, and what heeds who asks. */
const optionalRoutes = [
  'confirmVerification',
  'confirmEmailChange',
  // Rules of the collection decide.
  'listRecords',
  'exportRecords',
  'createRecord',
  'deleteRecords',
  'showRecord',
  'updateRecord',
  'deleteRecord',
  'openapi',
  'apiReference',
  'apiSummary',
]

describe('routeContracts', () => {
  it.each(contracts)('%s says who may call it', (name, contract) => {
    const isPublic = contract.access === 'public'
    expect(isPublic).toBe(publicRoutes.includes(name))
    expect(contract.access === 'optional').toBe(optionalRoutes.includes(name))
    if (typeof contract.access === 'object')
      expect(contract.access.permission).toMatch(/^(?:[a-z0-9_]+|\{collection\}):[a-z]+$/)
    if (contract.widenedBy !== undefined) expect(contract.access).not.toBe('public')
  })

  it.each(contracts)('%s is limited, or cannot be abused', (name, { limit, method }) => {
    if (limit === null) expect(name).toBe('health')
    else expect(rateLimitRules).toHaveProperty(limit)
    if (limit === null) expect(method).toBe('GET')
  })

  it.each(contracts)('%s names only errors that exist', (_name, contract) => {
    for (const code of [...contract.errors, ...commonErrors(contract)]) expect(errorCodes).toContain(code)
  })

  it.each(contracts)('%s has a path in the one form that is served', (_name, { path }) => {
    const isFile = ['/.well-known/jwks.json', '/openapi.json', '/llms.txt'].includes(path)
    expect(isFile || /^(?:\/(?:[a-z-]+|\{[a-z]+\}))+$/.test(path)).toBe(true)
  })

  it('has no place with two routes for one method', () => {
    const places = contracts.map(([, { method, mount, path }]) => `${method} ${mount} ${path}`)
    expect(new Set(places).size).toBe(places.length)
  })

  it('hands nothing out that a handler does not have', async () => {
    expect(Object.keys(routeTable)).toEqual(Object.keys(routeContracts))
    for (const [name, contract] of contracts) {
      expect(routeTable[name as keyof typeof routeTable].contract).toBe(contract)
      expect((await routeTable[name as keyof typeof routeTable].load()).contract).toBe(contract)
    }
  })

  it.each(Object.values(routeTable))('$contract.method $contract.path takes what its contract says', async (route) => {
    const { contract, schemas } = await route.load()
    const shapeOf = (schema: z.ZodMiniType) =>
      schema instanceof z.ZodMiniObject ? Object.keys(schema.shape).sort() : ['?']
    expect(shapeOf(schemas.query)).toEqual([...contract.query].sort())
    const named = shapeOf(schemas.body)
    const { required, optional, open }: BodyContract = contract.body ?? { required: [], optional: [] }
    if (open === undefined) expect(named).toEqual([...required, ...optional].sort())
    else for (const field of named) expect([...required, ...optional]).toContain(field)
    // What nobody names is refused here, or by the definition of the collection.
    const unknown = schemas.body.safeParse({ ...Object.fromEntries(required.map((field) => [field, 'x'])), zzz: 'x' })
    expect(unknown.success).toBe(open !== undefined)
  })

  it.each(contracts.filter(([, { method }]) => method === 'GET'))('%s takes no body', (_name, { body }) => {
    expect(body).toBeNull()
  })

  it.each(contracts.filter(([, { status }]) => status === 204))('%s has nothing to say', (name) => {
    expect(routeAnswerFields[name as keyof typeof routeAnswerFields]).toEqual([])
  })
})
