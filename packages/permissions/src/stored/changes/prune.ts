import { and, type Condition, eq, gt, isNull, oneOf, or } from '@cardea/core'
import {
  permissions as permissionTable,
  type RowOf,
  roleAssignments,
  roleParents,
  rolePermissions,
  roles as roleTable,
  type StorageOperations,
} from '@cardea/storage'
import type { ChangeDeps } from '../change-context.js'
import { chunks } from '../chunks.js'
import { advancePolicy, lockPolicy } from '../policy-row.js'
import type { PruneReport } from '../records.js'
import type { RoleRow } from '../role-lookup.js'
import { comparePolicy } from '../sync-difference.js'
import { touchRoles } from './role-changes.js'
import { requireUnused } from './roles.js'

type GrantRow = RowOf<typeof rolePermissions>
type ParentRow = RowOf<typeof roleParents>
type PermissionRow = RowOf<typeof permissionTable>

type Reading = Pick<StorageOperations, 'find'>

interface Plan {
  readonly roles: readonly RoleRow[]
  readonly permissions: readonly PermissionRow[]
  readonly grants: readonly GrantRow[]
  readonly parents: readonly ParentRow[]
  readonly report: PruneReport
}

/** How many values a condition lists: databases limit the parameters of a statement. */
const listSize = 500

export async function prunePolicy(
  deps: ChangeDeps,
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<PruneReport> {
  // Whoever only asks holds nobody up, and needs no database that can be written to.
  if (dryRun) return (await makePlan(deps, deps.storage, deps.clock())).report
  return await deps.storage.transaction(async (transaction) => {
    await lockPolicy(transaction)
    const now = deps.clock()
    const plan = await makePlan(deps, transaction, now)
    await carryOut(transaction, plan, now)
    return plan.report
  })
}

async function makePlan(deps: ChangeDeps, transaction: Reading, now: number): Promise<Plan> {
  const { leftOver, roleLabels, permissionLabels } = await comparePolicy(deps, transaction)
  const { grants: goneGrants, parents: goneParents } = leftOver
  const labelOf = (id: string): string => roleLabels.get(id) ?? ''

  const kept: PruneReport['kept'][number][] = []
  const staleRoles: RoleRow[] = []
  for (const role of leftOver.roles) {
    if (await isHeld(transaction, role.id, now)) kept.push({ kind: 'role', label: role.label, reason: 'held' })
    else staleRoles.push(role)
  }
  const goneRoles = await withoutHeirs(transaction, staleRoles, goneParents)
  for (const { id, label } of staleRoles) {
    if (!goneRoles.has(id)) kept.push({ kind: 'role', label, reason: 'inherited' })
  }

  const goneGrantIds = new Set(goneGrants.map(({ id }) => id))
  const gonePermissions: PermissionRow[] = []
  for (const permission of leftOver.permissions) {
    // Tenants' roles may have been granted it, too.
    const rows = await transaction.find(rolePermissions, { where: eq('permission_id', permission.id), limit: 'all' })
    const isGranted = rows.some((row) => !goneRoles.has(row.role_id) && !goneGrantIds.has(row.id))
    if (isGranted) kept.push({ kind: 'permission', label: permission.label, reason: 'granted' })
    else gonePermissions.push(permission)
  }

  const gone = staleRoles.filter(({ id }) => goneRoles.has(id))
  return {
    roles: gone,
    permissions: gonePermissions,
    grants: goneGrants,
    parents: goneParents,
    report: {
      roles: gone.map(({ label }) => label).sort(),
      permissions: gonePermissions.map(({ label }) => label).sort(),
      grants: goneGrants.map((row) => ({
        role: labelOf(row.role_id),
        permission: row.wildcard ?? permissionLabels.get(row.permission_id ?? '') ?? '',
        effect: row.effect === 'allow' ? 'allow' : 'deny',
      })),
      inheritance: goneParents.map((row) => ({ role: labelOf(row.role_id), parent: labelOf(row.parent_id) })),
      kept,
    },
  }
}

async function isHeld(transaction: Reading, roleId: string, now: number): Promise<boolean> {
  const where = and(eq('role_id', roleId), holding(now))
  return (await transaction.find(roleAssignments, { where, limit: 1 })).length > 0
}

/** An expired assignment counts for nothing. */
const holding = (now: number): Condition => or(isNull('expires_at'), gt('expires_at', now))

/**
 * Those of some roles that no other role inherits, and none but those.
 *
 * @param gone Inheritance that counts no more.
 */
async function withoutHeirs(
  transaction: Reading,
  roles: readonly RoleRow[],
  gone: readonly ParentRow[],
): Promise<ReadonlySet<string>> {
  const isGone = (row: ParentRow): boolean =>
    gone.some(({ role_id: heir, parent_id: parent }) => heir === row.role_id && parent === row.parent_id)
  const left = new Set(roles.map(({ id }) => id))
  const children: ParentRow[] = []
  for (const ids of chunks([...left], listSize)) {
    const rows = await transaction.find(roleParents, { where: oneOf('parent_id', ids), limit: 'all' })
    children.push(...rows.filter((row) => !isGone(row)))
  }
  // A role that stays keeps what it inherits, and that what it inherits.
  let size: number
  do {
    size = left.size
    for (const { role_id: heir, parent_id: parent } of children) if (!left.has(heir)) left.delete(parent)
  } while (left.size < size)
  return left
}

async function carryOut(transaction: StorageOperations, plan: Plan, now: number): Promise<void> {
  const { roles, permissions, grants, parents } = plan
  if (roles.length + permissions.length + grants.length + parents.length === 0) return
  const version = await advancePolicy(transaction)
  const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id)
  for (const list of chunks(ids(grants), listSize)) await transaction.delete(rolePermissions, oneOf('id', list))
  for (const { role_id: role, parent_id: parent } of parents) {
    await transaction.delete(roleParents, and(eq('role_id', role), eq('parent_id', parent)))
  }
  // What inherits goes before what it inherits: rows of inheritance go with the heir alone.
  for (const list of chunks(ids(roles), listSize)) await transaction.delete(roleParents, oneOf('role_id', list))
  for (const { id } of roles) await requireUnused(transaction, id, now)
  for (const list of chunks(ids(roles), listSize)) await transaction.delete(roleTable, oneOf('id', list))
  for (const list of chunks(ids(permissions), listSize)) await transaction.delete(permissionTable, oneOf('id', list))
  const changed = new Set([...grants, ...parents].map((row) => row.role_id))
  await touchRoles(transaction, [...changed], version, now)
}
