import * as z from 'zod/mini'
import { userAnswer } from '../answers/user.js'
import { routeContracts } from '../contract/routes.js'
import { defineRoute, inputError, sessionCallerOf } from './route.js'
import { contextOf, mismatch, reissuedCookie } from './signed-in.js'

export const updateMe = defineRoute(routeContracts.updateMe, {
  // The definition of the collection says which fields there are and which of them may be changed.
  body: z.looseObject({}),
  async handle(exchange, { body }) {
    const user = await exchange.principals.update(sessionCallerOf(exchange).principalId, body)
    return { body: userAnswer(exchange.collection, user) }
  },
})

export const changePassword = defineRoute(routeContracts.changePassword, {
  body: z.strictObject({
    current_password: z.optional(z.string()),
    old_password: z.optional(z.string()),
    new_password: z.string(),
    new_password_confirm: z.optional(z.string()),
  }),
  async handle(exchange, { body }) {
    const { principals } = exchange
    const currentPassword = body.current_password ?? body.old_password
    if (currentPassword === undefined) {
      throw inputError([{ path: 'current_password', code: 'required', message: 'is required' }], 'body')
    }
    if (body.old_password !== undefined && body.old_password !== currentPassword) throw mismatch('old_password')
    if (body.new_password_confirm !== undefined && body.new_password_confirm !== body.new_password) {
      throw mismatch('new_password_confirm')
    }
    const changed = await principals.changePassword(
      sessionCallerOf(exchange),
      {
        currentPassword,
        newPassword: body.new_password,
      },
      contextOf(exchange),
    )
    return { headers: reissuedCookie(exchange, changed) }
  },
})
