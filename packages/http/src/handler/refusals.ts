import type { Authentication, RequestInfo } from 'cardea'
import type { Runtime } from './runtime.js'

/** What events say of a request that was refused before it was known whose it is. */
export const nobody = ({ config }: Runtime) => ({ at: config.clock(), collection: null, principalId: null })

/**
 * Reports that somebody lacks a permission.
 *
 * @param info Default: the request that code runs for.
 */
export function reportDenied(
  { auth, config }: Runtime,
  { collection, principalId }: Authentication,
  permission: string,
  info?: RequestInfo,
): void {
  auth.report({ type: 'access.denied', at: config.clock(), collection, principalId, permission }, info)
}
