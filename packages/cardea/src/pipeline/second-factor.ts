import type { AuthSettings } from '@cardea/collections'
import { type SeenVersions, subjectOf } from '../accounts/user-view.js'
import type { Services } from '../services/services.js'

/** Whether the collection wants a second factor of a principal, for everybody or for a role that it has. */
export async function requiresSecondFactor(
  services: Services,
  { mfa }: AuthSettings,
  principalId: string,
  versions: SeenVersions | undefined,
): Promise<boolean> {
  if (typeof mfa.required === 'boolean') return mfa.required
  const { required } = mfa
  if (required.length === 0) return false
  const { roles } = await subjectOf(services, principalId, versions)
  return roles.some(({ label }) => required.includes(label))
}
