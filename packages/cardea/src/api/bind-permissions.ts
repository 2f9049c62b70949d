import type { Subject } from '@cardea/permissions'
import type { StorageOperations } from '@cardea/storage'
import { subjectOf } from '../accounts/user-view.js'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { PermissionsApi } from './permissions.js'

/** The permission operations, over the services of a storage or a transaction. */
export function bindPermissions(services: Services): PermissionsApi<string> {
  const { policy, storage, subjects, changes, emit, clock } = services
  /** With other rights it may not be acted as any more, or no longer act. */
  const endActing = async (transaction: StorageOperations, principalId: string): Promise<void> => {
    await services.sessions.withOperations(transaction).endActing(principalId)
  }
  const limited = async (
    owner: Promise<Subject<string>>,
    actor: Promise<Subject<string>>,
  ): Promise<Subject<string>> => {
    const [other, own] = await Promise.all([owner, actor])
    return await (await loadOperations()).limitToActor(services, other, own)
  }
  return Object.freeze<PermissionsApi<string>>({
    subject: (who) => {
      if (typeof who === 'string') return subjectOf(services, who, undefined)
      const { principalId, versions, apiKey, session } = who
      const owner = versions === undefined ? subjects.get(principalId) : subjectOf(services, principalId, versions)
      const actorId = session?.actorId ?? null
      if (actorId !== null) {
        // The versions are the principal's; the actor's own are read, unless the token is trusted without a look anyway.
        const actor = versions === undefined ? subjects.get(actorId) : subjectOf(services, actorId, undefined)
        return limited(owner, actor)
      }
      const scopes = apiKey?.scopes ?? null
      return scopes === null ? owner : owner.then((subject) => subject.restrict(scopes))
    },
    assign: async (principalId, role, options = {}) => {
      await storage.transaction(async (transaction) => {
        await policy.assign(transaction, principalId, role, options)
        await endActing(transaction, principalId)
      })
      subjects.forget(principalId)
      changes.publish('policy')
      emit({ type: 'role.assigned', at: clock(), collection: null, principalId, role })
    },
    unassign: async (principalId, role) => {
      await storage.transaction(async (transaction) => {
        await policy.unassign(transaction, principalId, role)
        await endActing(transaction, principalId)
      })
      subjects.forget(principalId)
      changes.publish('policy')
      emit({ type: 'role.unassigned', at: clock(), collection: null, principalId, role })
    },
    rolesOf: async (principalId) => (await subjectOf(services, principalId, undefined)).roles,
    hasAdmin: () => policy.hasBypassHolder(),
    needs: (permissions, where) => services.needs.add(permissions, where),
    report: async () => await (await loadOperations()).reportPolicy(services),
  })
}
