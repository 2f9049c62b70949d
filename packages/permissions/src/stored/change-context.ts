import type { StorageOperations } from '@cardea/storage'
import type { StoredPolicyDeps } from './context.js'
import type { PolicyInForce } from './policy-cache.js'
import type { StoredPolicy } from './stored-policy.js'

/** The policy inside a transaction, as changes look at it. */
export interface PolicyWithin {
  readonly policy: StoredPolicy
  /**
   * Permissions and roles as the transaction sees them now.
   *
   * @param tenant Empty for none.
   */
  inForce(tenant: string): Promise<PolicyInForce<string>>
}

/** What changes of a stored policy work with. */
export interface ChangeDeps extends StoredPolicyDeps {
  readonly within: (transaction: StorageOperations) => PolicyWithin
}
