import { createGuard } from '@cardea/http'
import type { Call } from '../measure/calls.ts'
import type { CardeaPeer } from '../peers/open-cardea.ts'
import { held, notHeld } from '../peers/settings.ts'
import { type CardeaCaller, turnOf } from '../world/world.ts'
import { mustBe } from './right.ts'

const noSuchToken = 'A'.repeat(43)

/** Finds out who is behind a cookie, a different one each time. */
export const checkCookie =
  ({ sessions }: CardeaPeer, callers: readonly CardeaCaller[]): Call =>
  async (index) => {
    const { cookieToken, userId } = turnOf(callers, index)
    const result = await sessions.verify({ cookieToken })
    mustBe(result.authenticated && result.authentication.principalId === userId, 'whose cookie')
  }

/** The same for access tokens. */
export const checkToken =
  ({ sessions }: CardeaPeer, callers: readonly CardeaCaller[]): Call =>
  async (index) => {
    const { accessToken, userId } = turnOf(callers, index)
    const result = await sessions.verify({ accessToken })
    mustBe(result.authenticated && result.authentication.principalId === userId, 'whose token')
  }

/** A session check and a permission that is held. */
export const checkCookieAndPermission =
  ({ sessions, permissions }: CardeaPeer, callers: readonly CardeaCaller[]): Call =>
  async (index) => {
    const result = await sessions.verify({ cookieToken: turnOf(callers, index).cookieToken })
    mustBe(result.authenticated, 'a session')
    if (!result.authenticated) return
    const subject = await permissions.subject(result.authentication)
    mustBe(subject.can(held), 'a permission that is held')
  }

/** The same from the headers of a request, as a guard does it: the cookie is found in them first. */
export function guardByHeaders(auth: CardeaPeer, callers: readonly CardeaCaller[]): Call {
  const guard = createGuard(auth)
  const requests = callers.map(({ cookie }) => ({ method: 'GET', headers: new Headers({ cookie }) }))
  return async (index) => {
    const { authentication } = await guard.requirePermission(turnOf(requests, index), held)
    mustBe(authentication.principalId === turnOf(callers, index).userId, 'whose cookie')
  }
}

/** Once before measuring: what must be refused is refused. */
export async function requireRefusals({ sessions, permissions }: CardeaPeer, caller: CardeaCaller): Promise<void> {
  mustBe(!(await sessions.verify({ cookieToken: noSuchToken })).authenticated, 'an unknown cookie')
  mustBe(!(await sessions.verify({ accessToken: `${caller.accessToken}x` })).authenticated, 'a token that was changed')
  const result = await sessions.verify({ cookieToken: caller.cookieToken })
  if (result.authenticated) {
    mustBe(!(await permissions.subject(result.authentication)).can(notHeld), 'a permission that is not held')
  }
}
