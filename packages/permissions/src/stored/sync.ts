import { and, CardeaError, eq, oneOf } from '@cardea/core'
import {
  permissions as permissionTable,
  roleAssignments,
  roleParents,
  rolePermissions,
  roles as roleTable,
  type StorageOperations,
} from '@cardea/storage'
import { findCycle } from '../roles/find-cycle.js'
import { chunks } from './chunks.js'
import type { StoredPolicyDeps } from './context.js'
import { grantFingerprint } from './fingerprint.js'
import { advancePolicy, lockPolicy } from './policy-row.js'
import { comparePolicy, type PolicyDifference } from './sync-difference.js'

/** How many rows one statement writes: databases limit the parameters of a statement. */
const rowsPerStatement = 200

export async function syncPolicy(deps: StoredPolicyDeps): Promise<boolean> {
  // Usually all is there. Reads alone then keep the policy of the other nodes current and take no lock.
  const before = await comparePolicy(deps, deps.storage)
  warnOfLeftOver(deps, before)
  if (before.complete) return false
  const difference = await deps.storage.transaction(async (transaction) => {
    await lockPolicy(transaction)
    const missing = await comparePolicy(deps, transaction)
    if (!missing.complete) await write(deps, transaction, missing)
    return missing
  })
  for (const { label } of difference.flags.filter((change) => change.set.bypass === true)) {
    deps.logger?.warn('permissions: an existing role now bypasses all checks, as code declares', { role: label })
  }
  return !difference.complete
}

/** How many names fit a line of a log. */
const mostNames = 20

/**
 * Says what code declares no more and is in force all the same. It stays, since newer code of another node may declare it; but
 * whoever took a permission out of a role should know that its holders still have it. It is known without a statement more.
 */
function warnOfLeftOver({ logger }: StoredPolicyDeps, difference: PolicyDifference): void {
  const { leftOver, roleLabels, permissionLabels } = difference
  const label = (roleId: string): string => roleLabels.get(roleId) ?? ''
  const names = [
    ...leftOver.grants.map(
      ({ role_id: role, permission_id: id, wildcard, effect }) =>
        `${effect} ${wildcard ?? permissionLabels.get(id ?? '') ?? ''} of role ${label(role)}`,
    ),
    ...leftOver.parents.map(({ role_id: role, parent_id: parent }) => `role ${label(role)} inherits ${label(parent)}`),
    ...leftOver.roles.map((role) => `role ${role.label}`),
  ]
  if (names.length === 0) return
  const listed = names.slice(0, mostNames).join(', ')
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : ''
  logger?.warn(
    `permissions: what code declared once and declares no more is still in force: ${listed}${more}. Once no node runs code that declares it, \`cardea migrate --prune\` takes it away.`,
  )
}

async function write(deps: StoredPolicyDeps, transaction: StorageOperations, missing: PolicyDifference): Promise<void> {
  const version = await advancePolicy(transaction)
  const now = deps.clock()
  const stamps = { created_at: now, updated_at: now }

  const permissionIds = new Map(missing.permissionIds)
  const permissionRows = missing.permissions.map(({ label, description }) => {
    const id = deps.createId()
    permissionIds.set(label, id)
    return { id, label, description, system_protected: true, declared: true, ...stamps }
  })
  for (const rows of chunks(permissionRows, rowsPerStatement)) await transaction.insert(permissionTable, rows)
  for (const ids of chunks(missing.unmarkedPermissions, rowsPerStatement)) {
    const set = { system_protected: true, declared: true, updated_at: now }
    await transaction.update(permissionTable, { where: oneOf('id', ids), set })
  }

  const roleIds = new Map(missing.roleIds)
  const roleRows = missing.roles.map((role) => {
    const id = deps.createId()
    roleIds.set(role.label, id)
    return {
      id,
      label: role.label,
      description: role.description,
      system_protected: role.protected,
      bypass: role.bypass,
      declared: true,
      changed_version: version,
      ...stamps,
    }
  })
  for (const rows of chunks(roleRows, rowsPerStatement)) await transaction.insert(roleTable, rows)
  await refuseAdoption(transaction, missing.flags)
  for (const { id, set } of missing.flags) await transaction.update(roleTable, { where: eq('id', id), set })

  const parentRows = missing.parents.map(({ role, parent }) => ({
    role_id: idOf(roleIds, role),
    parent_id: idOf(roleIds, parent),
    declared: true,
  }))
  requireNoCycle([...missing.parentRows, ...parentRows])
  for (const rows of chunks(parentRows, rowsPerStatement)) await transaction.insert(roleParents, rows)

  const grantRows = missing.grants.map(({ role, grant }) => {
    const permissionId = permissionIds.get(grant.permission) ?? null
    return {
      id: deps.createId(),
      role_id: idOf(roleIds, role),
      permission_id: permissionId,
      wildcard: permissionId === null ? grant.permission : null,
      effect: grant.effect,
      condition: grant.condition,
      fields: grant.fields,
      fingerprint: grantFingerprint(permissionId, grant),
      declared: true,
      created_at: now,
    }
  })
  for (const rows of chunks(grantRows, rowsPerStatement)) await transaction.insert(rolePermissions, rows)

  for (const ids of chunks(missing.unmarkedGrants, rowsPerStatement)) {
    await transaction.update(rolePermissions, { where: oneOf('id', ids), set: { declared: true } })
  }
  for (const { role_id: role, parent_id: parent } of missing.unmarkedParents) {
    const where = and(eq('role_id', role), eq('parent_id', parent))
    await transaction.update(roleParents, { where, set: { declared: true } })
  }

  const changed = new Set([
    ...missing.flags.map(({ id }) => id),
    ...[...parentRows, ...grantRows].map((row) => row.role_id),
  ])
  for (const ids of chunks([...changed], rowsPerStatement)) {
    const set = { changed_version: version, updated_at: now }
    await transaction.update(roleTable, { where: oneOf('id', ids), set })
  }
}

/**
 * Refuses to make full access of a role that somebody made at run time and gave away: whoever guesses what code will declare
 * would have it then.
 *
 * @throws CardeaError `configuration_invalid`
 */
async function refuseAdoption(transaction: StorageOperations, flags: PolicyDifference['flags']): Promise<void> {
  for (const { id, label, set } of flags) {
    if (set.bypass !== true || set.declared !== true) continue
    if ((await transaction.count(roleAssignments, eq('role_id', id))) === 0) continue
    throw new CardeaError(
      'configuration_invalid',
      `roles: ${JSON.stringify(label)} was made at run time and is held by somebody, who would get full access: rename it, or take it from its holders first`,
    )
  }
}

/** Inheritance made at run time may run the other way than what code declares now. */
function requireNoCycle(rows: readonly { readonly role_id: string; readonly parent_id: string }[]): void {
  const parentsOf = new Map<string, string[]>()
  for (const { role_id: role, parent_id: parent } of rows) {
    parentsOf.set(role, [...(parentsOf.get(role) ?? []), parent])
    if (!parentsOf.has(parent)) parentsOf.set(parent, [])
  }
  if (findCycle(parentsOf) !== undefined) {
    throw new CardeaError(
      'configuration_invalid',
      'roles: what code declares and what was made at run time inherit from each other in a circle',
    )
  }
}

function idOf(ids: ReadonlyMap<string, string>, label: string): string {
  const id = ids.get(label)
  // Every declared role is either stored or was written just now.
  if (id === undefined) throw new CardeaError('internal_error', 'permissions: a declared role was not written')
  return id
}
