import { randomUUID } from 'node:crypto'
import { sqlite } from '@cardea/kysely/sqlite'
import { definePermissions, defineRoles } from '@cardea/permissions'
import { createStoredPolicy, type StoredPolicy } from '@cardea/permissions/stored'
import { authz, principals, roleAssignments, type StorageOperations, systemTables } from '@cardea/storage'
import { splitLabel } from '../peers/access-roles.ts'
import type { TestPolicy } from './permission-policies.ts'

/** A policy in a database, with all of its users. */
export interface PolicyDatabase {
  /** The principals, by the number of the user. */
  readonly ids: readonly string[]
  /** A node that knows nothing yet. */
  readonly openNode: (options?: { readonly maxCachedSubjects?: number }) => StoredPolicy
  readonly policyVersion: () => Promise<number>
  /** How many statements work takes. */
  readonly countStatements: (work: () => Promise<unknown>) => Promise<number>
  readonly close: () => Promise<void>
}

/** How many rows go into one insert. */
const batch = 500

/** Fills a database in memory. */
export async function createPolicyDatabase(policy: TestPolicy): Promise<PolicyDatabase> {
  let statements = 0
  const storage = sqlite(':memory:', {
    log: ({ kind }) => {
      if (kind === 'statement') statements += 1
    },
  })
  await storage.migrate(systemTables)
  const catalogue = definePermissions(operationsOf(policy))
  const roles = defineRoles(
    catalogue,
    Object.fromEntries(
      [...policy.roles].map(([label, { permissions, inherits }]) => [
        label,
        // Those of the policy are what the catalogue was made from.
        { permissions: permissions as readonly (typeof catalogue.permissions)[number][], inherits },
      ]),
    ),
  )
  const openNode: PolicyDatabase['openNode'] = (options = {}) =>
    createStoredPolicy({ storage, clock: Date.now, createId: randomUUID, catalogue, roles, ...options })
  const policyOfCode = openNode()
  await policyOfCode.sync()
  const roleIds = new Map((await policyOfCode.listRoles()).map(({ label, id }) => [label, id]))
  const ids = policy.users.map(() => randomUUID())
  await storage.transaction((transaction) => writeUsers(transaction, policy, ids, roleIds))
  return {
    ids,
    openNode,
    policyVersion: async () => (await storage.find(authz, { limit: 1 }))[0]?.policy_version ?? 0,
    countStatements: async (work) => {
      const before = statements
      await work()
      return statements - before
    },
    close: () => storage.close(),
  }
}

function operationsOf({ permissions }: TestPolicy): Record<string, string[]> {
  const resources: Record<string, string[]> = {}
  for (const { resource, action } of permissions.map(splitLabel)) {
    resources[resource] ??= []
    resources[resource].push(action)
  }
  return resources
}

async function writeUsers(
  transaction: StorageOperations,
  { users }: TestPolicy,
  ids: readonly string[],
  roleIds: ReadonlyMap<string, string>,
): Promise<void> {
  for (let start = 0; start < ids.length; start += batch) {
    const some = ids.slice(start, start + batch)
    const row = { collection: 'users', status: 'active', created_at: 0 }
    await transaction.insert(
      principals,
      some.map((id) => ({ ...row, id, record_key: id })),
    )
    const held = some.flatMap((id, place) =>
      (users[start + place] ?? []).map((label) => ({
        id: randomUUID(),
        principal_id: id,
        role_id: roleIds.get(label) ?? '',
        created_at: 0,
      })),
    )
    await transaction.insert(roleAssignments, held)
  }
}
