import type { Actor, RoleAssignment, StoredPolicy } from '@cardea/permissions/stored'
import type { StorageOperations } from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
import { actorBehind } from '../administration/asked-by.js'
import { named } from '../administration/listed.js'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'

type Role = NonNullable<Awaited<ReturnType<StoredPolicy['findRole']>>>

/** A role that a client names, by label or id. @throws CardeaError `invalid_request`. */
export async function requireRole(
  { policy }: Services,
  transaction: StorageOperations,
  labelOrId: string,
): Promise<Role> {
  const role = await policy.within(transaction).findRole(labelOrId)
  if (role !== undefined) return role
  throw invalidInput([
    { path: 'role', code: 'unknown_role', message: `is no label or id of a role: ${named(labelOrId)}` },
  ])
}

interface RoleGift {
  readonly principalId: string
  readonly role: Role
  /** Who gives it; undefined for the app's code. */
  readonly by: Authentication | undefined
}

/**
 * Gives a role everywhere: one that whoever gives it has all rights of.
 *
 * @throws CardeaError `forbidden`, `conflict` for roles that exclude each other.
 */
export async function giveRole(
  { policy }: Services,
  transaction: StorageOperations,
  { principalId, role, by }: RoleGift,
): Promise<void> {
  await policy.assign(transaction, principalId, role.id, actorOrCode(by))
}

/**
 * The same to an account that the transaction has made. What it gets by registering it may also get from somebody who has
 * less.
 */
export async function giveFirstRole(
  { policy, defaultRole }: Services,
  transaction: StorageOperations,
  { principalId, role, by }: RoleGift,
): Promise<void> {
  const isDefault = role.label === defaultRole || role.id === defaultRole
  await policy.assignNew(transaction, principalId, role.id, isDefault ? {} : actorOrCode(by))
}

const actorOrCode = (by: Authentication | undefined): { readonly by?: Actor } =>
  by === undefined ? {} : { by: actorBehind(by) }

/** @throws CardeaError `forbidden`, `last_admin` */
export async function takeRole(
  { policy }: Services,
  transaction: StorageOperations,
  {
    principalId,
    roleId,
    by,
  }: { readonly principalId: string; readonly roleId: string; readonly by: Authentication | undefined },
): Promise<void> {
  await policy.unassign(transaction, principalId, roleId, actorOrCode(by))
}

/** The roles that somebody has everywhere, also those for a while. */
export async function globalRoles(
  { policy, clock }: Services,
  transaction: StorageOperations,
  principalId: string,
): Promise<readonly RoleAssignment[]> {
  const assignments = await policy.assignmentsOf(principalId, transaction)
  const now = clock()
  return assignments.filter(
    ({ tenant, resourceType, resourceId, expiresAt }) =>
      tenant === '' && resourceType === '' && resourceId === '' && (expiresAt === null || expiresAt > now),
  )
}
