import { isUuid } from '@cardea/core/crypto'
import { reportDenied } from '../handler/refusals.js'
import { permissionError } from '../problem/errors.js'
import { callerOf, type Exchange } from './route.js'

/** Whether an id is that of a principal this route is for: those of another collection are unknown here. */
export async function isOwnPrincipal({ principals }: Exchange, id: string): Promise<boolean> {
  return isUuid(id) && (await principals.find(id)) !== undefined
}

/** Whether the caller has a permission; the scopes of an API key count. */
export async function hasPermission(exchange: Exchange, permission: string): Promise<boolean> {
  return (await exchange.runtime.auth.permissions.subject(callerOf(exchange))).canUnchecked(permission)
}

/** @throws CardeaError `forbidden` */
export async function requirePermission(exchange: Exchange, permission: string): Promise<void> {
  if (await hasPermission(exchange, permission)) return
  reportDenied(exchange.runtime, callerOf(exchange), permission)
  throw permissionError(permission)
}
