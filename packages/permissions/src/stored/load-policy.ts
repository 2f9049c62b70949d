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
import { readPolicyVersion } from './policy-row.js'

/** The policy as it is stored at one version. */
export interface StoredSnapshot {
  readonly version: number
  /** Permissions that code does not declare. */
  readonly customPermissions: readonly string[]
  readonly roles: ReadonlyMap<string, RoleSnapshot>
}

const maximumTries = 3

/** From this many changed roles on, all grants are read rather than those of each. */
const maximumChangedRoles = 200

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
    const snapshot = await readRows(operations, catalogue, expected, base)
    const after = await readPolicyVersion(operations)
    if (after === expected) return snapshot
    expected = after
  }
  throw new CardeaError('unavailable', 'permissions: the policy keeps changing while it is read', {
    retryAfterSeconds: 1,
  })
}

async function readRows(
  operations: StorageOperations,
  catalogue: Catalogue,
  version: number,
  base: StoredSnapshot | undefined,
): Promise<StoredSnapshot> {
  const roleRows = await operations.find(roleTable, { where: eq('tenant', ''), limit: 'all' })
  const permissionRows = await operations.find(permissionTable, { limit: 'all' })
  const changed = roleRows
    .filter((row) => base === undefined || row.changed_version > base.version || !base.roles.has(row.id))
    .map((row) => row.id)
  const all = base === undefined || changed.length > maximumChangedRoles
  const only = all ? {} : { where: oneOf('role_id', changed) }
  const none = !all && changed.length === 0
  const grantRows = none ? [] : await operations.find(rolePermissions, { ...only, limit: 'all' })
  const parentRows = none ? [] : await operations.find(roleParents, { ...only, limit: 'all' })

  const labels = new Map(permissionRows.map((row) => [row.id, row.label]))
  const grants = groupByRole(grantRows)
  const parents = groupByRole(parentRows)
  const isChanged = new Set(changed)
  const roles = roleRows.map(({ id, label, bypass }): RoleSnapshot => {
    const known = isChanged.has(id) ? undefined : base?.roles.get(id)
    return (
      known ?? {
        id,
        label,
        bypass,
        parents: (parents.get(id) ?? []).map((row) => row.parent_id),
        grants: (grants.get(id) ?? []).map((row) => grantOf(row, labels)),
      }
    )
  })
  return {
    version,
    customPermissions: permissionRows.map((row) => row.label).filter((label) => !catalogue.has(label)),
    roles: new Map(roles.map((role) => [role.id, role])),
  }
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
