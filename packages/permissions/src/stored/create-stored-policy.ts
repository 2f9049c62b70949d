import { CardeaError, lazy } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import { standsForAny } from '../catalogue/define-permissions.js'
import { checkTenant } from './assignment-scope.js'
import type { ChangeDeps } from './change-context.js'
import type { PolicyStorage, StoredPolicyDeps } from './context.js'
import { assertNotLastAdmin, bypassHolderExists } from './last-admin.js'
import { PolicyCache } from './policy-cache.js'
import { lockPolicy } from './policy-row.js'
import type { StoredPolicy } from './stored-policy.js'
import { Subjects } from './subjects.js'
import { readVersions } from './versions.js'

const defaultMaximum = 10_000
const defaultMaximumTenants = 1_000

// Most processes look permissions up and change none.
const loadChanges = lazy(() => import('./changes/changes.js'))
// Once in the life of a process, before it serves anybody.
const loadSync = lazy(() => import('./sync.js'))

/** How much is kept in memory. */
interface Limits {
  readonly maximum: number
  readonly maximumTenants: number
}

/** A transaction is short and looks at few principals. */
const inTransaction: Limits = { maximum: 100, maximumTenants: 10 }

/**
 * Puts the policy of a database behind an API. Makes no statement, no timer and no connection.
 *
 * @throws CardeaError `configuration_invalid` when a role names a permission that is not in the catalogue, or a wildcard over none.
 */
export function createStoredPolicy<P extends string>(deps: StoredPolicyDeps<P>): StoredPolicy<P> {
  const limits = {
    maximum: checkMaximum('maxCachedSubjects', deps.maxCachedSubjects ?? defaultMaximum),
    maximumTenants: checkMaximum('maxCachedTenants', deps.maxCachedTenants ?? defaultMaximumTenants),
  }
  for (const role of deps.roles.declarations) {
    for (const { permission } of role.grants) {
      if (standsForAny(deps.catalogue, permission)) continue
      throw new CardeaError(
        'configuration_invalid',
        `roles: ${JSON.stringify(role.label)} names ${permission}, which neither the permissions nor the collections declare`,
      )
    }
  }
  return build(deps, limits, undefined).policy
}

function checkMaximum(name: string, maximum: number): number {
  if (Number.isSafeInteger(maximum) && maximum >= 1) return maximum
  throw new CardeaError('configuration_invalid', `${name}: must be a whole number of at least 1`)
}

interface Built<P extends string> {
  readonly policy: StoredPolicy<P>
  readonly cache: PolicyCache<P>
}

