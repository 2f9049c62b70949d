import { CardeaError, eq, isCardeaError } from '@cardea/core'
import { permissions as permissionTable, type RowOf, type StorageOperations } from '@cardea/storage'
import type { Catalogue } from '../catalogue/define-permissions.js'
import { isPermissionLabel } from '../catalogue/permission-label.js'
import type { StoredPolicyDeps } from './context.js'
import { advancePolicy } from './policy-row.js'

/** A permission that can be granted. */
export interface PermissionRecord {
  readonly id: string
  /** `resource:operation`. */
  readonly label: string
  readonly description: string
  /** Whether code declares it, so that it takes no change. */
  readonly systemProtected: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

export async function listPermissions(operations: StorageOperations): Promise<readonly PermissionRecord[]> {
  const rows = await operations.find(permissionTable, {
    orderBy: [{ field: 'label', direction: 'asc' }],
    limit: 'all',
  })
  return rows.map(view)
}

export async function createPermission(
  deps: StoredPolicyDeps,
  input: { readonly label: string; readonly description?: string },
): Promise<PermissionRecord> {
  const { label } = input
  if (!isPermissionLabel(label)) {
    throw new CardeaError('invalid_request', 'label must be of the form resource:operation', {
      issues: [{ path: 'label', code: 'invalid_format', message: 'must be of the form resource:operation' }],
    })
  }
  const row = {
    id: deps.createId(),
    label,
    description: checkDescription(input.description ?? ''),
    system_protected: false,
    created_at: deps.clock(),
    updated_at: deps.clock(),
  }
  try {
    await deps.storage.transaction(async (transaction) => {
      await advancePolicy(transaction)
      await transaction.insert(permissionTable, row)
    })
  } catch (error) {
    if (!isCardeaError(error, 'unique_violation')) throw error
    throw new CardeaError('conflict', 'There is a permission with this label already.', { cause: error })
  }
  return view(row)
}

/**
 * Adds the permissions that something defined at run time brings along, in the transaction that makes it. The first
 * statement of it takes the policy mutex.
 *
 * @throws CardeaError `conflict` when one of them exists.
 */
export async function addPermissions(
  deps: Pick<StoredPolicyDeps, 'clock' | 'createId'>,
  transaction: StorageOperations,
  catalogue: Catalogue,
): Promise<void> {
  await advancePolicy(transaction)
  const now = deps.clock()
  const rows = catalogue.entries.map(({ label, description }) => ({
    id: deps.createId(),
    label,
    description,
    system_protected: true,
    created_at: now,
    updated_at: now,
  }))
  try {
    await transaction.insert(permissionTable, rows)
  } catch (error) {
    if (!isCardeaError(error, 'unique_violation')) throw error
    throw new CardeaError('conflict', 'There is a permission with one of these labels already.', { cause: error })
  }
}

/**
 * Finds a permission by label or id.
 *
 * @throws CardeaError `not_found`
 */
export async function requirePermission(operations: StorageOperations, labelOrId: string): Promise<PermissionRecord> {
  const where = labelOrId.includes(':') ? eq('label', labelOrId) : eq('id', labelOrId)
  const row = await operations.findOne(permissionTable, { where })
  if (row === undefined) throw new CardeaError('not_found', 'There is no such permission.')
  return view(row)
}

/** @throws CardeaError `invalid_request` for more than 1,000 bytes. */
export function checkDescription(description: string): string {
  if (typeof description === 'string' && Buffer.byteLength(description) <= 1_000) return description
  throw new CardeaError('invalid_request', 'description must be a text of at most 1,000 bytes', {
    issues: [{ path: 'description', code: 'too_big', message: 'must be a text of at most 1,000 bytes' }],
  })
}

const view = (row: RowOf<typeof permissionTable>): PermissionRecord => ({
  id: row.id,
  label: row.label,
  description: row.description,
  systemProtected: row.system_protected,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})
