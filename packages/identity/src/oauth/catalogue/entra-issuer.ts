import type { IdTokenClaims } from '../id-token/verify-id-token.js'

/** The tenant of all personal accounts. */
const personalTenant = '9188040d-6c67-4c5b-b112-36a304b66dad'
const tenantId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether a text can be the tenant of an app: an id, or one of the names for several. Domain names are not in tokens. */
export const isTenant = (text: string): boolean =>
  tenantId.test(text) || ['common', 'organizations', 'consumers'].includes(text)

/**
 * Whether a token's issuer is right for the configured tenant. Where many are, the issuer has to be the one that belongs to
 * the tenant the token names, which the keys of Microsoft have signed; no other part of the token decides.
 */
export function entraIssuer(base: string, tenant: string): string | ((claims: IdTokenClaims) => boolean) {
  const of = (id: string): string => `${base}/${id}/v2.0`
  if (tenantId.test(tenant)) return of(tenant)
  if (tenant === 'consumers') return of(personalTenant)
  return ({ iss, tid }) =>
    typeof tid === 'string' && tenantId.test(tid) && iss === of(tid) && (tenant === 'common' || tid !== personalTenant)
}
