import { CardeaError, eq, isCardeaError, oneOf } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import { permissions as permissionTable, type RowOf, rolePermissions, type StorageOperations } from '@cardea/storage'
import type { Catalogue } from '../../catalogue/define-permissions.js'
import { isPermissionLabel } from '../../catalogue/permission-label.js'
import { isStorableText } from '../../condition/storable.js'
import type { ChangeDeps } from '../change-context.js'
import type { StoredPolicyDeps } from '../context.js'
import { advancePolicy, lockPolicy } from '../policy-row.js'
import type { NewPermission, PermissionChanges, PermissionRecord } from '../records.js'
import type { ChangeOptions } from '../stored-policy.js'
import { assertMayGive } from './ceiling.js'
import { rightsOf } from './rights.js'
import { touchRoles } from './role-changes.js'

export async function listPermissions(operations: StorageOperations): Promise<readonly PermissionRecord[]> {
  const rows = await operations.find(permissionTable, {
    orderBy: [{ field: 'label', direction: 'asc' }],
    limit: 'all',
  })
  return rows.map(view)
}

export async function findPermission(
  operations: StorageOperations,
  labelOrId: string,
): Promise<PermissionRecord | undefined> {
  // What can be neither is not asked for: a text column takes less than any string.
  if (!isPermissionLabel(labelOrId) && !isUuid(labelOrId)) return undefined
  const where = eq(isUuid(labelOrId) ? 'id' : 'label', labelOrId)
  const row = await operations.findOne(permissionTable, { where })
  return row === undefined ? undefined : view(row)
}

/** Whoever may make permissions may make any: it is had by nobody but those who were given a wildcard that covers it. */
export async function createPermission(deps: StoredPolicyDeps, input: NewPermission): Promise<PermissionRecord> {
  const row = {
    id: deps.createId(),
    label: checkLabel(input.label),
    description: checkDescription(input.description ?? ''),
    system_protected: false,
    declared: false,
    created_at: deps.clock(),
    updated_at: deps.clock(),
  }
  await conflicting(() =>
    deps.storage.transaction(async (transaction) => {
      await advancePolicy(transaction)
      await transaction.insert(permissionTable, row)
    }),
  )
  return view(row)
}

/** Grants name it by id, so they go with it when it is renamed; nothing else does. */
export async function updatePermission(
  deps: ChangeDeps,
  labelOrId: string,
  changes: PermissionChanges,
  { by }: ChangeOptions,
): Promise<PermissionRecord> {
  const label = changes.label === undefined ? undefined : checkLabel(changes.label)
  const description = changes.description === undefined ? undefined : checkDescription(changes.description)
  const now = deps.clock()
  return await conflicting(() =>
    deps.storage.transaction(async (transaction) => {
      await lockPolicy(transaction)
      const permission = await requirePermission(transaction, labelOrId)
      const set = {
        ...(label === undefined || label === permission.label ? {} : { label }),
        ...(description === undefined || description === permission.description ? {} : { description }),
      }
      if (Object.keys(set).length === 0) return permission
      requireUnprotected(permission)
      await assertHas(deps, transaction, permission, by, set.label)
      const version = await advancePolicy(transaction)
      await transaction.update(permissionTable, { where: eq('id', permission.id), set: { ...set, updated_at: now } })
      if (set.label !== undefined) {
        // Nodes know grants by label, and take roles that did not change from memory.
        const roleIds = (await grantsOfPermission(transaction, permission.id)).map((row) => row.role_id)
        await touchRoles(transaction, [...new Set(roleIds)], version, now)
      }
      return { ...permission, ...set, updatedAt: now }
    }),
  )
}

export async function deletePermission(
  deps: ChangeDeps,
  labelOrId: string,
  { by }: ChangeOptions,
): Promise<PermissionRecord> {
  return await deps.storage.transaction(async (transaction) => {
    await lockPolicy(transaction)
    const permission = await requirePermission(transaction, labelOrId)
    requireUnprotected(permission)
    await assertHas(deps, transaction, permission, by)
    if ((await transaction.count(rolePermissions, eq('permission_id', permission.id))) > 0) {
      throw new CardeaError('conflict', 'The permission is granted: take the grants away first.')
    }
    await advancePolicy(transaction)
    await transaction.delete(permissionTable, eq('id', permission.id))
    return permission
  })
}

