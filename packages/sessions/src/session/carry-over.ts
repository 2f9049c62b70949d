import { and, eq, gt, matches } from '@cardea/core'
import { type StorageOperations, sessions } from '@cardea/storage'
import { createCookieToken } from '../token/cookie-token.js'
import type { SessionContext } from './context.js'
import { cookieEnd, cookieMaxAge } from './cookie-life.js'
import { byId } from './session-row.js'

/** A new token for a session's cookie. */
export interface RotatedCookie {
  readonly cookieToken: string
  /** Null for one that ends with the browser. */
  readonly cookieMaxAgeSeconds: number | null
}

export async function carryOver(transaction: StorageOperations, sessionId: string, newEpoch: number): Promise<boolean> {
  // Only from the epoch just left: a session that an earlier bump has ended stays ended.
  const changed = await transaction.update(sessions, {
    where: matches({ id: sessionId, epoch: newEpoch - 1 }),
    set: { epoch: newEpoch },
  })
  return changed === 1
}

export async function rotateCookie(context: SessionContext, sessionId: string): Promise<RotatedCookie | undefined> {
  const row = await context.operations.findOne(sessions, byId, { id: sessionId })
  if (row === undefined || row.token_hash === null) return undefined
  const now = context.clock()
  const { token, hash } = createCookieToken(context.random)
  const renewed = { ...row, cookie_expires_at: cookieEnd(context.lifetimesOf(row.principal.collection), row, now) }
  const changed = await context.operations.update(sessions, {
    where: and(
      eq('id', sessionId),
      eq('token_hash', row.token_hash),
      gt('cookie_expires_at', now),
      gt('idle_expires_at', now),
      gt('absolute_expires_at', now),
    ),
    set: { token_hash: hash, cookie_expires_at: renewed.cookie_expires_at },
  })
  return changed === 1 ? { cookieToken: token, cookieMaxAgeSeconds: cookieMaxAge(renewed, now) } : undefined
}
