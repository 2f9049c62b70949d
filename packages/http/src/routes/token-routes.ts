import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import type { ApiKeyView } from 'cardea'
import * as z from 'zod/mini'
import { apiKeyAnswer } from '../answers/keys.js'
import { routeContracts } from '../contract/routes.js'
import { answerList, type ListDescription } from '../lists/answer-list.js'
import { callerOf, defineRoute, type Exchange, inputError } from './route.js'
import { contextOf } from './signed-in.js'
import { hasPermission, isOwnPrincipal, requirePermission } from './widened.js'

// Clients of ModulaCMS send them; the server alone says what they are.
const ignored = z.optional(z.unknown())
const ignoredFields = {
  token: ignored,
  issued_at: ignored,
  hash: ignored,
  date_created: ignored,
  date_modified: ignored,
}

export const createToken = defineRoute(routeContracts.createToken, {
  body: z.strictObject({
    user_id: z.optional(z.string()),
    token_type: z.optional(z.literal('api_key')),
    label: z.optional(z.string()),
    scopes: z.optional(z.nullable(z.array(z.string()))),
    expires_at: z.optional(z.nullable(z.iso.datetime({ offset: true }))),
    revoked: ignored,
    ...ignoredFields,
  }),
  async handle(exchange, { body }) {
    const caller = callerOf(exchange)
    const { auth, config } = exchange.runtime
    const principalId = body.user_id ?? caller.principalId
    await requireReach(exchange, principalId)
    const { apiKey, key } = await auth.apiKeys.create(
      { principalId, label: body.label, scopes: body.scopes, expiresAt: toInstant(body.expires_at) },
      caller,
      contextOf(exchange),
    )
    const location = `${pathOf(config.basePath)}/${apiKey.id}`
    return { body: { ...apiKeyAnswer(apiKey), raw_token: key }, headers: [['Location', location]] }
  },
})

const parameter = z.optional(z.string())

export const listTokens = defineRoute(routeContracts.listTokens, {
  query: z.strictObject(Object.fromEntries(routeContracts.listTokens.query.map((name) => [name, parameter]))),
  async handle(exchange, { query: { user_id: userId, ...query } }) {
    const { auth, config } = exchange.runtime
    const principalId = userId ?? callerOf(exchange).principalId
    await requireReach(exchange, principalId)
    return answerList(await auth.apiKeys.list(principalId), query, { ...listed, path: pathOf(config.basePath) })
  },
})

export const showToken = defineRoute(routeContracts.showToken, {
  async handle(exchange) {
    return { body: apiKeyAnswer(await requireKey(exchange)) }
  },
})

export const updateToken = defineRoute(routeContracts.updateToken, {
  body: z.strictObject({ label: z.optional(z.string()), revoked: z.optional(z.boolean()), ...ignoredFields }),
  async handle(exchange, { body: { label, revoked } }) {
    const { apiKeys } = exchange.runtime.auth
    if (label === undefined && revoked === undefined) {
      throw inputError([{ path: 'label', code: 'required', message: 'label or revoked is needed' }], 'body')
    }
    // Before the look-up, so that an id tells nothing to somebody who may do nothing.
    if (label !== undefined || revoked !== true) await requirePermission(exchange, 'tokens:create')
    if (revoked === true) await requirePermission(exchange, 'tokens:delete')
    const found = await requireKey(exchange)
    if (revoked === false && found.revokedAt !== null) {
      throw new CardeaError('conflict', 'A revoked API key stays revoked: make another.')
    }
    if (label !== undefined) await apiKeys.relabel(found.id, label)
    if (revoked === true) await apiKeys.revoke(found.id)
    return { body: apiKeyAnswer(await requireKey(exchange)) }
  },
})

export const deleteToken = defineRoute(routeContracts.deleteToken, {
  async handle(exchange) {
    const { id } = await requireKey(exchange)
    if (!(await exchange.runtime.auth.apiKeys.delete(id))) throw noSuchKey()
    return {}
  },
})

/** Keys of others are for those with `tokens:admin`, and only for principals that the route is for. */
async function requireReach(exchange: Exchange, principalId: string): Promise<void> {
  if (principalId === callerOf(exchange).principalId) return
  await requirePermission(exchange, 'tokens:admin')
  if (!(await isOwnPrincipal(exchange, principalId))) throw new CardeaError('not_found', 'There is no such user.')
}

/** The key that the path names. Whoever may not see it must not learn that it exists. */
async function requireKey(exchange: Exchange): Promise<ApiKeyView> {
  const id = exchange.parameters['id']
  const found = isUuid(id) ? await exchange.runtime.auth.apiKeys.find(id) : undefined
  if (found === undefined || found.collection !== exchange.collection) throw noSuchKey()
  const isOwn = found.principalId === callerOf(exchange).principalId
  if (!isOwn && !(await hasPermission(exchange, 'tokens:admin'))) throw noSuchKey()
  return found
}

const noSuchKey = (): CardeaError => new CardeaError('not_found', 'There is no such API key.')

const pathOf = (basePath: string): string => `${basePath}/tokens`

/** The schema has let through nothing but instants. */
const toInstant = (text: string | null | undefined): number | null =>
  text === undefined || text === null ? null : Date.parse(text)

const listed: Omit<ListDescription<ApiKeyView>, 'path'> = {
  fields: {
    id: ({ id }) => id,
    label: ({ label }) => label,
    issued_at: ({ createdAt }) => createdAt,
    created_at: ({ createdAt }) => createdAt,
    expires_at: ({ expiresAt }) => expiresAt,
    last_used_at: ({ lastUsedAt }) => lastUsedAt,
  },
  key: 'id',
  searched: ({ label }) => label,
  present: apiKeyAnswer,
}
