import { CardeaError } from '@cardea/core'
import type { RoleRecord } from 'cardea'
import * as z from 'zod/mini'
import { roleAnswer } from '../answers/roles.js'
import { routeContracts } from '../contract/routes.js'
import { answerList, type ListDescription } from '../lists/answer-list.js'
import { labelled } from '../lists/labelled.js'
import { askedBy, ignoredStamps, listQuery, nameOf, refuseOther } from './policy-input.js'
import { defineRoute, type Exchange } from './route.js'

const text = z.optional(z.string())
const ownFields = {
  role_id: text,
  id: text,
  system_protected: z.optional(z.boolean()),
  ...ignoredStamps,
}
const changed = {
  description: text,
  inherits: z.optional(z.array(z.string())),
  tenant: z.optional(z.nullable(z.string())),
}

export const listRoles = defineRoute(routeContracts.listRoles, {
  query: listQuery(routeContracts.listRoles.query),
  async handle({ runtime: { auth, config } }, { query: { tenant, ...query } }) {
    const roles = await auth.permissions.roles.list({ tenant })
    return answerList(roles, query, { ...listed, path: `${config.basePath}/roles` })
  },
})

export const createRole = defineRoute(routeContracts.createRole, {
  body: z.strictObject({ label: z.string(), ...changed, ...ownFields }),
  async handle(exchange, { body: { label, description, inherits, tenant } }) {
    const { auth, config } = exchange.runtime
    const input = { label, description, inherits, tenant: tenant ?? undefined }
    const role = await auth.permissions.roles.create(input, askedBy(exchange))
    return { body: roleAnswer(role), headers: [['Location', `${config.basePath}/roles/${role.id}`]] }
  },
})

export const showRole = defineRoute(routeContracts.showRole, {
  async handle(exchange) {
    return { body: roleAnswer(await requireRole(exchange)) }
  },
})

export const updateRole = defineRoute(routeContracts.updateRole, {
  body: z.strictObject({ label: text, ...changed, ...ownFields }),
  async handle(exchange, { body }) {
    const { roles } = exchange.runtime.auth.permissions
    const { id, tenant } = await requireRole(exchange)
    refuseOther(body, { role_id: id, id, tenant: tenant === '' ? null : tenant })
    const { label, description, inherits } = body
    return { body: roleAnswer(await roles.update(id, { label, description, inherits }, askedBy(exchange))) }
  },
})

export const deleteRole = defineRoute(routeContracts.deleteRole, {
  async handle(exchange) {
    await exchange.runtime.auth.permissions.roles.delete(nameOf(exchange), askedBy(exchange))
    return {}
  },
})

async function requireRole(exchange: Exchange): Promise<RoleRecord> {
  const found = await exchange.runtime.auth.permissions.roles.find(nameOf(exchange))
  if (found === undefined) throw new CardeaError('not_found', 'There is no such role.')
  return found
}

const listed: Omit<ListDescription<RoleRecord>, 'path'> = {
  ...labelled,
  fields: { ...labelled.fields, role_id: ({ id }) => id },
  present: roleAnswer,
}
