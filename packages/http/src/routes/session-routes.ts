import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import type { Authentication } from 'cardea'
import * as z from 'zod/mini'
import { toIso } from '../answers/instant.js'
import { userAnswer } from '../answers/user.js'
import type { ImpersonationAnswer } from '../contract/answers.js'
import { routeContracts } from '../contract/routes.js'
import { answerOwnSessions, answerUserSessions } from '../lists/answer-sessions.js'
import { authPath } from '../router/auth-path.js'
import { listQuery } from './policy-input.js'
import { callerOf, defineRoute, type Exchange, type RouteAnswer, sessionCallerOf } from './route.js'
import { clearedCookies, contextOf } from './signed-in.js'
import { isOwnPrincipal, requirePermission } from './widened.js'

export const listOwnSessions = defineRoute(routeContracts.listOwnSessions, {
  query: listQuery(routeContracts.listOwnSessions.query),
  async handle(exchange, { query }) {
    const { auth, config } = exchange.runtime
    const { principalId, session } = sessionCallerOf(exchange)
    const path = `${authPath(config, exchange.collection)}/sessions`
    return answerOwnSessions(await auth.sessions.list(principalId), { query, path, currentId: session.id })
  },
})

export const revokeAllOwnSessions = defineRoute(routeContracts.revokeAllOwnSessions, {
  query: z.strictObject({ scope: z.optional(z.enum(['all', 'others'])) }),
  async handle(exchange, { query }) {
    const { principalId, session } = sessionCallerOf(exchange)
    const keepsThisOne = query.scope === 'others'
    await exchange.runtime.auth.sessions.revokeAll(principalId, keepsThisOne ? { except: session.id } : {})
    return keepsThisOne ? {} : ended(exchange)
  },
})

export const revokeOwnSession = defineRoute(routeContracts.revokeOwnSession, {
  async handle(exchange) {
    const caller = sessionCallerOf(exchange)
    const id = sessionId(exchange)
    if (!(await exchange.runtime.auth.sessions.revoke(caller.principalId, id))) throw noSuchSession()
    return id === caller.session.id ? ended(exchange) : {}
  },
})

export const listSessions = defineRoute(routeContracts.listSessions, {
  query: listQuery(routeContracts.listSessions.query),
  async handle(exchange, { query: { user_id: named, ...query } }) {
    const { auth, config } = exchange.runtime
    const caller = callerOf(exchange)
    const userId = named ?? caller.principalId
    if (userId !== caller.principalId) {
      await requirePermission(exchange, 'sessions:read')
      if (!(await isOwnPrincipal(exchange, userId))) throw new CardeaError('not_found', 'There is no such user.')
    } else if (isLimited(caller)) await requirePermission(exchange, 'sessions:read')
    const path = `${config.basePath}/sessions`
    return answerUserSessions(await auth.sessions.list(userId), { query, path, currentId: caller.session?.id })
  },
})

export const listUserSessions = defineRoute(routeContracts.listUserSessions, {
  query: listQuery(routeContracts.listUserSessions.query),
  async handle(exchange, { query }) {
    const { auth, config } = exchange.runtime
    const userId = exchange.parameters['id'] ?? ''
    if (!(await isOwnPrincipal(exchange, userId))) throw new CardeaError('not_found', 'There is no such user.')
    const path = `${config.basePath}/users/sessions/${userId}`
    const currentId = callerOf(exchange).session?.id
    return answerUserSessions(await auth.sessions.list(userId), { query, path, currentId })
  },
})

export const impersonate = defineRoute(routeContracts.impersonate, {
  body: z.strictObject({ reason: z.optional(z.string()), collection: z.optional(z.string()) }),
  async handle(exchange, { body: { reason, collection = exchange.collection } }) {
    const actor = sessionCallerOf(exchange)
    const principalId = exchange.parameters['id'] ?? ''
    const begun = await exchange.runtime.auth.impersonate(
      { actor, principalId, collection, reason },
      contextOf(exchange),
    )
    const answer: ImpersonationAnswer = {
      access_token: begun.accessToken,
      token_type: 'bearer',
      expires_in: begun.expiresInSeconds,
      expires_at: toIso(begun.expiresAt),
      session_id: begun.session.id,
      actor_id: actor.principalId,
      user: userAnswer(collection, begun.user),
    }
    return { body: answer }
  },
})

export const revokeSession = defineRoute(routeContracts.revokeSession, {
  async handle(exchange) {
    const caller = callerOf(exchange)
    const { permissions, sessions } = exchange.runtime.auth
    const id = sessionId(exchange)
    if (isLimited(caller)) await requirePermission(exchange, 'sessions:delete')
    const found = await sessions.find(id)
    if (found === undefined) throw noSuchSession()
    // Whoever may not end it must not learn that it exists.
    const mayEnd =
      found.principalId === caller.principalId ||
      ((await permissions.subject(caller)).canUnchecked('sessions:delete') &&
        (await isOwnPrincipal(exchange, found.principalId)))
    if (!mayEnd || !(await sessions.revoke(found.principalId, id))) throw noSuchSession()
    return id === caller.session?.id ? ended(exchange) : {}
  },
})

/** An API key that was made for some things does nothing else, not even for its owner. */
const isLimited = ({ apiKey }: Authentication): boolean => apiKey !== undefined && apiKey.scopes !== null

/** What the cookie stands for is gone, so the browser need not keep it. */
function ended(exchange: Exchange): RouteAnswer {
  return exchange.caller?.credential === 'cookie' ? { headers: clearedCookies(exchange) } : {}
}

function sessionId({ parameters }: Exchange): string {
  const id = parameters['id']
  if (!isUuid(id)) throw noSuchSession()
  return id
}

const noSuchSession = (): CardeaError => new CardeaError('not_found', 'There is no such session.')
