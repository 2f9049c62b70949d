import { type CardeaError, isCardeaError } from '@cardea/core'
import * as z from 'zod/mini'
import { authAnswer } from '../answers/auth.js'
import { routeContracts } from '../contract/routes.js'
import { readBearer } from '../credentials/bearer.js'
import { defineRoute, inputError } from './route.js'
import { answerSignIn, clearedCookies, contextOf, cookieOf } from './signed-in.js'

export const login = defineRoute(routeContracts.login, {
  // Which identifiers there are is the collection's to say, and so all of the check is.
  body: z.looseObject({ remember_me: z.optional(z.boolean()) }),
  async handle(exchange, { body: { remember_me: rememberMe, ...body } }) {
    return await answerSignIn(exchange, await exchange.principals.login(body, contextOf(exchange, rememberMe)))
  },
})

export const refresh = defineRoute(routeContracts.refresh, {
  body: z.strictObject({ refresh_token: z.optional(z.string()) }),
  async handle(exchange, { body }) {
    const { principals, collection, headers, runtime } = exchange
    // Beside a bearer no cookie counts: such a request was not asked where it comes from.
    const cookies = readBearer(headers.get('authorization')) === undefined
    const cookieToken = cookies ? cookieOf(exchange) : undefined
    const kept = cookies ? runtime.refreshCookies?.read(headers.get('cookie'), collection) : undefined
    const token = body.refresh_token ?? kept
    if (token === undefined) {
      throw inputError([{ path: 'refresh_token', code: 'required', message: 'is required' }], 'body')
    }
    try {
      const refreshed = await principals.refresh(token, cookieToken === undefined ? {} : { cookieToken })
      return authAnswer(refreshed, {
        collection,
        runtime,
        cookieToken: refreshed.cookieExtended ? cookieToken : undefined,
      })
    } catch (error) {
      const fromCookie = kept !== undefined && body.refresh_token === undefined
      if (!fromCookie || runtime.refreshCookies === undefined || !isRefusal(error)) throw error
      return { problem: error, headers: [['Set-Cookie', runtime.refreshCookies.clear(collection)]] }
    }
  },
})

/** Whether a refresh token is good for nothing any more, so that the browser need not keep it. */
const isRefusal = (error: unknown): error is CardeaError =>
  isCardeaError(error) && routeContracts.refresh.errors.some((code) => code === error.code)

export const logout = defineRoute(routeContracts.logout, {
  body: z.strictObject({ refresh_token: z.optional(z.string()) }),
  async handle(exchange, { body }) {
    const { collection, headers, runtime } = exchange
    const { sessions } = runtime.auth
    const accessToken = readBearer(headers.get('authorization'))
    const cookieToken = cookieOf(exchange)
    // The cookie is cleared below, so its session ends too: a session that nobody can reach must not live on.
    const credentials = [
      ...(typeof accessToken === 'string' ? [{ accessToken }] : []),
      ...(cookieToken === undefined ? [] : [{ cookieToken }]),
      ...(body.refresh_token === undefined ? [] : [{ refreshToken: body.refresh_token }]),
    ]
    for (const credential of credentials) {
      await sessions.end(credential, { collection })
    }
    return { body: { message: 'Logged out successfully' }, headers: clearedCookies(exchange) }
  },
})
