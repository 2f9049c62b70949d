import { CardeaError, type Condition } from '@cardea/core'
import type { GrantFilter } from 'cardea'
import * as z from 'zod/mini'
import { rolePermissionAnswer } from '../answers/roles.js'
import { routeContracts } from '../contract/routes.js'
import type { ListQuery } from '../lists/list-form.js'
import {
  answerById,
  askedBy,
  filterOf,
  foundById,
  ignoredStamps,
  listQuery,
  namedEither,
  nameOf,
  placedIn,
} from './policy-input.js'
import { defineRoute, type Exchange, type RouteAnswer } from './route.js'

const text = z.optional(z.string())

export const listRolePermissions = defineRoute(routeContracts.listRolePermissions, {
  query: listQuery(routeContracts.listRolePermissions.query),
  async handle(exchange, { query }) {
    return await answerGrants(exchange, query, { role: filterOf(query, 'role_id') }, '')
  },
})

export const listPermissionsOfRole = defineRoute(routeContracts.listPermissionsOfRole, {
  query: listQuery(routeContracts.listPermissionsOfRole.query),
  async handle(exchange, { query }) {
    const role = await exchange.runtime.auth.permissions.roles.find(nameOf(exchange))
    if (role === undefined) throw new CardeaError('not_found', 'There is no such role.')
    return await answerGrants(exchange, query, { role: role.id }, `/role/${role.id}`)
  },
})

export const addRolePermission = defineRoute(routeContracts.addRolePermission, {
  body: z.strictObject({
    role_id: text,
    role: text,
    permission_id: text,
    permission: text,
    effect: z.optional(z.enum(['allow', 'deny'])),
    condition: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
    fields: z.optional(z.nullable(z.array(z.string()))),
    id: z.optional(z.unknown()),
    ...ignoredStamps,
  }),
  async handle(exchange, { body }) {
    const { auth, config } = exchange.runtime
    const { effect, condition, fields } = body
    const role = namedEither(body, ['role_id', 'role'])
    const permission = namedEither(body, ['permission_id', 'permission'])
    const options = {
      ...askedBy(exchange),
      ...(effect === undefined ? {} : { effect }),
      // What is no condition is refused by the policy, which says where.
      ...(condition === undefined || condition === null ? {} : { when: condition as unknown as Condition }),
      ...(fields === undefined || fields === null ? {} : { fields }),
    }
    const grant = await placedIn(body, () => auth.permissions.grants.add(role, permission, options))
    const location = `${config.basePath}/role-permissions/${grant.id}`
    return { body: rolePermissionAnswer(grant), headers: [['Location', location]] }
  },
})

export const showRolePermission = defineRoute(routeContracts.showRolePermission, {
  async handle(exchange) {
    const { grants } = exchange.runtime.auth.permissions
    return { body: rolePermissionAnswer(await foundById(exchange, (id) => grants.find(id), 'permission of a role')) }
  },
})

export const removeRolePermission = defineRoute(routeContracts.removeRolePermission, {
  async handle(exchange) {
    const { grants } = exchange.runtime.auth.permissions
    const { id } = await foundById(exchange, (id) => grants.find(id), 'permission of a role')
    await grants.remove(id, askedBy(exchange))
    return {}
  },
})

async function answerGrants(
  { runtime: { auth, config } }: Exchange,
  query: ListQuery,
  filter: GrantFilter,
  below: string,
): Promise<RouteAnswer> {
  const { grants } = auth.permissions
  return await answerById(query, {
    read: async (part) => await grants.list({ ...filter, ...part }),
    count: async () => await grants.count(filter),
    present: rolePermissionAnswer,
    path: `${config.basePath}/role-permissions${below}`,
  })
}
