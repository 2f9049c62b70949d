import { eq, oneOf } from '@cardea/core'
import { roleParents, roles as roleTable, type StorageOperations } from '@cardea/storage'
import { checkTenant } from '../assignment-scope.js'
import { chunks } from '../chunks.js'
import type { RoleRecord } from '../records.js'
import { findRoleRow, type RoleRow } from '../role-lookup.js'

/** How many values a condition lists: databases limit the parameters of a statement. */
const listSize = 1_000

export async function listRoles(
  operations: StorageOperations,
  { tenant = '' }: { readonly tenant?: string | undefined } = {},
): Promise<readonly RoleRecord[]> {
  const rows = await operations.find(roleTable, {
    where: eq('tenant', checkTenant(tenant)),
    orderBy: [{ field: 'label', direction: 'asc' }],
    limit: 'all',
  })
  const inherited = await readParents(
    operations,
    rows,
    rows.map((row) => row.id),
  )
  return rows.map((row) => viewRole(row, inherited.get(row.id) ?? []))
}

export async function findRole(
  operations: StorageOperations,
  labelOrId: string,
  { tenant = '' }: { readonly tenant?: string | undefined } = {},
): Promise<RoleRecord | undefined> {
  const row = await findRoleRow(operations, labelOrId, checkTenant(tenant))
  return row === undefined ? undefined : await describeRole(operations, row)
}

export async function describeRole(operations: StorageOperations, row: RoleRow): Promise<RoleRecord> {
  const inherited = await readParents(operations, [row], [row.id])
  return viewRole(row, inherited.get(row.id) ?? [])
}

/** The labels of what roles inherit directly, by the id of the role. */
async function readParents(
  operations: StorageOperations,
  known: readonly RoleRow[],
  roleIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const labels = new Map(known.map((row) => [row.id, row.label]))
  const parents = []
  for (const ids of chunks(roleIds, listSize)) {
    parents.push(...(await operations.find(roleParents, { where: oneOf('role_id', ids), limit: 'all' })))
  }
  const unknown = new Set(parents.map((row) => row.parent_id).filter((id) => !labels.has(id)))
  for (const ids of chunks([...unknown], listSize)) {
    for (const row of await operations.find(roleTable, { where: oneOf('id', ids), limit: 'all' })) {
      labels.set(row.id, row.label)
    }
  }
  const inherited = new Map<string, string[]>()
  for (const { role_id: id, parent_id: parent } of parents) {
    inherited.set(id, [...(inherited.get(id) ?? []), labels.get(parent) ?? ''])
  }
  return inherited
}

export const viewRole = (row: RoleRow, inherits: readonly string[]): RoleRecord => ({
  id: row.id,
  tenant: row.tenant,
  label: row.label,
  description: row.description,
  systemProtected: row.system_protected,
  declared: row.declared,
  bypass: row.bypass,
  inherits: [...inherits].sort(),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})
