import { and, CardeaError, eq, isCardeaError } from '@cardea/core'
import { principals, type RowOf, roleAssignments, type StorageOperations } from '@cardea/storage'
import type { Subject } from '../../engine/subject.js'
import { everywhere, isEverywhere, parseScope, type StoredScope } from '../assignment-scope.js'
import type { ChangeDeps, PolicyWithin } from '../change-context.js'
import { assertNotLastBypass } from '../last-admin.js'
import { lockPolicy } from '../policy-row.js'
import type { RoleAssignment } from '../records.js'
import { type RoleRow, requireRoleIn } from '../role-lookup.js'
import type { Actor, AssignOptions, ChangeOptions, UnassignOptions } from '../stored-policy.js'
import { requireAssignment, viewAssignment } from './assignment-queries.js'
import { assertBypass, assertCovers, assertGrownWithin, assertMayGive, assertNotEnlarged } from './ceiling.js'
import { grantsOf, narrowed } from './closure.js'
import { potentialOf, without } from './potential.js'
import { lastingRightsOf, type Rights, rightsOf } from './rights.js'
import { assertSeparated, staticConstraints } from './separation.js'

/** Whom a change is about, and which role. */
interface Target {
  readonly principalId: string
  readonly role: string
}

export async function assign(
  deps: ChangeDeps,
  transaction: StorageOperations,
  target: Target,
  { expiresAt: until = null, scope: within, by }: AssignOptions,
): Promise<RoleAssignment> {
  const now = deps.clock()
  const expiresAt = checkExpiry(until, now)
  const scope = parseScope(within)
  // What roles mean, who holds them and who gives them stays as it is until the transaction ends.
  await lockPolicy(transaction)
  const role = await requireAssignable(transaction, target.role, scope)
  if (by !== undefined) await requirePrincipal(transaction, target.principalId)
  const before = await findExisting(transaction, target.principalId, role.id, scope)
  const policy = deps.within(transaction)
  const rights = await rightsOf(deps, transaction, policy, by, scope)
  await assertMayAssign(policy, rights, role, scope)
  if (rights !== undefined) {
    const lasting = await lastingRightsOf(deps, transaction, policy, rights, { scope, expiresAt })
    await assertMayAssign(policy, lasting, role, scope)
  }
  const then = await assertCoversPrincipal(deps, transaction, policy, rights, target.principalId, scope)
  if (before !== undefined && endsEarlier(before.expires_at, expiresAt)) await assertMayEnd(before, then)
  await advancePrincipal(transaction, target.principalId)
  const row = await write()
  await assertSeparated(transaction, staticConstraints(deps.roles), target.principalId, now)
  if (rights?.subject.id === target.principalId) await assertNotEnlarged(rights, policy, by, scope.tenant)
  return viewAssignment(row, role)

  /** What ends is taken, only later: with it ends what it denies, and what it keeps other roles from. */
  async function assertMayEnd(row: RowOf<typeof roleAssignments>, may: Subject<string> | undefined): Promise<void> {
    await assertMayTake(policy, rights, role, scope)
    if (rights === undefined || may === undefined) return
    const held = { principalId: target.principalId, tenant: scope.tenant }
    assertGrownWithin(rights, may, await without(deps, transaction, policy, held, row))
  }

  async function write(): Promise<RowOf<typeof roleAssignments>> {
    if (before === undefined) return await insertAssignment(deps, transaction, { ...target, role, scope, expiresAt })
    // An admin for ever who becomes an admin for a while may be the last one.
    if (role.bypass && expiresAt !== null) await assertNotLastBypass(transaction, before.id, now)
    await transaction.update(roleAssignments, { where: eq('id', before.id), set: { expires_at: expiresAt } })
    return { ...before, expires_at: expiresAt }
  }
}