/**
 * Nobody changes a permission that others have and he has not. One that nobody was granted is anybody's to correct.
 *
 * @param renamed What it is to be called: code asks by the name, so whoever has been granted it is given that.
 * @throws CardeaError `forbidden`
 */
async function assertHas(
  deps: ChangeDeps,
  transaction: StorageOperations,
  { id, label }: PermissionRecord,
  by: ChangeOptions['by'],
  renamed: string = label,
): Promise<void> {
  const rights = await rightsOf(deps, transaction, deps.within(transaction), by)
  if (rights === undefined || rights.subject.bypass) return
  if ((await transaction.count(rolePermissions, eq('permission_id', id))) === 0) return
  const names = [...new Set([label, renamed])]
  assertMayGive(
    rights,
    names.map((permission) => ({ permission, condition: null, fields: null })),
  )
}

const grantsOfPermission = async (transaction: StorageOperations, permissionId: string) =>
  await transaction.find(rolePermissions, { where: eq('permission_id', permissionId), limit: 'all' })

/** @throws CardeaError `protected` */
function requireUnprotected({ systemProtected, declared }: PermissionRecord): void {
  if (!systemProtected && !declared) return
  throw new CardeaError('protected', 'The permission is protected and takes no change.')
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
    declared: false,
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

/** Removes permissions that something defined at run time brought along, with every grant of them. */
export async function removePermissions(
  deps: Pick<StoredPolicyDeps, 'clock'>,
  transaction: StorageOperations,
  labels: readonly string[],
): Promise<void> {
  const version = await advancePolicy(transaction)
  const found = await transaction.find(permissionTable, { where: oneOf('label', labels), limit: 'all' })
  const ids = found.map(({ id }) => id)
  if (ids.length === 0) return
  const grants = await transaction.find(rolePermissions, { where: oneOf('permission_id', ids), limit: 'all' })
  const roleIds = [...new Set(grants.map((grant) => grant.role_id))]
  await touchRoles(transaction, roleIds, version, deps.clock())
  await transaction.delete(rolePermissions, oneOf('permission_id', ids))
  await transaction.delete(permissionTable, oneOf('id', ids))
}

/**
 * Finds a permission by label or id.
 *
 * @throws CardeaError `not_found`
 */
async function requirePermission(operations: StorageOperations, labelOrId: string): Promise<PermissionRecord> {
  const permission = await findPermission(operations, labelOrId)
  if (permission === undefined) throw new CardeaError('not_found', 'There is no such permission.')
  return permission
}

async function conflicting<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!isCardeaError(error, 'unique_violation')) throw error
    throw new CardeaError('conflict', 'There is a permission with this label already.', { cause: error })
  }
}

function checkLabel(label: string): string {
  if (isPermissionLabel(label)) return label
  throw new CardeaError('invalid_request', 'label must be of the form resource:operation', {
    issues: [{ path: 'label', code: 'invalid_format', message: 'must be of the form resource:operation' }],
  })
}

/** @throws CardeaError `invalid_request` for more than 1,000 bytes, and for what no database can hold. */
export function checkDescription(description: string): string {
  if (typeof description === 'string' && Buffer.byteLength(description) <= 1_000) {
    if (isStorableText(description)) return description
    throw wrongDescription('invalid', 'must not hold NUL or half characters')
  }
  throw wrongDescription('too_big', 'must be a text of at most 1,000 bytes')
}

const wrongDescription = (code: string, message: string): CardeaError =>
  new CardeaError('invalid_request', `description ${message}`, { issues: [{ path: 'description', code, message }] })

const view = (row: RowOf<typeof permissionTable>): PermissionRecord => ({
  id: row.id,
  label: row.label,
  description: row.description,
  systemProtected: row.system_protected,
  declared: row.declared,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})
