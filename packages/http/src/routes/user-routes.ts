import { CardeaError } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import type { IdentityLinkView } from 'cardea'
import * as z from 'zod/mini'
import { administeredUserAnswer, identityLinkAnswer, userProfileAnswer } from '../answers/administered-user.js'
import type { ReassignedAnswer } from '../contract/answers.js'
import { routeContracts } from '../contract/routes.js'
import { answerPage } from '../lists/answer-page.js'
import { answerStoredList } from '../lists/answer-stored-list.js'
import { type ListQuery, refuseBeside, unknownField } from '../lists/list-form.js'
import { readRecordQuery } from '../lists/record-query.js'
import { callerOf, defineRoute, type Exchange, inputError } from './route.js'

/** Names that clients of both seeds know of fields. */
const aliases = {
  user_id: 'id',
  date_created: 'created_at',
  date_modified: 'updated_at',
} as const

/** Each with all that hangs on it, so there are fewer of them. */
const mostProfiles = 100

const parameter = z.optional(z.string())
const parametersOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, parameter]))

// Clients of ModulaCMS send them; the server alone says what they are.
const ignored = z.optional(z.unknown())
const ignoredFields = {
  hash: ignored,
  token: ignored,
  issued_at: ignored,
  revoked: ignored,
  date_created: ignored,
  date_modified: ignored,
}
const accountFields = {
  role: z.optional(z.nullable(z.string())),
  verified: z.optional(z.boolean()),
  ...ignoredFields,
}
const changedFields = {
  ...accountFields,
  password: z.optional(z.string()),
  status: z.optional(z.enum(['active', 'disabled'])),
}

export const listUsers = defineRoute(routeContracts.listUsers, {
  query: z.catchall(z.object(parametersOf(routeContracts.listUsers.query)), z.string()),
  async handle({ principals, runtime: { config } }, { query }) {
    const wanted = readRecordQuery(query, aliases)
    return await answerPage(query, {
      read: (part) => principals.list({ ...wanted, ...part }),
      count: () => principals.count(wanted),
      present: administeredUserAnswer,
      path: `${config.basePath}/users`,
    })
  },
})

export const showUser = defineRoute(routeContracts.showUser, {
  async handle({ principals, parameters: { id = '' } }) {
    const { items } = await principals.list({ filter: { id: { eq: knownId(id) } }, limit: 1 })
    return { body: administeredUserAnswer(found(items)) }
  },
})

export const listUserProfiles = defineRoute(routeContracts.listUserProfiles, {
  query: z.catchall(z.object(parametersOf(routeContracts.listUserProfiles.query)), z.string()),
  async handle(exchange, { query }) {
    const { principals, runtime } = exchange
    const current = currentSession(exchange)
    const wanted = readRecordQuery(query, aliases)
    return await answerPage(query, {
      read: (part) => principals.profiles({ ...wanted, ...part }),
      count: () => principals.count(wanted),
      present: (profile) => userProfileAnswer(profile, current),
      path: `${runtime.config.basePath}/users/full`,
      most: mostProfiles,
    })
  },
})

export const showUserProfile = defineRoute(routeContracts.showUserProfile, {
  async handle(exchange) {
    const { principals, parameters } = exchange
    const id = knownId(parameters['id'] ?? '')
    const { items } = await principals.profiles({ filter: { id: { eq: id } }, limit: 1 })
    return { body: userProfileAnswer(found(items), currentSession(exchange)) }
  },
})

export const createUser = defineRoute(routeContracts.createUser, {
  body: z.looseObject({ email: z.string(), password: z.string(), ...accountFields }),
  async handle(exchange, { body }) {
    const { principals, runtime } = exchange
    const { role, verified, ...rest } = body
    const input = withoutIgnored(rest)
    const user = await principals.create(input, { role, verified, by: callerOf(exchange) })
    // Nobody can have disabled it.
    const answer = administeredUserAnswer({ ...user, status: 'active' })
    return { body: answer, headers: [['Location', `${runtime.config.basePath}/users/${answer.id}`]] }
  },
})

const replaced = { username: z.string(), name: z.string(), email: z.string(), ...changedFields }

