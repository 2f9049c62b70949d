import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import type { SshKeyView } from 'cardea'
import * as z from 'zod/mini'
import { sshKeyAnswer } from '../answers/keys.js'
import { routeContracts } from '../contract/routes.js'
import { answerList, type ListDescription } from '../lists/answer-list.js'
import { defineRoute, type Exchange, sessionCallerOf } from './route.js'
import { contextOf } from './signed-in.js'
import { hasPermission, isOwnPrincipal, requirePermission } from './widened.js'

export const addSshKey = defineRoute(routeContracts.addSshKey, {
  body: z.strictObject({
    public_key: z.string(),
    user_id: z.optional(z.string()),
    label: z.optional(z.string()),
  }),
  async handle(exchange, { body }) {
    const caller = sessionCallerOf(exchange)
    const { auth } = exchange.runtime
    const principalId = body.user_id ?? caller.principalId
    await requireReach(exchange, principalId, 'ssh_keys:create')
    const input = { principalId, publicKey: body.public_key, label: body.label }
    const added = await auth.sshKeys.add(input, caller, contextOf(exchange))
    return { body: sshKeyAnswer(added) }
  },
})

const parameter = z.optional(z.string())

export const listSshKeys = defineRoute(routeContracts.listSshKeys, {
  query: z.strictObject(Object.fromEntries(routeContracts.listSshKeys.query.map((name) => [name, parameter]))),
  async handle(exchange, { query: { user_id: userId, ...query } }) {
    const { auth, config } = exchange.runtime
    const principalId = userId ?? sessionCallerOf(exchange).principalId
    await requireReach(exchange, principalId, 'ssh_keys:read')
    return answerList(await auth.sshKeys.list(principalId), query, { ...listed, path: `${config.basePath}/ssh-keys` })
  },
})

export const deleteSshKey = defineRoute(routeContracts.deleteSshKey, {
  async handle(exchange) {
    const { principalId } = sessionCallerOf(exchange)
    const { sshKeys } = exchange.runtime.auth
    const id = exchange.parameters['id']
    const found = isUuid(id) ? await sshKeys.find(id) : undefined
    if (found === undefined || found.collection !== exchange.collection) throw noSuchKey()
    // Whoever may not remove it must not learn that it exists.
    const mayRemove = found.principalId === principalId || (await hasPermission(exchange, 'ssh_keys:delete'))
    if (!mayRemove || !(await sshKeys.delete(found.id))) throw noSuchKey()
    return {}
  },
})

/** Keys of others need a permission, and are of principals that the route is for. */
async function requireReach(exchange: Exchange, principalId: string, permission: string): Promise<void> {
  if (principalId === sessionCallerOf(exchange).principalId) return
  await requirePermission(exchange, permission)
  if (!(await isOwnPrincipal(exchange, principalId))) throw new CardeaError('not_found', 'There is no such user.')
}

const noSuchKey = (): CardeaError => new CardeaError('not_found', 'There is no such SSH key.')

const listed: Omit<ListDescription<SshKeyView>, 'path'> = {
  fields: {
    id: ({ id }) => id,
    label: ({ label }) => label,
    type: ({ type }) => type,
    fingerprint: ({ fingerprint }) => fingerprint,
    created_at: ({ createdAt }) => createdAt,
  },
  key: 'id',
  searched: ({ label, fingerprint }) => `${label} ${fingerprint}`,
  present: sshKeyAnswer,
}
