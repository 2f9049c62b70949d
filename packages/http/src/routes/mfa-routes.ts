import type { CardeaError } from '@cardea/core'
import type { FactorAttempt, MfaActor, Reauthentication, RenewedSession } from 'cardea'
import * as z from 'zod/mini'
import type { HeaderList } from '../answers/answer.js'
import { routeContracts } from '../contract/routes.js'
import { readBearer } from '../credentials/bearer.js'
import { authenticate, authenticationError, sessionNeededError } from '../guard/authenticate.js'
import { defineRoute, type Exchange, inputError, sessionCallerOf } from './route.js'
import { answerSignIn, contextOf, cookieOf } from './signed-in.js'

const attempt = { code: z.optional(z.string()), backup_code: z.optional(z.string()) }

export const verifyMfa = defineRoute(routeContracts.verifyMfa, {
  body: z.strictObject({ mfa_token: z.optional(z.string()), ...attempt }),
  async handle(exchange, { body }) {
    const kept = ticketCookieOf(exchange)
    const ticket = body.mfa_token ?? kept
    const presented = attemptIn(body)
    if (ticket === undefined) throw missing('mfa_token')
    const signIn = await exchange.principals.mfa.verify(ticket, presented, contextOf(exchange))
    const answer = await answerSignIn(exchange, signIn)
    return kept === undefined ? answer : { ...answer, headers: [...(answer.headers ?? []), forgetTicket(exchange)] }
  },
})

export const enrollTotp = defineRoute(routeContracts.enrollTotp, {
  body: z.strictObject({ mfa_token: z.optional(z.string()) }),
  async handle(exchange, { body }) {
    const actor = await actorOf(exchange, body.mfa_token)
    const { secret, otpauthUri, qrSvg } = await exchange.principals.mfa.enroll(actor)
    return { body: { secret, otpauth_uri: otpauthUri, qr_svg: qrSvg } }
  },
})

export const activateTotp = defineRoute(routeContracts.activateTotp, {
  body: z.strictObject({ mfa_token: z.optional(z.string()), code: z.string() }),
  async handle(exchange, { body }) {
    const actor = await actorOf(exchange, body.mfa_token)
    const activated = await exchange.principals.mfa.activate(actor, body.code, contextOf(exchange))
    return { body: { backup_codes: activated.backupCodes }, headers: reissued(exchange, activated) }
  },
})

export const mfaState = defineRoute(routeContracts.mfaState, {
  async handle(exchange) {
    const state = await exchange.principals.mfa.state(sessionCallerOf(exchange))
    const { enabled, methods, backupCodesRemaining, required } = state
    return { body: { enabled, methods, backup_codes_remaining: backupCodesRemaining, required } }
  },
})

export const renewBackupCodes = defineRoute(routeContracts.renewBackupCodes, {
  body: z.strictObject(attempt),
  async handle(exchange, { body }) {
    const { mfa } = exchange.principals
    const renewed = await mfa.renewBackupCodes(sessionCallerOf(exchange), attemptIn(body), contextOf(exchange))
    return { body: { backup_codes: renewed.backupCodes }, headers: reissued(exchange, renewed) }
  },
})

export const disableMfa = defineRoute(routeContracts.disableMfa, {
  body: z.strictObject(attempt),
  async handle(exchange, { body }) {
    const { mfa } = exchange.principals
    return {
      headers: reissued(exchange, await mfa.disable(sessionCallerOf(exchange), attemptIn(body), contextOf(exchange))),
    }
  },
})

export const reauthenticate = defineRoute(routeContracts.reauthenticate, {
  body: z.strictObject({
    password: z.optional(z.string()),
    email_code: z.optional(z.string()),
    flow_id: z.optional(z.string().check(z.maxLength(64))),
    ...attempt,
  }),
  async handle(exchange, { body }) {
    const proof = reauthenticationIn(body)
    const renewed = await exchange.principals.reauthenticate(sessionCallerOf(exchange), proof, contextOf(exchange))
    return { headers: reissued(exchange, renewed) }
  },
})

/** The one proof of a body. */
function reauthenticationIn(
  body: Parameters<typeof attemptIn>[0] & {
    readonly password?: string | undefined
    readonly email_code?: string | undefined
    readonly flow_id?: string | undefined
  },
): Reauthentication {
  const { password, email_code: emailCode, flow_id: flowId, code, backup_code: backupCode } = body
  if ([password, emailCode, code, backupCode].filter((proof) => proof !== undefined).length > 1) throw oneOnly()
  if (emailCode !== undefined) return { emailCode, flowId }
  // It belongs to a code by mail, and must not look as if it counted elsewhere.
  if (flowId !== undefined) throw missing('email_code')
  return password === undefined ? attemptIn(body) : { password }
}

/** The one code of a body. */
function attemptIn(body: {
  readonly code?: string | undefined
  readonly backup_code?: string | undefined
}): FactorAttempt {
  if (body.code !== undefined && body.backup_code !== undefined) throw oneOnly()
  if (body.code !== undefined) return { code: body.code }
  if (body.backup_code !== undefined) return { backupCode: body.backup_code }
  throw missing('code')
}

const missing = (path: string): CardeaError => inputError([{ path, code: 'required', message: 'is required' }], 'body')

const oneOnly = (): CardeaError =>
  inputError([{ path: 'code', code: 'conflicting', message: 'must be the only proof' }], 'body')

/** The ticket that a sign-in in the browser has left, as after a round trip to a provider. */
const ticketCookieOf = ({ headers, runtime, collection }: Exchange): string | undefined =>
  runtime.ticketCookies.read(headers.get('cookie'), collection)

/**
 * Who sets a second factor up. A ticket in the body was meant; one in a cookie counts only where nobody is signed in, so that
 * nobody who is can be made to set up somebody else's.
 */
async function actorOf(exchange: Exchange, ticket: string | undefined): Promise<MfaActor> {
  if (ticket !== undefined) return { ticket }
  const { runtime, headers, collection, clientAddress } = exchange
  const accepted = { collections: [collection] }
  const found = await authenticate(runtime, headers, accepted, () => clientAddress)
  if (found.authenticated) {
    const { authentication } = found
    if (authentication.session === undefined) throw sessionNeededError()
    return authentication
  }
  const kept = readBearer(headers.get('authorization')) === undefined ? ticketCookieOf(exchange) : undefined
  if (kept === undefined) throw authenticationError(found.code)
  return { ticket: kept }
}

/** The new token of a session that goes on, for a client that came with its cookie. */
function reissued(exchange: Exchange, { cookieToken, cookieMaxAgeSeconds }: RenewedSession): HeaderList {
  const { collection, runtime } = exchange
  // A client that sent no cookie has none to be replaced.
  if (cookieToken === undefined || cookieOf(exchange) === undefined || runtime.config.delivery === 'token') return []
  return [['Set-Cookie', runtime.cookies.issue(collection, cookieToken, cookieMaxAgeSeconds)]]
}

const forgetTicket = ({ runtime, collection }: Exchange): readonly [string, string] => [
  'Set-Cookie',
  runtime.ticketCookies.clear(collection),
]
