import type { AuthSettings } from '@cardea/collections'
import type { StorageOperations } from '@cardea/storage'
import { type SeenVersions, subjectOf } from '../accounts/user-view.js'
import type { Services } from '../services/services.js'

/**
 * Whether the collection wants a second factor of a principal, for everybody or for a role that it has.
 *
 * @param operations Where the roles are: the transaction that has given them, where that is still open.
 */
export async function requiresSecondFactor(
  services: Services,
  { mfa }: AuthSettings,
  principalId: string,
  versions: SeenVersions | undefined,
  operations: StorageOperations = services.storage,
): Promise<boolean> {
  if (typeof mfa.required === 'boolean') return mfa.required
  const { required } = mfa
  if (required.length === 0) return false
  if (operations !== services.storage) {
    const now = services.clock()
    const held = await services.policy.assignmentsOf(principalId, operations)
    return held.some(
      ({ roleLabel, tenant, expiresAt }) =>
        tenant === '' && (expiresAt === null || expiresAt > now) && required.includes(roleLabel),
    )
  }
  const { roles } = await subjectOf(services, principalId, versions)
  return roles.some(({ label }) => required.includes(label))
}
