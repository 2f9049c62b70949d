import { and, eq, isNull, matches, ne, not } from '@cardea/core'
import { sessions } from '@cardea/storage'
import { hashCookieToken } from '../token/cookie-token.js'
import type { SessionContext } from './context.js'
import { isGenuine } from './refresh-session.js'
import { byId, byTokenHash } from './session-row.js'

/** A session that has just ended. */
export interface EndedSession {
  readonly sessionId: string
  readonly principalId: string
}

export async function revoke(context: SessionContext, principalId: string, sessionId: string): Promise<boolean> {
  const deleted = await context.operations.delete(sessions, matches({ id: sessionId, principal_id: principalId }))
  return deleted === 1
}

export async function revokeAll(
  context: SessionContext,
  principalId: string,
  options: { readonly except?: string | undefined } = {},
): Promise<number> {
  const own = eq('principal_id', principalId)
  const { except } = options
  const ended = except === undefined ? own : and(own, ne('id', except))
  const count = await context.operations.delete(sessions, ended)
  return count + (await endAsActor(context, principalId))
}

export async function endActing(context: SessionContext, principalId: string): Promise<number> {
  const acted = and(eq('principal_id', principalId), not(isNull('actor_id')))
  const count = await context.operations.delete(sessions, acted)
  return count + (await endAsActor(context, principalId))
}

/** A statement of its own: with an "or", SQLite may read the table whole. */
export const endAsActor = (context: SessionContext, principalId: string): Promise<number> =>
  context.operations.delete(sessions, eq('actor_id', principalId))

export async function endByCookie(
  context: SessionContext,
  token: string,
  collection: string,
): Promise<EndedSession | undefined> {
  const hash = hashCookieToken(token)
  if (hash === undefined) return undefined
  const row = await context.operations.findOne(sessions, byTokenHash, { hash })
  if (row === undefined || row.principal.collection !== collection) return undefined
  return await end(context, row.principal_id, row.id)
}

export async function endByAccessToken(
  context: SessionContext,
  token: string,
  collection: string,
): Promise<EndedSession | undefined> {
  const claims = await context.accessTokens.read(token)
  if (claims === undefined || claims.collection !== collection) return undefined
  return await end(context, claims.principalId, claims.sessionId)
}

export async function endByRefreshToken(
  context: SessionContext,
  token: string,
  collection: string,
): Promise<EndedSession | undefined> {
  const presented = context.refreshTokens.parse(token)
  if (presented === undefined) return undefined
  const row = await context.operations.findOne(sessions, byId, { id: presented.sessionId })
  if (row === undefined || !isGenuine(context, presented, row, collection)) return undefined
  return await end(context, row.principal_id, row.id)
}

async function end(context: SessionContext, principalId: string, sessionId: string): Promise<EndedSession | undefined> {
  return (await revoke(context, principalId, sessionId)) ? { sessionId, principalId } : undefined
}
