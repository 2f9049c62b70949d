import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import * as z from 'zod/mini'
import { routeContracts } from '../contract/routes.js'
import { answerUserSessions } from '../lists/answer-sessions.js'
import { authPath } from '../router/auth-path.js'
import { listQuery } from './policy-input.js'
import { callerOf, defineRoute, type Exchange } from './route.js'

function idOf({ parameters }: Exchange): string {
  const id = parameters['id']
  if (!isUuid(id)) throw new CardeaError('not_found', 'There is no such user.')
  return id
}

export const disableMember = defineRoute(routeContracts.disableMember, {
  async handle(exchange) {
    await exchange.principals.disable(idOf(exchange), { by: callerOf(exchange) })
    return {}
  },
})

export const enableMember = defineRoute(routeContracts.enableMember, {
  async handle(exchange) {
    await exchange.principals.enable(idOf(exchange), { by: callerOf(exchange) })
    return {}
  },
})

export const resetMemberMfa = defineRoute(routeContracts.resetMemberMfa, {
  async handle(exchange) {
    await exchange.principals.mfa.reset(idOf(exchange), { by: callerOf(exchange) })
    return {}
  },
})

export const listMemberSessions = defineRoute(routeContracts.listMemberSessions, {
  query: listQuery(routeContracts.listMemberSessions.query),
  async handle(exchange, { query }) {
    const by = callerOf(exchange)
    const id = idOf(exchange)
    const sessions = await exchange.principals.sessionsOf(id, { by })
    const path = `${authPath(exchange.runtime.config, exchange.collection)}/users/${id}/sessions`
    return answerUserSessions(sessions, { query, path, currentId: by.session?.id })
  },
})

export const endMemberSessions = defineRoute(routeContracts.endMemberSessions, {
  query: z.strictObject({ session_id: z.optional(z.string()) }),
  async handle(exchange, { query: { session_id: sessionId } }) {
    await exchange.principals.endSessions(idOf(exchange), { by: callerOf(exchange), sessionId })
    return {}
  },
})