export async function assignNew(
  deps: ChangeDeps,
  transaction: StorageOperations,
  target: Target,
  { by }: ChangeOptions,
): Promise<RoleAssignment> {
  const constraints = staticConstraints(deps.roles)
  if (by !== undefined || constraints.length > 0) await lockPolicy(transaction)
  const role = await requireAssignable(transaction, target.role, everywhere)
  const policy = deps.within(transaction)
  const rights = await rightsOf(deps, transaction, policy, by)
  await assertMayAssign(policy, rights, role, everywhere)
  if (rights !== undefined) {
    const until = { scope: everywhere, expiresAt: null }
    await assertMayAssign(policy, await lastingRightsOf(deps, transaction, policy, rights, until), role, everywhere)
  }
  const row = await insertAssignment(deps, transaction, { ...target, role, scope: everywhere, expiresAt: null })
  await assertSeparated(transaction, constraints, target.principalId, deps.clock())
  return viewAssignment(row, role)
}

/** Whether a role may be given everywhere by who asks, before there is anybody to give it to. */
export async function assertAssignable(
  deps: ChangeDeps,
  transaction: StorageOperations,
  labelOrId: string,
  by: Actor,
): Promise<void> {
  await lockPolicy(transaction)
  const role = await requireAssignable(transaction, labelOrId, everywhere)
  const policy = deps.within(transaction)
  const rights = await rightsOf(deps, transaction, policy, by)
  await assertMayAssign(policy, rights, role, everywhere)
  if (rights === undefined) return
  const until = { scope: everywhere, expiresAt: null }
  await assertMayAssign(policy, await lastingRightsOf(deps, transaction, policy, rights, until), role, everywhere)
}

export async function unassign(
  deps: ChangeDeps,
  transaction: StorageOperations,
  target: Target,
  { scope: within, by }: UnassignOptions,
): Promise<boolean> {
  const scope = parseScope(within)
  await lockPolicy(transaction)
  const role = await requireRoleIn(transaction, target.role, scope.tenant)
  const existing = await findExisting(transaction, target.principalId, role.id, scope)
  if (existing === undefined) {
    await requirePrincipal(transaction, target.principalId)
    return false
  }
  await remove(deps, transaction, { row: existing, role, by })
  return true
}

export async function removeAssignment(
  deps: ChangeDeps,
  transaction: StorageOperations,
  assignmentId: string,
  { by }: ChangeOptions,
): Promise<RoleAssignment> {
  await lockPolicy(transaction)
  const row = await requireAssignment(transaction, assignmentId)
  await remove(deps, transaction, { row, role: row.role, by })
  return viewAssignment(row, row.role)
}

/** Takes an assignment away. */
async function remove(
  deps: ChangeDeps,
  transaction: StorageOperations,
  {
    row,
    role,
    by,
  }: { readonly row: RowOf<typeof roleAssignments>; readonly role: RoleRow; readonly by: ChangeOptions['by'] },
): Promise<void> {
  const { id, principal_id: principalId, tenant, resource_type, resource_id } = row
  const scope = { tenant, resource_type, resource_id }
  const policy = deps.within(transaction)
  const rights = await rightsOf(deps, transaction, policy, by, scope)
  await assertMayTake(policy, rights, role, scope)
  const before = await assertCoversPrincipal(deps, transaction, policy, rights, principalId, scope)
  await advancePrincipal(transaction, principalId)
  if (role.bypass) await assertNotLastBypass(transaction, id, deps.clock())
  await transaction.delete(roleAssignments, eq('id', id))
  if (rights === undefined || before === undefined) return
  if (rights.subject.id === principalId) return await assertNotEnlarged(rights, policy, by, tenant)
  // A role that a dynamic separation of duty kept from being in force may be in force now.
  assertGrownWithin(rights, before, await policy.policy.subject(principalId, undefined, { tenant }))
}

/** A role that a scope takes. @throws CardeaError `not_found`, `invalid_request` for full access in part of the app. */
async function requireAssignable(
  transaction: StorageOperations,
  labelOrId: string,
  scope: StoredScope,
): Promise<RoleRow> {
  const role = await requireRoleIn(transaction, labelOrId, scope.tenant)
  if (!role.bypass || (isEverywhere(scope) && role.tenant === '')) return role
  const message = 'has full access, which cannot be limited to a tenant or an object'
  throw new CardeaError('invalid_request', `The role ${message}.`, {
    issues: [{ path: 'role', code: 'invalid_value', message }],
  })
}