export const replaceUserInBody = defineRoute(routeContracts.replaceUserInBody, {
  body: z.looseObject({ user_id: z.string(), ...replaced }),
  async handle(exchange, { body: { user_id: id, ...body } }) {
    return await change(exchange, id, body)
  },
})

export const replaceUser = defineRoute(routeContracts.replaceUser, {
  body: z.looseObject({ user_id: z.optional(z.string()), ...replaced }),
  async handle(exchange, { body: { user_id: named, ...body } }) {
    const id = exchange.parameters['id'] ?? ''
    if (named !== undefined && named !== id) {
      throw inputError([{ path: 'user_id', code: 'mismatch', message: 'must be the user that the path names' }], 'body')
    }
    return await change(exchange, id, body)
  },
})

export const updateUser = defineRoute(routeContracts.updateUser, {
  body: z.looseObject({ email: z.optional(z.string()), ...changedFields }),
  async handle(exchange, { body }) {
    return await change(exchange, exchange.parameters['id'] ?? '', body)
  },
})

export const deleteUser = defineRoute(routeContracts.deleteUser, {
  async handle(exchange) {
    const id = knownId(exchange.parameters['id'] ?? '')
    await exchange.principals.delete(id, { by: callerOf(exchange) })
    return {}
  },
})

export const reassignDeleteUser = defineRoute(routeContracts.reassignDeleteUser, {
  body: z.strictObject({ user_id: z.string(), reassign_to: z.string() }),
  async handle(exchange, { body: { user_id: id, reassign_to: to } }) {
    const by = callerOf(exchange)
    const { reassigned } = await exchange.principals.reassignAndDelete(knownId(id), knownId(to), { by })
    const answer: ReassignedAnswer = { deleted_user_id: id, reassigned_to: to, reassigned }
    return { body: answer }
  },
})

export const listIdentityLinks = defineRoute(routeContracts.listIdentityLinks, {
  query: z.strictObject(parametersOf(routeContracts.listIdentityLinks.query)),
  async handle({ principals, runtime: { config } }, { query }) {
    if (query['sort'] !== undefined && query['sort'] !== 'id') throw unknownField('sort')
    const filter = { principalId: valueIn(query, 'user_id'), provider: valueIn(query, 'provider') }
    return await answerStoredList<IdentityLinkView>(query, {
      read: ({ limit, offset, after: [id] = [] }) =>
        principals.identityLinks({
          ...filter,
          limit,
          offset,
          ...(id === undefined ? {} : { after: String(id) }),
        }),
      count: () => principals.countIdentityLinks(filter),
      place: ({ id }) => [id],
      isPlace: ([id, ...more]) => isUuid(id) && more.length === 0,
      present: identityLinkAnswer,
      path: `${config.basePath}/usersoauth`,
    })
  },
})

export const removeIdentityLink = defineRoute(routeContracts.removeIdentityLink, {
  async handle(exchange) {
    const id = exchange.parameters['id'] ?? ''
    if (!isUuid(id)) throw new CardeaError('not_found', 'There is no such connection.')
    await exchange.principals.removeIdentityLink(id, { by: callerOf(exchange) })
    return {}
  },
})

async function change(exchange: Exchange, id: string, body: Readonly<Record<string, unknown>>) {
  const input = withoutIgnored(body)
  // What is wrong with the input is said before whether there is such a user.
  const user = await exchange.principals.change(isUuid(id) ? id : nobody, input, { by: callerOf(exchange) })
  return { body: administeredUserAnswer(user) }
}

/** The id of nobody. */
const nobody = '00000000-0000-0000-0000-000000000000'

const withoutIgnored = (body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !Object.hasOwn(ignoredFields, name)))

/** A filter by either of its names. */
function valueIn(query: ListQuery, name: string): string | undefined {
  const other = `filter[${name}][eq]`
  if (query[name] !== undefined) refuseBeside(query, name, [other])
  return query[name] ?? query[other]
}

function knownId(id: string): string {
  if (!isUuid(id)) throw noSuchUser()
  return id
}

function found<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw noSuchUser()
  return item
}

const currentSession = (exchange: Exchange): string | undefined => callerOf(exchange).session?.id

const noSuchUser = (): CardeaError => new CardeaError('not_found', 'There is no such user.')
