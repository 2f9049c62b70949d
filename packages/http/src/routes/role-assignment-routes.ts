import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import type { AssignmentFilter, AssignmentScope } from 'cardea'
import * as z from 'zod/mini'
import { roleAssignmentAnswer } from '../answers/roles.js'
import { routeContracts } from '../contract/routes.js'
import {
  answerById,
  askedBy,
  filterOf,
  foundById,
  ignoredStamps,
  listQuery,
  namedEither,
  placedIn,
} from './policy-input.js'
import { defineRoute, inputError } from './route.js'

const text = z.optional(z.string())
const textOrNull = z.optional(z.nullable(z.string()))

export const listRoleAssignments = defineRoute(routeContracts.listRoleAssignments, {
  query: listQuery(routeContracts.listRoleAssignments.query),
  async handle({ runtime: { auth, config } }, { query }) {
    const { assignments } = auth.permissions
    const filter: AssignmentFilter = { principalId: filterOf(query, 'user_id'), role: filterOf(query, 'role_id') }
    // Whoever is nobody has no role.
    const isNobody = filter.principalId !== undefined && !isUuid(filter.principalId)
    return await answerById(query, {
      read: async (part) => (isNobody ? [] : await assignments.list({ ...filter, ...part })),
      count: async () => (isNobody ? 0 : await assignments.count(filter)),
      present: roleAssignmentAnswer,
      path: `${config.basePath}/role-assignments`,
    })
  },
})

export const addRoleAssignment = defineRoute(routeContracts.addRoleAssignment, {
  body: z.strictObject({
    user_id: z.string(),
    role_id: text,
    role: text,
    scope: z.optional(
      z.nullable(z.strictObject({ tenant: textOrNull, resource_type: textOrNull, resource_id: textOrNull })),
    ),
    expires_at: z.optional(z.nullable(z.iso.datetime({ offset: true }))),
    id: z.optional(z.unknown()),
    ...ignoredStamps,
  }),
  async handle(exchange, { body }) {
    const { auth, config } = exchange.runtime
    const role = namedEither(body, ['role_id', 'role'])
    if (!isUuid(body.user_id)) {
      const issues = [{ path: 'user_id', code: 'unknown_principal', message: 'must be the id of a principal' }]
      throw new CardeaError('not_found', 'There is no such user.', { issues })
    }
    const options = {
      ...askedBy(exchange),
      ...(body.scope === undefined || body.scope === null ? {} : { scope: scopeOf(body.scope) }),
      expiresAt: toInstant(body.expires_at),
    }
    const assignment = await placedIn(body, () => auth.permissions.assign(body.user_id, role, options))
    const location = `${config.basePath}/role-assignments/${assignment.id}`
    return { body: roleAssignmentAnswer(assignment), headers: [['Location', location]] }
  },
})

export const showRoleAssignment = defineRoute(routeContracts.showRoleAssignment, {
  async handle(exchange) {
    const { assignments } = exchange.runtime.auth.permissions
    return { body: roleAssignmentAnswer(await foundById(exchange, (id) => assignments.find(id), 'role of a user')) }
  },
})

export const removeRoleAssignment = defineRoute(routeContracts.removeRoleAssignment, {
  async handle(exchange) {
    const { assignments } = exchange.runtime.auth.permissions
    const { id } = await foundById(exchange, (id) => assignments.find(id), 'role of a user')
    await assignments.remove(id, askedBy(exchange))
    return {}
  },
})

/** The schema has let through nothing but instants. */
const toInstant = (text: string | null | undefined): number | null =>
  text === undefined || text === null ? null : Date.parse(text)

/** What is null is not limited. A scope that limits nothing would be a mistake: it is left out for everywhere. */
function scopeOf(scope: {
  readonly tenant?: string | null | undefined
  readonly resource_type?: string | null | undefined
  readonly resource_id?: string | null | undefined
}): AssignmentScope {
  const { tenant = null, resource_type: resourceType = null, resource_id: resourceId = null } = scope
  if (tenant === null && resourceType === null && resourceId === null) {
    const message = 'names neither a tenant nor an object; leave it out for everywhere'
    throw inputError([{ path: 'scope', code: 'invalid', message }], 'body')
  }
  return {
    ...(tenant === null ? {} : { tenant }),
    ...(resourceType === null ? {} : { resourceType }),
    ...(resourceId === null ? {} : { resourceId }),
  }
}
