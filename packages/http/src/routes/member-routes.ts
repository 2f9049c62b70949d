import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import * as z from 'zod/mini'
import { userSessionAnswer } from '../answers/session.js'
import { routeContracts } from '../contract/routes.js'
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
  async handle(exchange) {
    const by = callerOf(exchange)
    const sessions = await exchange.principals.sessionsOf(idOf(exchange), { by })
    return { body: sessions.map((one) => userSessionAnswer(one, by.session?.id)) }
  },
})

export const endMemberSessions = defineRoute(routeContracts.endMemberSessions, {
  query: z.strictObject({ session_id: z.optional(z.string()) }),
  async handle(exchange, { query: { session_id: sessionId } }) {
    await exchange.principals.endSessions(idOf(exchange), { by: callerOf(exchange), sessionId })
    return {}
  },
})
