import { CardeaError, type Condition, eq, isCardeaError } from '@cardea/core'
import { rolePermissions, type StorageOperations } from '@cardea/storage'
import { isWildcard, parsePattern } from '../catalogue/permission-label.js'
import type { Roles } from '../roles/define-roles.js'
import { type Effect, type Grant, parseGrant } from '../roles/grant.js'
import type { StoredPolicyDeps } from './context.js'
import { canonicalJson, grantFingerprint } from './fingerprint.js'
import { requirePermission } from './permissions.js'
import { advancePolicy } from './policy-row.js'
import { requireRole } from './role-lookup.js'
import { requireUnprotected, touchRole } from './roles.js'
import { describedGrants } from './tables.js'

/** A grant as it is stored. */
export interface GrantRecord {
  readonly id: string
  readonly roleId: string
  /** Null for a wildcard. */
  readonly permissionId: string | null
  /** The permission's label, or the wildcard. */
  readonly permission: string
  readonly effect: Effect
  /** When it holds, as it is stored; null for always. */
  readonly condition: unknown
  /** Which fields it covers; null for all. */
  readonly fields: readonly string[] | null
  readonly createdAt: number
}

export interface GrantOptions {
  /** Default: `allow`. */
  readonly effect?: Effect
  /** When it holds, as a condition on the object. Default: always. */
  readonly when?: Condition
  /** Which fields it covers. Default: all. */
  readonly fields?: readonly string[]
}

export async function grantsOf(operations: StorageOperations, labelOrId: string): Promise<readonly GrantRecord[]> {
  const role = await requireRole(operations, labelOrId)
  const rows = await operations.find(describedGrants, {
    where: eq('role_id', role.id),
    include: { permission: true },
    orderBy: [{ field: 'id', direction: 'asc' }],
    limit: 'all',
  })
  return rows.map(view)
}

export async function grant(
  deps: StoredPolicyDeps,
  target: { readonly role: string; readonly permission: string },
  options: GrantOptions,
): Promise<GrantRecord> {
  const checked = parseGrant(
    {
      permission: target.permission,
      effect: options.effect ?? 'allow',
      condition: options.when ?? null,
      fields: options.fields ?? null,
    },
    invalidRequest,
  )
  const wildcard = wildcardOf(target.permission)
  const id = deps.createId()
  const now = deps.clock()
  try {
    return await deps.storage.transaction(async (transaction) => {
      const version = await advancePolicy(transaction)
      const role = await requireRole(transaction, target.role)
      requireUnprotected(role)
      const permission = wildcard === null ? await requirePermission(transaction, target.permission) : null
      const row = {
        id,
        role_id: role.id,
        permission_id: permission?.id ?? null,
        wildcard,
        effect: checked.effect,
        condition: checked.condition,
        fields: checked.fields,
        fingerprint: grantFingerprint(permission?.id ?? null, checked),
        created_at: now,
      }
      await transaction.insert(rolePermissions, row)
      await touchRole(transaction, role.id, version, now)
      return view({ ...row, permission })
    })
  } catch (error) {
    if (!isCardeaError(error, 'unique_violation')) throw error
    throw new CardeaError('conflict', 'The role has this grant already.', { cause: error })
  }
}

export async function revoke(deps: StoredPolicyDeps, grantId: string): Promise<void> {
  await deps.storage.transaction(async (transaction) => {
    const version = await advancePolicy(transaction)
    const row = await transaction.findOne(describedGrants, {
      where: eq('id', grantId),
      include: { role: true, permission: true },
    })
    if (row === undefined || row.role.tenant !== '') throw new CardeaError('not_found', 'There is no such grant.')
    requireUnprotected(row.role)
    if (isDeclared(deps.roles, row.role.label, view(row))) {
      throw new CardeaError('protected', 'The grant is declared in code, which would make it again: deny it instead.')
    }
    await transaction.delete(rolePermissions, eq('id', grantId))
    await touchRole(transaction, row.role_id, version, deps.clock())
  })
}

function isDeclared(roles: Roles, label: string, record: GrantRecord): boolean {
  const declaration = roles.declarations.find((role) => role.label === label)
  const key = keyOf(record)
  return declaration?.grants.some((declared) => keyOf(declared) === key) ?? false
}

const keyOf = ({ permission, effect, condition, fields }: Omit<Grant, 'condition'> & { condition: unknown }): string =>
  canonicalJson([permission, effect, condition, fields])

/** The wildcard, or null for one permission, by label or id. */
function wildcardOf(permission: string): string | null {
  if (typeof permission !== 'string') return invalidRequest('permission', 'must be a text')
  if (!permission.includes('*') && !permission.includes(':')) return null
  const parsed = parsePattern(permission)
  if (parsed === undefined) return invalidRequest('permission', 'must be of the form resource:operation')
  return isWildcard(parsed) ? permission : null
}

function invalidRequest(path: string, message: string): never {
  throw new CardeaError('invalid_request', `${path} ${message}`, { issues: [{ path, code: 'invalid', message }] })
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
}

const view = (row: DescribedRow): GrantRecord => ({
  id: row.id,
  roleId: row.role_id,
  permissionId: row.permission_id,
  permission: row.permission?.label ?? row.wildcard ?? '',
  effect: row.effect === 'allow' ? 'allow' : 'deny',
  condition: row.condition,
  fields: row.fields,
  createdAt: row.created_at,
})
