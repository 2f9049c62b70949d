import type { StoredPolicy } from '@cardea/permissions/stored'
import type { Changes } from './changes.js'

/**
 * The policy, whose changes in transactions of its own are told to other nodes. What becomes part of another transaction is
 * told by whoever commits that.
 */
export function announcePolicy<P extends string>(policy: StoredPolicy<P>, changes: Changes): StoredPolicy<P> {
  const told = async <Result>(change: Promise<Result>): Promise<Result> => {
    const result = await change
    changes.publish('policy')
    return result
  }
  return Object.freeze<StoredPolicy<P>>({
    ...policy,
    sync: async () => {
      const hasChanged = await policy.sync()
      if (hasChanged) changes.publish('policy')
      return hasChanged
    },
    createRole: (input) => told(policy.createRole(input)),
    deleteRole: (labelOrId) => told(policy.deleteRole(labelOrId)),
    grant: (role, permission, options) => told(policy.grant(role, permission, options)),
    revoke: (grantId) => told(policy.revoke(grantId)),
    createPermission: (input) => told(policy.createPermission(input)),
  })
}
