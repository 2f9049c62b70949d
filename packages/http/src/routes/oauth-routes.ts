import { CardeaError } from '@cardea/core'
import { isUuid, sha256 } from '@cardea/core/crypto'
import type { OAuthBeginning, OAuthOutcome } from 'cardea'
import * as z from 'zod/mini'
import { toIso } from '../answers/instant.js'
import { routeContracts } from '../contract/routes.js'
import { readBearer } from '../credentials/bearer.js'
import { createSideCookie, type SideCookie } from '../credentials/cookies.js'
import { passesCsrf } from '../csrf/csrf.js'
import { authenticate, authenticationError, sessionNeededError } from '../guard/authenticate.js'
import { csrfError } from '../problem/errors.js'
import { authPath } from '../router/auth-path.js'
import { defineRoute, type Exchange, inputError, type RouteAnswer, sessionCallerOf } from './route.js'
import { answerSignIn, contextOf } from './signed-in.js'

/** What of a provider's answer is read; the rest is its own affair. */
const answered = {
  state: z.optional(z.string()),
  code: z.optional(z.string()),
  error: z.optional(z.string()),
  iss: z.optional(z.string()),
}
type Answered = { readonly [Name in keyof typeof answered]?: string | undefined }

export const listProviders = defineRoute(routeContracts.listProviders, {
  async handle(exchange) {
    // It is for everybody, so no other read would tell that there are none any more.
    await exchange.runtime.auth.definitions.refresh()
    const providers = exchange.principals.oauth.providers()
    const body = providers.map(({ name, label, kind }) => ({
      name,
      label,
      kind,
      login_url: `${pathOf(exchange)}/oauth/login?provider=${name}`,
    }))
    return { body }
  },
})

export const beginOAuth = defineRoute(routeContracts.beginOAuth, {
  query: z.strictObject({
    provider: z.optional(z.string()),
    redirect_to: z.optional(z.string()),
    mode: z.optional(z.enum(['cookie', 'token'])),
    code_challenge: z.optional(z.string()),
    intent: z.optional(z.enum(['link', 'reauth'])),
    remember_me: z.optional(z.enum(['true', 'false'])),
  }),
  async handle(exchange, { query }) {
    const { redirect_to: redirectTo, mode, code_challenge: codeChallenge, intent } = query
    const provider = query.provider ?? onlyProvider(exchange)
    const rememberMe = query.remember_me === undefined ? undefined : query.remember_me === 'true'
    const beginning: OAuthBeginning = { provider, redirectTo, mode, codeChallenge, intent, rememberMe }
    const caller = intent === undefined ? undefined : await ownerOf(exchange)
    const begun = await exchange.principals.oauth.begin(beginning, caller)
    const cookie = browserCookie(exchange, begun.state, begun.lifetimeSeconds)
    return goTo(begun.url, [['Set-Cookie', cookie.issue(exchange.collection, begun.browserToken)]])
  },
})

/** The provider that is meant where none is named: there is no other. */
function onlyProvider({ principals }: Exchange): string {
  const [first, ...others] = principals.oauth.providers()
  if (first !== undefined && others.length === 0) return first.name
  throw inputError([{ path: 'provider', code: 'required', message: 'is required' }], 'query')
}

export const finishOAuth = defineRoute(routeContracts.finishOAuth, {
  query: z.looseObject(answered),
  handle: async (exchange, { query }) => await finish(exchange, query),
})

export const finishOAuthOf = defineRoute(routeContracts.finishOAuthOf, {
  query: z.looseObject(answered),
  handle: async (exchange, { query }) => await finish(exchange, query, exchange.parameters['provider']),
})

/** Across sites a posted form brings no cookie, so the browser is sent round once more, by a GET that does. */
export const postedOAuth = defineRoute(routeContracts.postedOAuth, {
  body: z.looseObject(answered),
  async handle(exchange, { body }) {
    const name = exchange.parameters['provider'] ?? ''
    if (!exchange.principals.oauth.providers().some((provider) => provider.name === name))
      throw new CardeaError('not_found', 'No such provider.')
    const query = new URLSearchParams(paramsOf(body))
    return goTo(`${exchange.runtime.config.baseUrl}${pathOf(exchange)}/oauth/callback/${name}?${query}`)
  },
})

