import type { AssignmentScope, RoleAssignment } from '@cardea/permissions/stored'
import type { StorageOperations } from '@cardea/storage'
import type { AssignmentOptions, ByWhom } from '../api/permissions.js'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { actorOf, askedBy } from './asked-by.js'

/** Gives a role. */
export async function assignRole(
  services: Services,
  principalId: string,
  role: string,
  { by, ...options }: AssignmentOptions = {},
): Promise<RoleAssignment> {
  const actor = await actorOf(services, by)
  const assignment = await services.storage.transaction(async (transaction) => {
    const given = await services.policy.assign(transaction, principalId, role, { ...options, ...actor })
    await endActing(services, transaction, principalId)
    return given
  })
  tell(services, 'role.assigned', principalId, role, by)
  return assignment
}

/** Takes a role. @returns Whether it was held. */
export async function unassignRole(
  services: Services,
  principalId: string,
  role: string,
  { by, ...options }: ByWhom & { readonly scope?: AssignmentScope } = {},
): Promise<boolean> {
  const actor = await actorOf(services, by)
  const wasHeld = await services.storage.transaction(async (transaction) => {
    const taken = await services.policy.unassign(transaction, principalId, role, { ...options, ...actor })
    await endActing(services, transaction, principalId)
    return taken
  })
  if (wasHeld) tell(services, 'role.unassigned', principalId, role, by)
  return wasHeld
}

/** Takes a role by the id of its assignment. */
export async function removeAssignment(services: Services, id: string, { by }: ByWhom = {}): Promise<void> {
  const actor = await actorOf(services, by)
  const { principalId, roleLabel } = await services.storage.transaction(async (transaction) => {
    const taken = await services.policy.removeAssignment(transaction, id, actor)
    await endActing(services, transaction, taken.principalId)
    return taken
  })
  tell(services, 'role.unassigned', principalId, roleLabel, by)
}

/** With other rights it may not be acted as any more, or no longer act. */
async function endActing({ sessions }: Services, transaction: StorageOperations, principalId: string): Promise<void> {
  await sessions.withOperations(transaction).endActing(principalId)
}

function tell(
  services: Services,
  type: 'role.assigned' | 'role.unassigned',
  principalId: string,
  role: string,
  by: Authentication | undefined,
): void {
  services.subjects.forget(principalId)
  services.changes.publish('policy')
  services.emit({ type, at: services.clock(), collection: null, principalId, role, ...askedBy(by, principalId) })
}
