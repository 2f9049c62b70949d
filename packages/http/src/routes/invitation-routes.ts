import { normalizeEmail } from '@cardea/core'
import * as z from 'zod/mini'
import { invitationAnswer } from '../answers/invitation.js'
import { routeContracts } from '../contract/routes.js'
import { answerStoredList } from '../lists/answer-stored-list.js'
import { authPath } from '../router/auth-path.js'
import { callerOf, defineRoute } from './route.js'
import { answerSignIn, contextOf, mismatch } from './signed-in.js'

export const createInvitation = defineRoute(routeContracts.createInvitation, {
  // The collection's own fields are checked by its definition.
  body: z.looseObject({ email: z.string(), role: z.optional(z.nullable(z.string())) }),
  async handle(exchange, { body: { role, ...input } }) {
    const { principals } = exchange
    const invitation = await principals.invitations.create(input, { role, by: callerOf(exchange) })
    return { body: invitationAnswer(invitation) }
  },
})

const parameter = z.optional(z.string())

export const listInvitations = defineRoute(routeContracts.listInvitations, {
  query: z.strictObject({
    limit: parameter,
    offset: parameter,
    page: parameter,
    per_page: parameter,
    cursor: parameter,
  }),
  async handle({ principals: { invitations }, collection, runtime: { config } }, { query }) {
    return await answerStoredList(query, {
      read: ({ limit, offset, after: [email] = [] }) =>
        invitations.list({ limit, offset, after: typeof email === 'string' ? email : undefined }),
      count: () => invitations.count(),
      place: ({ email }) => [email],
      isPlace: ([email, ...others]) =>
        typeof email === 'string' && normalizeEmail(email) === email && others.length === 0,
      present: invitationAnswer,
      path: `${authPath(config, collection)}/invitations`,
    })
  },
})

export const resendInvitation = defineRoute(routeContracts.resendInvitation, {
  async handle(exchange) {
    const { principals, parameters } = exchange
    const by = callerOf(exchange)
    return { body: invitationAnswer(await principals.invitations.resend(parameters['id'] ?? '', { by })) }
  },
})

export const revokeInvitation = defineRoute(routeContracts.revokeInvitation, {
  async handle(exchange) {
    await exchange.principals.invitations.revoke(exchange.parameters['id'] ?? '', { by: callerOf(exchange) })
    return {}
  },
})

export const acceptInvitation = defineRoute(routeContracts.acceptInvitation, {
  body: z.looseObject({ token: z.string(), password: z.string(), password_confirm: z.optional(z.string()) }),
  async handle(exchange, { body: { token, password_confirm: confirmation, ...fields } }) {
    if (confirmation !== undefined && confirmation !== fields.password) throw mismatch('password_confirm')
    const { principals } = exchange
    return await answerSignIn(exchange, await principals.invitations.accept(token, fields, contextOf(exchange)))
  },
})
