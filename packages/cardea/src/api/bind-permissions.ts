import type { Subject } from '@cardea/permissions'
import { subjectOf } from '../accounts/user-view.js'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'
import type { PermissionsApi } from './permissions.js'

/** The permission operations, over the services of a storage or a transaction. */
export function bindPermissions(services: Services): PermissionsApi<string> {
  const { policy, subjects } = services
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
    assign: async (principalId, role, options = {}) =>
      await (await loadOperations()).assignRole(services, principalId, role, options),
    unassign: async (principalId, role, options = {}) =>
      await (await loadOperations()).unassignRole(services, principalId, role, options),
    rolesOf: async (principalId) => (await subjectOf(services, principalId, undefined)).roles,
    hasAdmin: () => policy.hasBypassHolder(),
    assignments: {
      list: async (query = {}) => await (await loadOperations()).listAssignments(services, query),
      count: async (filter = {}) => await (await loadOperations()).countAssignments(services, filter),
      find: (id) => policy.findAssignment(id),
      remove: async (id, options = {}) => await (await loadOperations()).removeAssignment(services, id, options),
    },
    roles: {
      list: (options) => policy.listRoles(options),
      find: (role, options) => policy.findRole(role, options),
      create: async (input, options = {}) => await (await loadOperations()).createRole(services, input, options),
      update: async (role, input, options = {}) =>
        await (await loadOperations()).updateRole(services, role, input, options),
      delete: async (role, options = {}) => await (await loadOperations()).deleteRole(services, role, options),
    },
    grants: {
      list: async (query = {}) => await (await loadOperations()).listGrants(services, query),
      count: async (filter = {}) => await (await loadOperations()).countGrants(services, filter),
      find: (id) => policy.findGrant(id),
      add: async (role, permission, options = {}) =>
        await (await loadOperations()).addGrant(services, role, permission, options),
      remove: async (id, options = {}) => await (await loadOperations()).removeGrant(services, id, options),
    },
    catalogue: {
      list: async () => await (await loadOperations()).listCatalogue(services),
      find: async (labelOrId) => await (await loadOperations()).findPermission(services, labelOrId),
      create: async (input, options = {}) => await (await loadOperations()).createPermission(services, input, options),
      update: async (labelOrId, input, options = {}) =>
        await (await loadOperations()).updatePermission(services, labelOrId, input, options),
      delete: async (labelOrId, options = {}) =>
        await (await loadOperations()).deletePermission(services, labelOrId, options),
    },
    whoCan: (...input) => policy.whoCan(...input),
    rolesWith: (...input) => policy.rolesWith(...input),
    needs: (permissions, where) => services.needs.add(permissions, where),
    report: async () => await (await loadOperations()).reportPolicy(services),
  })
}
