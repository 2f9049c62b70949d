import { CardeaError, isCardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import type { Subject } from 'cardea'
import * as z from 'zod/mini'
import type { AuthzCheckAnswer, PermissionSnapshotAnswer } from '../contract/answers.js'
import { routeContracts } from '../contract/routes.js'
import { callerOf, defineRoute, type Exchange, inputError } from './route.js'
import { requirePermission } from './widened.js'

type Explanation = ReturnType<Subject<string>['explain']>

export const checkPermission = defineRoute(routeContracts.checkPermission, {
  body: z.strictObject({
    permission: z.string(),
    resource: z.optional(z.record(z.string(), z.unknown())),
    field: z.optional(z.string()),
    tenant: z.optional(z.string().check(z.minLength(1))),
    user_id: z.optional(z.string()),
    collection: z.optional(z.string()),
  }),
  async handle(exchange, { body: { permission, resource, field, tenant, user_id: userId, collection } }) {
    const caller = callerOf(exchange)
    if (userId === undefined && collection !== undefined) {
      throw inputError([{ path: 'collection', code: 'unexpected', message: 'goes with user_id' }], 'body')
    }
    const isOwn = userId === undefined || userId === caller.principalId
    const isActive = isOwn || (await requireKnown(exchange, userId, collection))
    const { permissions } = exchange.runtime.auth
    const subject = await permissions.subject(isOwn ? caller : userId, tenant === undefined ? undefined : { tenant })
    const explanation = explain(subject, permission, resource, field)
    return { body: answerOf(isActive ? explanation : { ...explanation, ...shutOut }) }
  },
})

export const myPermissions = defineRoute(routeContracts.myPermissions, {
  query: z.strictObject({ tenant: z.optional(z.string().check(z.minLength(1))) }),
  async handle(exchange, { query: { tenant } }) {
    const { permissions } = exchange.runtime.auth
    const subject = await permissions.subject(callerOf(exchange), tenant === undefined ? undefined : { tenant })
    return { body: subject.snapshot() satisfies PermissionSnapshotAnswer }
  },
})

/**
 * What others may do is for those to know who may read roles.
 *
 * @returns Whether the account may sign in.
 */
async function requireKnown(exchange: Exchange, userId: string, collection: string | undefined): Promise<boolean> {
  await requirePermission(exchange, 'roles:read')
  const { auth } = exchange.runtime
  const principals = collection === undefined ? exchange.principals : await auth.findCollection(collection)
  const query = { filter: { id: { eq: userId } }, limit: 1 }
  const [user] = isUuid(userId) ? ((await principals?.list(query))?.items ?? []) : []
  if (user !== undefined) return user.status === 'active'
  throw new CardeaError('not_found', 'There is no such user.')
}

/** Whoever may not sign in may nothing; why its roles would allow it is told all the same. */
const shutOut = { allowed: false, decision: 'denied', missing: ['The account is disabled.'] } as const

const nothingDeclared: Explanation = {
  allowed: false,
  decision: 'denied',
  bypass: false,
  because: [],
  missing: ['There is no such permission.'],
}

/** A name that comes from a client is no slip of the code: nobody has a permission that is not declared. */
function explain(
  subject: Subject<string>,
  permission: string,
  resource: object | undefined,
  field: string | undefined,
): Explanation {
  try {
    return subject.explain(permission, resource, field)
  } catch (error) {
    if (isCardeaError(error, 'undeclared_permission')) return nothingDeclared
    throw error
  }
}

const answerOf = ({ allowed, decision, bypass, because, missing }: Explanation): AuthzCheckAnswer => ({
  allowed,
  decision,
  explain: {
    bypass,
    because: because.map(({ role, inheritedFrom, scope, grant, effect, condition, fields, result }) => ({
      role,
      inherited_from: inheritedFrom,
      scope:
        scope === null
          ? null
          : { tenant: scope.tenant, resource_type: scope.resourceType, resource_id: scope.resourceId },
      grant,
      effect,
      condition,
      fields,
      result,
    })),
    missing,
  },
})
