import type { SignIn, SignInContext } from 'cardea'
import type { HeaderList } from '../answers/answer.js'
import { authAnswer } from '../answers/auth.js'
import { readCookie } from '../credentials/cookies.js'
import { type Exchange, inputError, type RouteAnswer } from './route.js'

/** What a session remembers of a user agent, in characters. */
const longestUserAgent = 512

/** The circumstances of a sign-in. */
export function contextOf(
  { clientAddress, collection, headers, runtime }: Exchange,
  rememberMe?: boolean,
): SignInContext {
  return {
    rememberMe,
    ip: clientAddress,
    userAgent: headers.get('user-agent')?.slice(0, longestUserAgent) ?? null,
    deviceToken: runtime.deviceCookies.read(headers.get('cookie'), collection),
    // Only browsers say where a request comes from, and only where cookies are in use will one come back.
    keepsDeviceToken: runtime.config.delivery !== 'token' && headers.get('sec-fetch-site') !== null,
  }
}

/** Answers a sign-in, whatever the method: tokens, session cookie, and a cookie by which a browser is known again. */
export async function answerSignIn(exchange: Exchange, signIn: SignIn<object>): Promise<RouteAnswer> {
  const { collection, runtime } = exchange
  await endPresented(exchange)
  const answer = authAnswer(signIn, { collection, runtime, cookieToken: signIn.cookieToken })
  if (signIn.deviceToken === undefined || runtime.config.delivery === 'token') return answer
  const device: [string, string] = ['Set-Cookie', runtime.deviceCookies.issue(collection, signIn.deviceToken)]
  return { ...answer, headers: [...(answer.headers ?? []), device] }
}

/** A new cookie takes the place of the one that came along, whose session nobody could reach any more. */
async function endPresented(exchange: Exchange): Promise<void> {
  const { collection, runtime } = exchange
  const cookieToken = cookieOf(exchange)
  if (cookieToken === undefined || runtime.config.delivery === 'token') return
  await runtime.auth.sessions.end({ cookieToken }, { collection })
}

/** The error for a confirmation that differs from what it confirms. */
export const mismatch = (path: string) =>
  inputError([{ path, code: 'mismatch', message: 'must repeat the password' }], 'body')

/** The cookie that takes the caller's place. A client that sent none has none to be replaced. */
export function reissuedCookie(
  exchange: Exchange,
  { cookieToken, cookieMaxAgeSeconds }: { readonly cookieToken?: string; readonly cookieMaxAgeSeconds: number | null },
): HeaderList {
  const { collection, runtime } = exchange
  const isReplaced = cookieOf(exchange) !== undefined && runtime.config.delivery !== 'token'
  if (cookieToken === undefined || !isReplaced) return []
  return [['Set-Cookie', runtime.cookies.issue(collection, cookieToken, cookieMaxAgeSeconds)]]
}

/** Makes the browser forget what stood for a session that has ended. */
export function clearedCookies({ runtime, collection }: Exchange): HeaderList {
  const { config, cookies, refreshCookies } = runtime
  if (config.delivery === 'token') return []
  const session = ['Set-Cookie', cookies.clear(collection)] as const
  return refreshCookies === undefined ? [session] : [session, ['Set-Cookie', refreshCookies.clear(collection)]]
}

/** The session cookie of the route's collection. */
export function cookieOf({ headers, runtime, collection }: Exchange): string | undefined {
  return readCookie(headers.get('cookie'), runtime.cookies.nameOf(collection))
}
