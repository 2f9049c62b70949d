import { CardeaError, lazy } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import { isPermissionLabel } from '../catalogue/permission-label.js'
import type { PolicyStorage, StoredPolicyDeps } from './context.js'
import { assertNotLastAdmin, bypassHolderExists } from './last-admin.js'
import { PolicyCache } from './policy-cache.js'
import { lockPolicy } from './policy-row.js'
import type { StoredPolicy } from './stored-policy.js'
import { Subjects } from './subjects.js'
import { syncPolicy } from './sync.js'

const defaultMaximum = 10_000

// Most processes look permissions up and change none.
const loadChanges = lazy(() => import('./changes.js'))

/** A transaction is short and looks at few principals. */
const maximumInTransaction = 100

/**
 * Puts the policy of a database behind an API. Makes no statement, no timer and no connection.
 *
 * @throws CardeaError `configuration_invalid` when a role names a permission that is not in the catalogue.
 */
export function createStoredPolicy<P extends string>(deps: StoredPolicyDeps<P>): StoredPolicy<P> {
  const maximum = deps.maxCachedSubjects ?? defaultMaximum
  if (!Number.isSafeInteger(maximum) || maximum < 1) {
    throw new CardeaError('configuration_invalid', 'maxCachedSubjects: must be a whole number of at least 1')
  }
  for (const role of deps.roles.declarations) {
    for (const { permission } of role.grants) {
      if (!isPermissionLabel(permission) || deps.catalogue.has(permission)) continue
      throw new CardeaError(
        'configuration_invalid',
        `roles: ${JSON.stringify(role.label)} names ${permission}, which is not in the catalogue`,
      )
    }
  }
  return build(deps, maximum, undefined)
}

function build<P extends string>(
  deps: StoredPolicyDeps<P>,
  maximum: number,
  base: PolicyCache<P> | undefined,
): StoredPolicy<P> {
  const { storage, clock, catalogue, logger } = deps
  const policies = new PolicyCache<P>({ operations: storage, catalogue, logger, maximum })
  if (base !== undefined) policies.adopt(base)
  const subjects = new Subjects<P>({ operations: storage, policies, now: clock, maximum })
  return Object.freeze<StoredPolicy<P>>({
    sync: () => syncPolicy(deps),
    subject: (principalId, seen) => subjects.get(principalId, seen),
    within: (transaction) => build({ ...deps, storage: joined(transaction) }, maximumInTransaction, policies),

    lock: (transaction) => lockPolicy(transaction),
    assign: async (transaction, principalId, role, options = {}) =>
      await (await loadChanges()).assign(deps, transaction, { principalId, role }, options),
    assignNew: async (transaction, principalId, role) =>
      await (await loadChanges()).assignNew(deps, transaction, { principalId, role }),
    unassign: async (transaction, principalId, role) =>
      await (await loadChanges()).unassign(deps, transaction, { principalId, role }),
    assignmentsOf: async (principalId, operations = storage) =>
      await (await loadChanges()).assignmentsOf(operations, principalId),
    hasBypassHolder: (operations = storage) => bypassHolderExists(operations, clock()),
    assertNotLastAdmin: (transaction, principalId) => assertNotLastAdmin(transaction, principalId, clock()),

    listRoles: async () => await (await loadChanges()).listRoles(storage),
    findRole: async (labelOrId) => await (await loadChanges()).findRole(storage, labelOrId),
    createRole: async (input) => await (await loadChanges()).createRole(deps, input),
    deleteRole: async (labelOrId) => await (await loadChanges()).deleteRole(deps, labelOrId),
    grantsOf: async (role) => await (await loadChanges()).grantsOf(storage, role),
    grant: async (role, permission, options = {}) =>
      await (await loadChanges()).grant(deps, { role, permission }, options),
    revoke: async (grantId) => await (await loadChanges()).revoke(deps, grantId),
    listPermissions: async () => await (await loadChanges()).listPermissions(storage),
    createPermission: async (input) => await (await loadChanges()).createPermission(deps, input),
    addPermissions: async (transaction, catalogue) =>
      await (await loadChanges()).addPermissions(deps, transaction, catalogue),
  })
}

/** The operations that a transaction gives to its work are in it already, so what asks for a transaction just runs. */
function joined(transaction: StorageOperations | PolicyStorage): PolicyStorage {
  if ('transaction' in transaction) return transaction
  const operations = transaction
  return {
    insert: (table, rows, options) => operations.insert(table, rows, options),
    find: (table, query, params) => operations.find(table, query, params),
    findOne: (table, query, params) => operations.findOne(table, query, params),
    update: (table, query) => operations.update(table, query),
    consume: (table, where) => operations.consume(table, where),
    delete: (table, where) => operations.delete(table, where),
    count: (table, where) => operations.count(table, where),
    transaction: (work) => work(operations),
  }
}
