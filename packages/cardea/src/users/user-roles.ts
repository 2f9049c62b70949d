import type { RoleAssignment, StoredPolicy } from '@cardea/permissions/stored'
import type { StorageOperations } from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
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
  throw invalidInput([{ path: 'role', code: 'unknown_role', message: 'must be the label or id of a role' }])
}

interface RoleGift {
  readonly principalId: string
  readonly role: Role
  /** Who gives it; undefined for the app's code. */
  readonly by: Authentication | undefined
}

/** Gives a role everywhere. Whoever has the default role by registering need not have it from somebody who has all of it. */
export async function giveRole(
  services: Services,
  transaction: StorageOperations,
  { principalId, role }: RoleGift,
): Promise<void> {
  await services.policy.assign(transaction, principalId, role.id)
}

export async function takeRole(
  services: Services,
  transaction: StorageOperations,
  {
    principalId,
    roleId,
  }: { readonly principalId: string; readonly roleId: string; readonly by: Authentication | undefined },
): Promise<void> {
  await services.policy.unassign(transaction, principalId, roleId)
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
