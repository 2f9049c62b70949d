import type { Authentication, AuthenticationResult, RequestInfo } from 'cardea'
import type { RouteContract } from '../contract/route.js'
import { readBearer } from '../credentials/bearer.js'
import type { ReadHeaders } from '../credentials/headers.js'
import { isUnsafeMethod, passesCsrf } from '../csrf/csrf.js'
import { authenticate, authenticationError, sessionNeededError } from '../guard/authenticate.js'
import { sayHint } from '../hints/say-hint.js'
import { actingError, csrfError, permissionError } from '../problem/errors.js'
import { nobody, reportDenied } from './refusals.js'
import type { Runtime } from './runtime.js'

/** @throws CardeaError `csrf_rejected` for what a page of another site may have sent. */
export function refuseForgery(
  runtime: Runtime,
  contract: RouteContract,
  method: string,
  headers: ReadHeaders,
  info: RequestInfo,
): void {
  if (!isUnsafeMethod(method) || contract.foreignForm === true) return
  // A page cannot set this header on a request across sites without being asked for (a preflight) first.
  if (readBearer(headers.get('authorization')) !== undefined) return
  const cookie = runtime.cookies.presentIn(headers.get('cookie'))
  // Both seeds log out with nothing but the cookie.
  const bareCookieAllowed = contract.mount === 'auth' && contract.path === '/logout'
  if (passesCsrf(headers, runtime.allowedOrigins, { cookie, bareCookieAllowed })) return
  sayHint(runtime.auth, 'origin')
  runtime.auth.report({ type: 'request.forged', ...nobody(runtime) }, info)
  throw csrfError()
}

/** Lets through whom the route is for. @returns Who that is; undefined on a public route. */
export async function requireAccess(
  runtime: Runtime,
  contract: RouteContract,
  collection: string,
  headers: ReadHeaders,
  info: RequestInfo,
): Promise<Authentication | undefined> {
  if (contract.access === 'public') return undefined
  const { auth } = runtime
  const findIp = (): string | null => info.ip ?? null
  const found =
    contract.principals === 'own'
      ? await authenticate(runtime, headers, { collections: [collection] }, findIp)
      : await authenticateAnybody(runtime, headers, findIp)
  if (!found.authenticated && contract.access === 'optional') return undefined
  if (!found.authenticated) throw authenticationError(found.code)
  const by = found.authentication
  if (contract.method !== 'GET' && contract.reads !== true && isActing(by)) throw actingError()
  if (found.authentication.apiKey !== undefined && contract.credentials !== 'any') throw sessionNeededError()
  if (typeof contract.access === 'object') {
    // Before the names of collections are put in, so that no name can be taken for the placeholder.
    const permission = contract.access.permission.replace('{collection}', () => collection)
    const subject = await auth.permissions.subject(found.authentication)
    if (!subject.canUnchecked(permission)) {
      reportDenied(runtime, by, permission, { ...info, by })
      throw permissionError(permission)
    }
  }
  return found.authentication
}

/** Whether somebody acts as the principal: that is for the app's routes, and for looking. */
const isActing = ({ session }: Authentication): boolean => session !== undefined && session.actorId !== null

/** Principals of all collections, also of one that another node has defined since this one last looked. */
async function authenticateAnybody(
  runtime: Runtime,
  headers: ReadHeaders,
  findIp: () => string | null,
): Promise<AuthenticationResult> {
  const { auth, cookies } = runtime
  const ask = () => authenticate(runtime, headers, { collections: auth.collectionNames() }, findIp)
  const found = await ask()
  if (found.authenticated || (found.code !== 'token_invalid' && found.code !== 'unauthenticated')) return found
  const isAnonymous =
    readBearer(headers.get('authorization')) === undefined && !cookies.presentIn(headers.get('cookie'))
  return !isAnonymous && (await auth.definitions.refresh()) ? await ask() : found
}
