import { CardeaError, type Condition, eq, oneOf } from '@cardea/core'
import {
  permissions as permissionTable,
  type RowOf,
  roleParents,
  rolePermissions,
  roles as roleTable,
  type StorageOperations,
} from '@cardea/storage'
import type { Catalogue } from '../catalogue/define-permissions.js'
import type { RoleSnapshot } from '../engine/policy-snapshot.js'
import type { Grant } from '../roles/grant.js'
import { chunks } from './chunks.js'
import { readPolicyVersion } from './policy-row.js'

/** The policy as it is stored at one version, without the roles of tenants. */
export interface StoredSnapshot {
  readonly version: number
  /** Permissions that code does not declare. */
  readonly customPermissions: readonly string[]
  /** The labels of all permissions, by id. */
  readonly labels: ReadonlyMap<string, string>
  readonly roles: ReadonlyMap<string, RoleSnapshot>
}

/** The roles of one tenant as they are stored at one version of the policy. */
export interface TenantSnapshot {
  readonly version: number
  readonly roles: ReadonlyMap<string, RoleSnapshot>
}

const maximumTries = 3

/** How many roles' grants are read at once: databases limit the parameters of a statement. */
const rolesPerStatement = 1_000

/**
 * Reads the global roles: five statements for all, or for those that changed since another snapshot.
 *
 * The version is read again after the rows: when it is the same, no change was committed in between and the rows belong
 * together.
 *
 * @param version The version that the database is believed to have.
 * @param previous A snapshot to take unchanged roles from.
 * @throws CardeaError `unavailable` when the policy changed during each of three tries.
 */
export async function loadPolicy(
  operations: StorageOperations,
  catalogue: Catalogue,
  version: number,
  previous: StoredSnapshot | undefined,
): Promise<StoredSnapshot> {
  let expected = version
  for (let tries = 0; tries < maximumTries; tries += 1) {
    // A version that went back is another history, as after a backup was restored: nothing known of it can be reused.
    const base = previous !== undefined && previous.version < expected ? previous : undefined
    const snapshot = await readPolicy(operations, catalogue, expected, base)
    const after = await readPolicyVersion(operations)
    if (after === expected) return snapshot
    expected = after
  }
  throw new CardeaError('unavailable', 'permissions: the policy keeps changing while it is read', {
    retryAfterSeconds: 1,
  })
}

/**
 * Reads the roles of a tenant that belong to a policy that was read before: two statements where it has none or none of
 * them has changed, else four.
 *
 * @param previous What is known of the tenant from an earlier version.
 * @returns Undefined when the policy is not the database's any more.
 */
export async function loadTenant(
  operations: StorageOperations,
  tenant: string,
  policy: StoredSnapshot,
  previous: TenantSnapshot | undefined,
): Promise<TenantSnapshot | undefined> {
  const base = previous !== undefined && previous.version < policy.version ? previous : undefined
  const rows = await operations.find(roleTable, { where: eq('tenant', tenant), limit: 'all' })
  const roles = await readRoles(operations, rows, policy.labels, base)
  return (await readPolicyVersion(operations)) === policy.version ? { version: policy.version, roles } : undefined
}

async function readPolicy(
  operations: StorageOperations,
  catalogue: Catalogue,
  version: number,
  base: StoredSnapshot | undefined,
): Promise<StoredSnapshot> {
  const roleRows = await operations.find(roleTable, { where: eq('tenant', ''), limit: 'all' })
  const permissionRows = await operations.find(permissionTable, { limit: 'all' })
  const labels = new Map(permissionRows.map((row) => [row.id, row.label]))
  return {
    version,
    customPermissions: permissionRows.map((row) => row.label).filter((label) => !catalogue.has(label)),
    labels,
    roles: await readRoles(operations, roleRows, labels, base),
  }
}

/** Reads grants and parents of those roles that an earlier snapshot does not know as they are. */
async function readRoles(
  operations: StorageOperations,
  rows: readonly RowOf<typeof roleTable>[],
  labels: ReadonlyMap<string, string>,
  base: TenantSnapshot | undefined,
): Promise<ReadonlyMap<string, RoleSnapshot>> {
  const changed = rows
    .filter((row) => base === undefined || row.changed_version > base.version || !base.roles.has(row.id))
    .map((row) => row.id)
  const grantRows: RowOf<typeof rolePermissions>[] = []
  const parentRows: RowOf<typeof roleParents>[] = []
  // By the roles' ids, since there are the grants of all tenants' roles as well.
  for (const ids of chunks(changed, rolesPerStatement)) {
    const where = oneOf('role_id', ids)
    grantRows.push(...(await operations.find(rolePermissions, { where, limit: 'all' })))
    parentRows.push(...(await operations.find(roleParents, { where, limit: 'all' })))
  }
  const grants = groupByRole(grantRows)
  const parents = groupByRole(parentRows)
  const isChanged = new Set(changed)
  const roles = rows.map(({ id, label, tenant, bypass }): RoleSnapshot => {
    const known = isChanged.has(id) ? undefined : base?.roles.get(id)
    return (
      known ?? {
        id,
        label,
        bypass,
        ...(tenant === '' ? {} : { tenant }),
        parents: (parents.get(id) ?? []).map((row) => row.parent_id),
        grants: (grants.get(id) ?? []).map((row) => grantOf(row, labels)),
      }
    )
  })
  return new Map(roles.map((role) => [role.id, role]))
}

/** What the row holds is checked when the policy is compiled; a permission that is not there is refused as well. */
function grantOf(row: RowOf<typeof rolePermissions>, labels: ReadonlyMap<string, string>): Grant {
  return {
    permission: row.permission_id === null ? (row.wildcard ?? '') : (labels.get(row.permission_id) ?? ''),
    effect: row.effect as Grant['effect'],
    condition: row.condition as Condition | null,
    fields: row.fields,
  }
}

function groupByRole<Row extends { readonly role_id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.role_id)
    if (group === undefined) groups.set(row.role_id, [row])
    else group.push(row)
  }
  return groups
}
