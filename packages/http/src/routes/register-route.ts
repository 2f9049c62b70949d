import * as z from 'zod/mini'
import { besideSignIn, userAnswer } from '../answers/user.js'
import { routeContracts } from '../contract/routes.js'
import { defineRoute } from './route.js'
import { answerSignIn, contextOf, mismatch } from './signed-in.js'

export const register = defineRoute(routeContracts.register, {
  // The collection's own fields are checked by its definition; here only what every collection has.
  body: z.looseObject({
    email: z.string(),
    password: z.string(),
    password_confirm: z.optional(z.string()),
    invitation_token: z.optional(z.string()),
  }),
  async handle(exchange, { body: { password_confirm: confirmation, invitation_token: invitation, ...fields } }) {
    if (confirmation !== undefined && confirmation !== fields.password) throw mismatch('password_confirm')
    const { principals, collection } = exchange
    const input: Record<string, unknown> = { ...fields }
    // ModulaCMS lets clients send a role and never heeds it.
    if (collection === 'users') delete input['role']
    if (invitation !== undefined) {
      return await answerSignIn(
        exchange,
        await principals.invitations.accept(invitation, { ...input, password: fields.password }, contextOf(exchange)),
      )
    }
    const registered = await principals.register(input, contextOf(exchange))
    if (registered.status === 'accepted') {
      return { status: 202, body: { message: 'A message has been sent to the address.' } }
    }
    if (registered.status !== 'signed_in') {
      const { user, status } = registered
      const about = { user: userAnswer(collection, user), ...besideSignIn(collection, user) }
      return { body: { [status]: true, ...about } }
    }
    return await answerSignIn(exchange, registered.signIn)
  },
})
