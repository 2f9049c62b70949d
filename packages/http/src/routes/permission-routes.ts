import { CardeaError } from '@cardea/core'
import type { ListedPermission } from 'cardea'
import * as z from 'zod/mini'
import { permissionAnswer } from '../answers/roles.js'
import { routeContracts } from '../contract/routes.js'
import { answerList, type ListDescription } from '../lists/answer-list.js'
import { labelled } from '../lists/labelled.js'
import { askedBy, ignoredStamps, listQuery, nameOf, refuseOther } from './policy-input.js'
import { defineRoute, type Exchange } from './route.js'

const text = z.optional(z.string())
const ownFields = {
  permission_id: text,
  id: text,
  system_protected: z.optional(z.boolean()),
  origin: text,
  ...ignoredStamps,
}

export const listPermissions = defineRoute(routeContracts.listPermissions, {
  query: listQuery(routeContracts.listPermissions.query),
  async handle({ runtime: { auth, config } }, { query }) {
    return answerList(await auth.permissions.catalogue.list(), query, {
      ...listed,
      path: `${config.basePath}/permissions`,
    })
  },
})

export const createPermission = defineRoute(routeContracts.createPermission, {
  body: z.strictObject({ label: z.string(), description: text, ...ownFields }),
  async handle(exchange, { body: { label, description } }) {
    const { auth, config } = exchange.runtime
    const permission = await auth.permissions.catalogue.create({ label, description }, askedBy(exchange))
    const location = `${config.basePath}/permissions/${permission.id}`
    return { body: permissionAnswer(permission), headers: [['Location', location]] }
  },
})

export const showPermission = defineRoute(routeContracts.showPermission, {
  async handle(exchange) {
    return { body: permissionAnswer(await requirePermission(exchange)) }
  },
})

export const updatePermission = defineRoute(routeContracts.updatePermission, {
  body: z.strictObject({ label: text, description: text, ...ownFields }),
  async handle(exchange, { body }) {
    const { catalogue } = exchange.runtime.auth.permissions
    const { id } = await requirePermission(exchange)
    refuseOther(body, { permission_id: id, id })
    const { label, description } = body
    return { body: permissionAnswer(await catalogue.update(id, { label, description }, askedBy(exchange))) }
  },
})

export const deletePermission = defineRoute(routeContracts.deletePermission, {
  async handle(exchange) {
    const { id } = await requirePermission(exchange)
    await exchange.runtime.auth.permissions.catalogue.delete(id, askedBy(exchange))
    return {}
  },
})

async function requirePermission(exchange: Exchange): Promise<ListedPermission> {
  const found = await exchange.runtime.auth.permissions.catalogue.find(nameOf(exchange))
  if (found === undefined) throw new CardeaError('not_found', 'There is no such permission.')
  return found
}

const listed: Omit<ListDescription<ListedPermission>, 'path'> = {
  ...labelled,
  fields: { ...labelled.fields, permission_id: ({ id }) => id, origin: ({ origin }) => origin },
  present: permissionAnswer,
}