function build<P extends string>(
  deps: StoredPolicyDeps<P>,
  limits: Limits,
  base: PolicyCache<P> | undefined,
): Built<P> {
  const { storage, clock } = deps
  const cache = new PolicyCache<P>({ ...deps, ...limits, operations: storage, logger: deps.logger })
  if (base !== undefined) cache.adopt(base)
  const subjects = new Subjects<P>({ operations: storage, policies: cache, now: clock, maximum: limits.maximum })
  const buildWithin = (transaction: StorageOperations | PolicyStorage): Built<P> =>
    build({ ...deps, storage: joined(transaction) }, inTransaction, cache)
  const changing: ChangeDeps = {
    ...deps,
    within: (transaction) => {
      const inside = buildWithin(transaction)
      return { policy: inside.policy, inForce: (tenant) => inside.cache.latestIn(tenant) }
    },
  }

  const finding = {
    operations: storage,
    now: clock,
    policy: (tenant: string) => cache.latestIn(checkTenant(tenant)),
  }

  const policy = Object.freeze<StoredPolicy<P>>({
    sync: async () => await (await loadSync()).syncPolicy(deps),
    prune: async (options = {}) => await (await loadChanges()).prunePolicy(changing, options),
    subject: (principalId, seen, options) => subjects.get(principalId, seen, options),
    versions: (principalId, operations = storage) => readVersions(operations, principalId),
    rolesWith: async (permission, { tenant = '' } = {}) =>
      (await cache.latestIn(checkTenant(tenant))).compiled.rolesWith(permission),
    whoCan: async (permission, options) => await (await loadChanges()).whoCan(finding, permission, options),
    within: (transaction) => buildWithin(transaction).policy,

    lock: (transaction) => lockPolicy(transaction),
    assign: async (transaction, principalId, role, options = {}) =>
      await (await loadChanges()).assign(changing, transaction, { principalId, role }, options),
    assignNew: async (transaction, principalId, role, options = {}) =>
      await (await loadChanges()).assignNew(changing, transaction, { principalId, role }, options),
    assertAssignable: async (transaction, role, by) =>
      await (await loadChanges()).assertAssignable(changing, transaction, role, by),
    unassign: async (transaction, principalId, role, options = {}) =>
      await (await loadChanges()).unassign(changing, transaction, { principalId, role }, options),
    removeAssignment: async (transaction, assignmentId, options = {}) =>
      await (await loadChanges()).removeAssignment(changing, transaction, assignmentId, options),
    assignmentsOf: async (principalId, operations = storage) =>
      await (await loadChanges()).assignmentsOf(operations, principalId),
    findAssignment: async (assignmentId) => await (await loadChanges()).findAssignment(storage, assignmentId),
    listAssignments: async (query) => await (await loadChanges()).listAssignments(storage, query),
    countAssignments: async (filter = {}) => await (await loadChanges()).countAssignments(storage, filter),
    hasBypassHolder: (operations = storage) => bypassHolderExists(operations, clock()),
    listBypassHolders: async (operations, collection) =>
      await (await loadChanges()).listBypassHolders(operations, clock(), collection),
    assertNotLastAdmin: (transaction, principalId) => assertNotLastAdmin(transaction, principalId, clock()),
    assertCovers: async (transaction, principalId, by) =>
      await (await loadChanges()).assertCoversAll(changing, transaction, principalId, by),

    listRoles: async (options) => await (await loadChanges()).listRoles(storage, options),
    findRole: async (labelOrId, options) => await (await loadChanges()).findRole(storage, labelOrId, options),
    createRole: async (input, options = {}) => await (await loadChanges()).createRole(changing, input, options),
    updateRole: async (labelOrId, changes, options = {}) =>
      await (await loadChanges()).updateRole(changing, labelOrId, changes, options),
    deleteRole: async (labelOrId, options = {}) => await (await loadChanges()).deleteRole(changing, labelOrId, options),

    grantsOf: async (role) => await (await loadChanges()).grantsOf(storage, role),
    findGrant: async (grantId) => await (await loadChanges()).findGrant(storage, grantId),
    listGrants: async (query) => await (await loadChanges()).listGrants(storage, query),
    countGrants: async (filter = {}) => await (await loadChanges()).countGrants(storage, filter),
    grant: async (role, permission, options = {}) =>
      await (await loadChanges()).grant(changing, { role, permission }, options),
    revoke: async (grantId, options = {}) => await (await loadChanges()).revoke(changing, grantId, options),

    listPermissions: async () => await (await loadChanges()).listPermissions(storage),
    findPermission: async (labelOrId) => await (await loadChanges()).findPermission(storage, labelOrId),
    createPermission: async (input) => await (await loadChanges()).createPermission(deps, input),
    updatePermission: async (labelOrId, changes, options = {}) =>
      await (await loadChanges()).updatePermission(changing, labelOrId, changes, options),
    deletePermission: async (labelOrId, options = {}) =>
      await (await loadChanges()).deletePermission(changing, labelOrId, options),
    addPermissions: async (transaction, catalogue) =>
      await (await loadChanges()).addPermissions(deps, transaction, catalogue),
    removePermissions: async (transaction, labels) =>
      await (await loadChanges()).removePermissions(deps, transaction, labels),
  })
  return { policy, cache }
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
