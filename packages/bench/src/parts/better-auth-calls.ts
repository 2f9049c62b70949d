import type { Call } from '../measure/calls.ts'
import { splitLabel } from '../peers/access-roles.ts'
import type { BetterAuthPeer } from '../peers/open-better-auth.ts'
import { held, notHeld } from '../peers/settings.ts'
import { type BetterAuthCaller, turnOf } from '../world/world.ts'
import { mustBe } from './right.ts'

/** A permission as `userHasPermission` takes it. */
export function requestFor(label: string): Record<string, string[]> {
  const { resource, action } = splitLabel(label)
  return { [resource]: [action] }
}

const allowed = requestFor(held)

/** Headers as a server has them: made before, as those of a request are. */
const headersOf = (callers: readonly BetterAuthCaller[], cookie: 'cookie' | 'cachedCookie'): readonly Headers[] =>
  callers.map((caller) => new Headers({ cookie: caller[cookie] }))

/** Finds out who is behind a cookie, a different one each time. */
export function checkSession(
  auth: BetterAuthPeer,
  callers: readonly BetterAuthCaller[],
  cookie: 'cookie' | 'cachedCookie' = 'cookie',
): Call {
  const headers = headersOf(callers, cookie)
  return async (index) => {
    const found = await auth.api.getSession({ headers: turnOf(headers, index) })
    mustBe(found?.user.id === turnOf(callers, index).userId, 'whose cookie')
  }
}

/**
 * A session check and a permission that is held.
 *
 * @param by What the permission is asked for: `userId`, which reads the user once more, as the documentation shows it; or
 * the role that came with the session.
 */
export function checkSessionAndPermission(
  auth: BetterAuthPeer,
  callers: readonly BetterAuthCaller[],
  by: 'userId' | 'role',
): Call {
  const headers = headersOf(callers, 'cookie')
  return async (index) => {
    const found = await auth.api.getSession({ headers: turnOf(headers, index) })
    mustBe(found !== null, 'a session')
    if (found === null) return
    const who = by === 'userId' ? { userId: found.user.id } : { role: found.user.role as 'viewer' }
    const { success } = await auth.api.userHasPermission({ body: { ...who, permissions: allowed } })
    mustBe(success, 'a permission that is held')
  }
}

/** Once before measuring: what must be refused is refused. */
export async function requireSessionRefusals(auth: BetterAuthPeer, caller: BetterAuthCaller): Promise<void> {
  const forged = new Headers({ cookie: caller.cookie.replace(/=./, '=_') })
  mustBe((await auth.api.getSession({ headers: forged })) === null, 'a cookie that was changed')
  const body = { userId: caller.userId, permissions: requestFor(notHeld) }
  mustBe(!(await auth.api.userHasPermission({ body })).success, 'a permission that is not held')
}
