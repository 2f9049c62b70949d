import { CardeaError, type Condition, eq, isCardeaError } from '@cardea/core'
import { rolePermissions } from '@cardea/storage'
import { isWildcard, parsePattern } from '../../catalogue/permission-label.js'
import type { Roles } from '../../roles/define-roles.js'
import { type Grant, parseGrant } from '../../roles/grant.js'
import { everywhere } from '../assignment-scope.js'
import type { ChangeDeps } from '../change-context.js'
import { canonicalJson, grantFingerprint } from '../fingerprint.js'
import { advancePolicy, lockPolicy } from '../policy-row.js'
import type { GrantRecord } from '../records.js'
import { findRoleRow, shown, unknownRole } from '../role-lookup.js'
import type { ChangeOptions, GrantOptions } from '../stored-policy.js'
import { assertMayGive, assertNotEnlarged } from './ceiling.js'
import { watchTenants } from './elsewhere.js'
import { requireGrantRow, viewGrant } from './grant-queries.js'
import { findPermission } from './permissions.js'
import { rightsOf } from './rights.js'
import { assertMayChange, requireUnprotected, touchRoles } from './role-changes.js'

export async function grant(
  deps: ChangeDeps,
  target: { readonly role: string; readonly permission: string },
  { effect = 'allow', when, fields, by }: GrantOptions,
): Promise<GrantRecord> {
  const checked = parseGrant(
    { permission: target.permission, effect, condition: when ?? null, fields: fields ?? null },
    invalidRequest,
  )
  const wildcard = wildcardOf(target.permission)
  const id = deps.createId()
  const now = deps.clock()
  try {
    return await deps.storage.transaction(async (transaction) => {
      await lockPolicy(transaction)
      const role = await findRoleRow(transaction, target.role)
      if (role === undefined) throw unknownRole(target.role)
      const permission = wildcard === null ? await findPermission(transaction, target.permission) : null
      if (permission === undefined) throw unknownPermission(target.permission)
      requireUnprotected(role)
      const policy = deps.within(transaction)
      const rights = await rightsOf(deps, transaction, policy, by, { ...everywhere, tenant: role.tenant })
      await assertMayChange(policy, rights, role)
      const named = { ...checked, permission: permission?.label ?? checked.permission }
      // Nor does he deny others what he does not have: whoever is weaker than he for it could be taken over by him.
      assertMayGive(rights, [named])
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
      const version = await advancePolicy(transaction)
      await transaction.insert(rolePermissions, row)
      await touchRoles(transaction, [role.id], version, now)
      await assertNotEnlarged(rights, policy, by, role.tenant)
      return viewGrant({ ...row, permission, role })
    })
  } catch (error) {
    if (!isCardeaError(error, 'unique_violation')) throw error
    throw new CardeaError('conflict', 'The role has this grant already.', { cause: error })
  }
}

export async function revoke(deps: ChangeDeps, grantId: string, { by }: ChangeOptions): Promise<GrantRecord> {
  return await deps.storage.transaction(async (transaction) => {
    await lockPolicy(transaction)
    const row = await requireGrantRow(transaction, grantId)
    const { role } = row
    requireUnprotected(role)
    const record = viewGrant(row)
    if (row.declared || isDeclared(deps.roles, role.label, record)) {
      throw new CardeaError('protected', 'The grant is declared in code, which would make it again: deny it instead.')
    }
    const policy = deps.within(transaction)
    const rights = await rightsOf(deps, transaction, policy, by, { ...everywhere, tenant: role.tenant })
    await assertMayChange(policy, rights, role)
    // Who takes a deny away gives what it denied. Its condition was checked when it was written.
    if (record.effect === 'deny')
      assertMayGive(rights, [{ ...record, condition: record.condition as Condition | null }])
    const freed = record.effect === 'deny'
    const assertNoMore = await watchTenants(transaction, policy, { rights, by, tenant: role.tenant, freed })
    const version = await advancePolicy(transaction)
    await transaction.delete(rolePermissions, eq('id', grantId))
    await touchRoles(transaction, [role.id], version, deps.clock())
    await assertNoMore()
    return record
  })
}

function isDeclared(roles: Roles, label: string, record: GrantRecord): boolean {
  const declaration = roles.declarations.find((role) => role.label === label)
  const key = keyOf(record)
  return declaration?.grants.some((declared) => keyOf(declared) === key) ?? false
}

const keyOf = ({ permission, effect, condition, fields }: Omit<Grant, 'condition'> & { condition: unknown }): string =>
  canonicalJson([permission, effect, condition, fields])

function unknownPermission(labelOrId: string): CardeaError {
  const message = `is no label or id of a permission: ${shown(labelOrId)}`
  return new CardeaError('not_found', 'There is no such permission.', {
    issues: [{ path: 'permission', code: 'unknown_permission', message }],
  })
}

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
