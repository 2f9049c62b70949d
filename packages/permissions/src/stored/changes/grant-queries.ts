import { and, CardeaError, type Condition, eq } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import { rolePermissions, type StorageOperations } from '@cardea/storage'
import { isText } from '../assignment-scope.js'
import type { Page } from '../page.js'
import type { GrantFilter, GrantRecord } from '../records.js'
import { type RoleRow, requireRole } from '../role-lookup.js'
import { describedGrants } from '../tables.js'
import { pageOf } from './pages.js'

const byId = [{ field: 'id', direction: 'asc' }] as const
const described = { permission: true, role: true } as const

export async function grantsOf(operations: StorageOperations, labelOrId: string): Promise<readonly GrantRecord[]> {
  const role = await requireRole(operations, labelOrId)
  const rows = await operations.find(describedGrants, {
    where: eq('role_id', role.id),
    include: { permission: true },
    orderBy: byId,
    limit: 'all',
  })
  return rows.map((row) => viewGrant({ ...row, role }))
}

export async function listGrants(
  operations: StorageOperations,
  query: GrantFilter & Page,
): Promise<readonly GrantRecord[]> {
  if (!canExist(query)) return []
  const rows = await operations.find(describedGrants, {
    ...whereOf(query),
    ...pageOf(query),
    include: described,
    orderBy: byId,
  })
  return rows.map(viewGrant)
}

export async function countGrants(operations: StorageOperations, filter: GrantFilter): Promise<number> {
  return canExist(filter) ? await operations.count(rolePermissions, whereOf(filter).where) : 0
}

export async function findGrant(operations: StorageOperations, grantId: string): Promise<GrantRecord | undefined> {
  const row = await findRow(operations, grantId)
  return row === undefined ? undefined : viewGrant(row)
}

/** @throws CardeaError `not_found` */
export async function requireGrantRow(operations: StorageOperations, grantId: string): Promise<GrantRow> {
  const row = await findRow(operations, grantId)
  if (row === undefined) throw new CardeaError('not_found', 'There is no such grant.')
  return row
}

async function findRow(operations: StorageOperations, grantId: string): Promise<GrantRow | undefined> {
  if (!isUuid(grantId)) return undefined
  return await operations.findOne(describedGrants, { where: eq('id', grantId), include: described })
}

/** What no column holds is not asked for: a text column takes less than any string. */
const canExist = ({ roleId = '', permissionId = '' }: GrantFilter): boolean =>
  isText(roleId, 36) && isText(permissionId, 36)

function whereOf({ roleId, permissionId }: GrantFilter): { readonly where?: Condition } {
  const parts = [
    ...(roleId === undefined ? [] : [eq('role_id', roleId)]),
    ...(permissionId === undefined ? [] : [eq('permission_id', permissionId)]),
  ]
  return parts.length === 0 ? {} : { where: and(...parts) }
}

interface DescribedRow {
  readonly id: string
  readonly role_id: string
  readonly permission_id: string | null
  readonly wildcard: string | null
  readonly effect: string
  readonly condition: unknown
  readonly fields: readonly string[] | null
  readonly created_at: number
  readonly permission: { readonly label: string } | null
  readonly role: { readonly label: string }
}

type GrantRow = DescribedRow & { readonly declared: boolean; readonly role: RoleRow }

export const viewGrant = (row: DescribedRow): GrantRecord => ({
  id: row.id,
  roleId: row.role_id,
  roleLabel: row.role.label,
  permissionId: row.permission_id,
  permission: row.permission?.label ?? row.wildcard ?? '',
  effect: row.effect === 'allow' ? 'allow' : 'deny',
  condition: row.condition,
  fields: row.fields,
  createdAt: row.created_at,
})
