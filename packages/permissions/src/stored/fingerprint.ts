import { sha256 } from '@cardea/core/crypto'
import type { Grant } from '../roles/grant.js'

/**
 * What the column `fingerprint` of a grant holds, so that a role cannot have the same grant twice.
 *
 * @param permissionId The permission's id; null for a wildcard.
 */
export function grantFingerprint(permissionId: string | null, grant: Grant): string {
  const wildcard = permissionId === null ? grant.permission : null
  return sha256(canonicalJson([permissionId, wildcard, grant.effect, grant.condition, grant.fields]))
}

/** JSON with the members of objects in order, so that equal values make equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
