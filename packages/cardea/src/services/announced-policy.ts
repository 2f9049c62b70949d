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
    // To look what there would be to prune changes nothing.
    prune: (options) => (options?.dryRun === true ? policy.prune(options) : told(policy.prune(options))),
    createRole: (input, options) => told(policy.createRole(input, options)),
    updateRole: (labelOrId, input, options) => told(policy.updateRole(labelOrId, input, options)),
    deleteRole: (labelOrId, options) => told(policy.deleteRole(labelOrId, options)),
    grant: (role, permission, options) => told(policy.grant(role, permission, options)),
    revoke: (grantId, options) => told(policy.revoke(grantId, options)),
    createPermission: (input, options) => told(policy.createPermission(input, options)),
    updatePermission: (labelOrId, input, options) => told(policy.updatePermission(labelOrId, input, options)),
    deletePermission: (labelOrId, options) => told(policy.deletePermission(labelOrId, options)),
  })
}