async function assertMayAssign(
  policy: PolicyWithin,
  rights: Rights | undefined,
  role: RoleRow,
  scope: StoredScope,
): Promise<void> {
  if (rights === undefined) return
  if (role.bypass) assertBypass(rights)
  const { roles } = await policy.inForce(scope.tenant)
  assertMayGive(
    rights,
    grantsOf(roles, [role.id], 'allow').flatMap((grant) => narrowed(grant, scope.resource_type)),
  )
}

/** What a role denied is denied no more when it is taken: so that is given. */
async function assertMayTake(
  policy: PolicyWithin,
  rights: Rights | undefined,
  role: RoleRow,
  { tenant, resource_type: resourceType }: StoredScope,
): Promise<void> {
  if (rights === undefined) return
  if (role.bypass) assertBypass(rights)
  const { roles } = await policy.inForce(tenant)
  assertMayGive(
    rights,
    grantsOf(roles, [role.id], 'deny').flatMap((grant) => narrowed(grant, resourceType)),
  )
}

/** @returns What the principal may do; undefined where the actor may do all. */
async function assertCoversPrincipal(
  deps: ChangeDeps,
  transaction: StorageOperations,
  within: PolicyWithin,
  rights: Rights | undefined,
  principalId: string,
  { tenant }: StoredScope,
): Promise<Subject<string> | undefined> {
  if (rights === undefined || rights.subject.bypass) return undefined
  const subject = await within.policy.subject(principalId, undefined, { tenant })
  assertCovers(rights, subject)
  // Of himself he may take what he has not yet.
  const others = rights.subject.id === principalId ? [] : await potentialOf(deps, transaction, within, subject)
  for (const other of others) assertCovers(rights, other)
  return subject
}

/** Null is never. */
const endsEarlier = (before: number | null, after: number | null): boolean =>
  after !== null && (before === null || after < before)

/**
 * Makes every node see that the principal's roles changed, and keeps other changes of them waiting until the transaction
 * ends.
 */
async function advancePrincipal(transaction: StorageOperations, principalId: string): Promise<void> {
  const rows = await transaction.update(principals, { where: eq('id', principalId), increment: { authz_version: 1 } })
  if (rows !== 1) throw noPrincipal()
}

async function requirePrincipal(transaction: StorageOperations, principalId: string): Promise<void> {
  if ((await transaction.findOne(principals, { where: eq('id', principalId) })) === undefined) throw noPrincipal()
}

const noPrincipal = (): CardeaError =>
  new CardeaError('not_found', 'There is no such principal.', {
    issues: [{ path: 'principalId', code: 'unknown_principal', message: 'must be the id of a principal' }],
  })

async function findExisting(
  transaction: StorageOperations,
  principalId: string,
  roleId: string,
  { tenant, resource_type, resource_id }: StoredScope,
): Promise<RowOf<typeof roleAssignments> | undefined> {
  return await transaction.findOne(roleAssignments, {
    where: and(
      eq('principal_id', principalId),
      eq('role_id', roleId),
      eq('tenant', tenant),
      eq('resource_type', resource_type),
      eq('resource_id', resource_id),
    ),
  })
}

async function insertAssignment(
  deps: Pick<ChangeDeps, 'clock' | 'createId'>,
  transaction: StorageOperations,
  {
    principalId,
    role,
    scope,
    expiresAt,
  }: {
    readonly principalId: string
    readonly role: RoleRow
    readonly scope: StoredScope
    readonly expiresAt: number | null
  },
): Promise<RowOf<typeof roleAssignments>> {
  const row = {
    id: deps.createId(),
    principal_id: principalId,
    role_id: role.id,
    ...scope,
    expires_at: expiresAt,
    created_at: deps.clock(),
  }
  try {
    await transaction.insert(roleAssignments, row)
  } catch (error) {
    if (!isCardeaError(error, 'foreign_key_violation')) throw error
    throw new CardeaError('not_found', 'There is no such principal or role any more.', { cause: error })
  }
  return row
}

function checkExpiry(expiresAt: number | null, now: number): number | null {
  if (expiresAt === null || (Number.isSafeInteger(expiresAt) && expiresAt > now)) return expiresAt
  throw new CardeaError('invalid_request', 'expires_at must be an instant in the future', {
    issues: [{ path: 'expires_at', code: 'invalid', message: 'must be an instant in the future' }],
  })
}
