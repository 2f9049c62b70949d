import { CardeaError, oneOf } from '@cardea/core'
import { roles as roleTable, type StorageOperations } from '@cardea/storage'
import type { Roles } from '../../roles/define-roles.js'
import type { PolicyWithin } from '../change-context.js'
import { chunks } from '../chunks.js'
import type { RoleRow } from '../role-lookup.js'
import { assertBypass, assertMayGive } from './ceiling.js'
import { grantsOf } from './closure.js'
import type { Rights } from './rights.js'

/** How many roles one statement marks: databases limit the parameters of a statement. */
const rolesPerStatement = 500

/**
 * Marks roles as changed, so that nodes read them again.
 *
 * @param version What `advancePolicy` gave in the same transaction.
 */
export async function touchRoles(
  transaction: StorageOperations,
  roleIds: readonly string[],
  version: number,
  now: number,
): Promise<void> {
  const set = { changed_version: version, updated_at: now }
  for (const ids of chunks(roleIds, rolesPerStatement)) {
    await transaction.update(roleTable, { where: oneOf('id', ids), set })
  }
}

/** @throws CardeaError `protected` */
export function requireUnprotected(role: Pick<RoleRow, 'system_protected'>): void {
  if (role.system_protected) throw new CardeaError('protected', 'The role is protected and takes no change.')
}

/**
 * Refuses what `sync` would undo. Another node's code may declare what this one's does not: what was declared counts until
 * it is pruned.
 *
 * @throws CardeaError `protected`
 */
export function requireUndeclared(roles: Roles, role: Pick<RoleRow, 'label' | 'tenant' | 'declared'>): void {
  if (role.tenant !== '' || (!role.declared && !roles.labels.includes(role.label))) return
  throw new CardeaError('protected', 'The role is declared in code, which would make it again.')
}

/**
 * Refuses to change or delete a role that exceeds what the actor has himself.
 *
 * @throws CardeaError `forbidden`
 */
export async function assertMayChange(
  policy: PolicyWithin,
  rights: Rights | undefined,
  role: Pick<RoleRow, 'id' | 'tenant' | 'bypass'>,
): Promise<void> {
  if (rights === undefined) return
  if (role.bypass) assertBypass(rights)
  const { roles } = await policy.inForce(role.tenant)
  assertMayGive(rights, grantsOf(roles, [role.id], 'allow'))
}
