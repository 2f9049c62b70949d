import type { Subject } from '@cardea/permissions'
import { subjectOf } from '../accounts/user-view.js'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import { bindOperation } from './bind-operation.js'
import type { PermissionsApi } from './permissions.js'

/** The permission operations, over the services of a storage or a transaction. */
export function bindPermissions(services: Services): PermissionsApi<string> {
  const { policy, subjects } = services
  const bind = bindOperation(services)
  const limited = async (
    owner: Promise<Subject<string>>,
    actor: Promise<Subject<string>>,
  ): Promise<Subject<string>> => {
    const [other, own] = await Promise.all([owner, actor])
    return await (await loadOperations()).limitToActor(services, other, own)
  }
  return Object.freeze<PermissionsApi<string>>({
    subject: (who, options) => {
      if (typeof who === 'string') return subjectOf(services, who, undefined, options)
      const { principalId, versions, apiKey, session } = who
      // What is remembered is what counts everywhere.
      const find = (id: string, seen: typeof versions): Promise<Subject<string>> =>
        versions === undefined && options === undefined ? subjects.get(id) : subjectOf(services, id, seen, options)
      const owner = find(principalId, versions)
      const actorId = session?.actorId ?? null
      // The versions are the principal's; the actor's own are read, unless the token is trusted without a look anyway.
      if (actorId !== null) return limited(owner, find(actorId, undefined))
      const scopes = apiKey?.scopes ?? null
      return scopes === null ? owner : owner.then((subject) => subject.restrict(scopes))
    },
    assign: bind('assignRole'),
    unassign: bind('unassignRole'),
    rolesOf: async (principalId) => (await subjectOf(services, principalId, undefined)).roles,
    hasAdmin: () => policy.hasBypassHolder(),
    assignments: {
      list: bind('listAssignments'),
      count: bind('countAssignments'),
      find: (id) => policy.findAssignment(id),
      remove: bind('removeAssignment'),
    },
    roles: {
      list: (options) => policy.listRoles(options),
      find: (role, options) => policy.findRole(role, options),
      create: bind('createRole'),
      update: bind('updateRole'),
      delete: bind('deleteRole'),
    },
    grants: {
      list: bind('listGrants'),
      count: bind('countGrants'),
      find: (id) => policy.findGrant(id),
      add: bind('addGrant'),
      remove: bind('removeGrant'),
    },
    catalogue: {
      list: bind('listCatalogue'),
      find: bind('findPermission'),
      create: bind('createPermission'),
      update: bind('updatePermission'),
      delete: bind('deletePermission'),
    },
    whoCan: (...input) => policy.whoCan(...input),
    rolesWith: (...input) => policy.rolesWith(...input),
    needs: (...input) => services.needs.add(...input),
    report: bind('reportPolicy'),
  })
}
