import * as z from 'zod/mini'
import { routeContracts } from '../contract/routes.js'
import { defineRoute, optionalSessionOf, sessionCallerOf } from './route.js'
import { answerSignIn, contextOf, mismatch, reissuedCookie } from './signed-in.js'

const emailBody = z.strictObject({ email: z.string() })

// Each sentence is true for every address, so that none tells who has an account.
const sent = 'If an account with that email exists, a message has been sent.'

export const requestVerification = defineRoute(routeContracts.requestVerification, {
  body: emailBody,
  async handle({ principals }, { body }) {
    await principals.requestVerification(body.email)
    return { body: { message: sent } }
  },
})

export const confirmVerification = defineRoute(routeContracts.confirmVerification, {
  body: z.strictObject({ token: z.string(), password: z.optional(z.string()) }),
  async handle(exchange, { body }) {
    const authentication = optionalSessionOf(exchange)
    const { password } = body
    // Somebody signed in to another account may still give this one's password.
    const proof = password === undefined ? authentication && { authentication } : { password }
    await exchange.principals.confirmVerification(body.token, proof)
    return { body: { message: 'The email address is verified.', verified: true } }
  },
})

export const requestPasswordReset = defineRoute(routeContracts.requestPasswordReset, {
  body: emailBody,
  async handle({ principals }, { body }) {
    await principals.requestPasswordReset(body.email)
    return { body: { message: 'If an account with that email exists, a reset link has been sent.' } }
  },
})

export const confirmPasswordReset = defineRoute(routeContracts.confirmPasswordReset, {
  body: z.strictObject({ token: z.string(), password: z.string(), password_confirm: z.optional(z.string()) }),
  async handle(exchange, { body }) {
    if (body.password_confirm !== undefined && body.password_confirm !== body.password)
      throw mismatch('password_confirm')
    await exchange.principals.confirmPasswordReset(body.token, body.password, contextOf(exchange))
    return { body: { message: 'The password has been reset.' } }
  },
})

export const requestEmailChange = defineRoute(routeContracts.requestEmailChange, {
  body: z.strictObject({ new_email: z.string(), password: z.optional(z.string()) }),
  async handle(exchange, { body }) {
    await exchange.principals.requestEmailChange(sessionCallerOf(exchange), {
      newEmail: body.new_email,
      password: body.password,
    })
    return { body: { message: 'If the address can be used, a link has been sent to it.' } }
  },
})

export const confirmEmailChange = defineRoute(routeContracts.confirmEmailChange, {
  body: z.strictObject({ token: z.string() }),
  async handle(exchange, { body }) {
    const authentication = optionalSessionOf(exchange)
    const changed = await exchange.principals.confirmEmailChange(body.token, authentication, contextOf(exchange))
    return {
      body: { message: 'The email address has been changed.', email: changed.email },
      headers: reissuedCookie(exchange, changed),
    }
  },
})

export const requestOtp = defineRoute(routeContracts.requestOtp, {
  body: emailBody,
  async handle(exchange, { body }) {
    const { flowId } = await exchange.principals.requestOtp(body.email, contextOf(exchange))
    return { body: { message: 'If an account with that email exists, a code has been sent.', flow_id: flowId } }
  },
})

export const verifyOtp = defineRoute(routeContracts.verifyOtp, {
  body: z.strictObject({
    email: z.string(),
    code: z.string(),
    flow_id: z.optional(z.string().check(z.maxLength(64))),
    remember_me: z.optional(z.boolean()),
  }),
  async handle(exchange, { body }) {
    const { email, code, flow_id: flowId, remember_me: rememberMe } = body
    return await answerSignIn(
      exchange,
      await exchange.principals.verifyOtp({ email, code, flowId }, contextOf(exchange, rememberMe)),
    )
  },
})