export const exchangeOAuth = defineRoute(routeContracts.exchangeOAuth, {
  body: z.strictObject({ code: z.string(), code_verifier: z.string() }),
  async handle(exchange, { body: { code, code_verifier: verifier } }) {
    const { oauth } = exchange.principals
    return await answerSignIn(exchange, await oauth.exchange(code, verifier, contextOf(exchange)))
  },
})

export const listConnections = defineRoute(routeContracts.listConnections, {
  async handle(exchange) {
    const connections = await exchange.principals.oauth.connections(sessionCallerOf(exchange).principalId)
    const body = connections.map(({ id, provider, label, email, createdAt, updatedAt }) => ({
      id,
      provider,
      label,
      email,
      created_at: toIso(createdAt),
      updated_at: toIso(updatedAt),
    }))
    return { body }
  },
})

export const removeConnection = defineRoute(routeContracts.removeConnection, {
  async handle(exchange) {
    const id = exchange.parameters['id']
    if (!isUuid(id)) throw new CardeaError('not_found', 'There is no such connection.')
    await exchange.principals.oauth.disconnect(sessionCallerOf(exchange), id)
    return {}
  },
})

async function finish(exchange: Exchange, query: Answered, provider?: string): Promise<RouteAnswer> {
  const { collection, headers, principals } = exchange
  const cookie = browserCookie(exchange, query.state ?? '', 0)
  const browserToken = cookie.read(headers.get('cookie'), collection)
  const outcome = await principals.oauth.callback(
    { provider, params: paramsOf(query), browserToken },
    contextOf(exchange),
  )
  const cookies = await cookiesOf(exchange, outcome)
  return goTo(outcome.redirectTo, [...cookies, ['Set-Cookie', cookie.clear(collection)]])
}

/** What the browser keeps of how it ended. */
async function cookiesOf(
  exchange: Exchange,
  outcome: OAuthOutcome<object>,
): Promise<NonNullable<RouteAnswer['headers']>> {
  const { collection, runtime } = exchange
  if (outcome.status === 'signed_in') return (await answerSignIn(exchange, outcome.signIn)).headers ?? []
  if (outcome.status === 'mfa_required') {
    return [['Set-Cookie', runtime.ticketCookies.issue(collection, outcome.challenge.token)]]
  }
  if (outcome.status !== 'reauthenticated' || outcome.cookieToken === undefined) return []
  if (runtime.config.delivery === 'token') return []
  return [['Set-Cookie', runtime.cookies.issue(collection, outcome.cookieToken, outcome.cookieMaxAgeSeconds)]]
}

/**
 * For whose session an intent is. A page of another site must not begin one: it could have the user signed in at the
 * provider as somebody else, and link that.
 */
async function ownerOf({ clientAddress, collection, headers, runtime }: Exchange) {
  const accepted = { collections: [collection] }
  const found = await authenticate(runtime, headers, accepted, () => clientAddress)
  if (!found.authenticated) throw authenticationError(found.code)
  if (found.authentication.session === undefined) throw sessionNeededError()
  const bearer = readBearer(headers.get('authorization')) !== undefined
  if (!bearer && !passesCsrf(headers, runtime.allowedOrigins, { cookie: true })) throw csrfError()
  return found.authentication
}

/** One cookie for each state, so that several sign-ins at the same time do not take each other's place. */
function browserCookie({ runtime }: Exchange, state: string, seconds: number): SideCookie {
  return createSideCookie(runtime.config, `oauth-${sha256(state).slice(0, 16)}`, seconds)
}

/** What of a provider's answer is handed on. */
function paramsOf({ state, code, error, iss }: Answered): Record<string, string> {
  const came = Object.entries({ state, code, error, iss })
  return Object.fromEntries(came.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

const goTo = (url: string, headers: NonNullable<RouteAnswer['headers']> = []): RouteAnswer => ({
  headers: [['Location', url], ...headers],
})

const pathOf = ({ collection, runtime }: Exchange): string => authPath(runtime.config, collection)
