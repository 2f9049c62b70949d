import { CardeaError } from '@cardea/core'
import type { CollectionInfo } from 'cardea'
import * as z from 'zod/mini'
import { collectionAnswer } from '../answers/collection.js'
import type { CollectionChangeAnswer } from '../contract/answers.js'
import { routeContracts } from '../contract/routes.js'
import { answerList, type ListDescription } from '../lists/answer-list.js'
import { callerOf, defineRoute } from './route.js'
import { hasPermission } from './widened.js'

// What they hold is checked with the whole definition, by the rules of collections.
const anything = z.optional(z.unknown())

export const createCollection = defineRoute(routeContracts.createCollection, {
  body: z.strictObject({
    name: anything,
    type: anything,
    schema: anything,
    fields: anything,
    auth: anything,
    rules: anything,
    table: anything,
  }),
  async handle({ runtime }, { body }) {
    const info = await runtime.auth.definitions.create(body)
    const location = `${pathOf(runtime.config.basePath)}/${info.collection.name}`
    return { body: collectionAnswer(info), headers: [['Location', location]] }
  },
})

const byName = z.record(z.string(), z.unknown())
const fieldList = z.optional(z.union([z.array(z.unknown()), byName], 'must be a list of fields, or fields by name'))
// What is wrong at first sight is said before the collection is looked for, and the rest by the rules of collections.
const changeBody = z.strictObject({
  schema: fieldList,
  fields: fieldList,
  drop: z.optional(z.array(z.string()).check(z.maxLength(100))),
  rename: z.optional(byName),
  auth: z.optional(byName),
  rules: z.optional(byName),
})

/** A part of a query that is either there, as `1` or `true`, or not. */
const flag = z.optional(z.enum(['0', '1', 'false', 'true']))

const isSet = (value: string | undefined): boolean => value === '1' || value === 'true'

export const updateCollection = defineRoute(routeContracts.updateCollection, {
  body: changeBody,
  async handle({ runtime, parameters: { name = '' } }, { body }) {
    const { info } = await runtime.auth.definitions.change(name, body)
    return { body: collectionAnswer(info) }
  },
})

export const migrateCollection = defineRoute(routeContracts.migrateCollection, {
  query: z.strictObject({ dry_run: flag }),
  body: changeBody,
  async handle({ runtime, parameters: { name = '' } }, { body, query }) {
    const { definitions } = runtime.auth
    const dryRun = isSet(query.dry_run)
    const plan = dryRun ? await definitions.plan(name, body) : (await definitions.change(name, body)).plan
    return { body: { ...plan, dry_run: dryRun } satisfies CollectionChangeAnswer }
  },
})

export const deleteCollection = defineRoute(routeContracts.deleteCollection, {
  query: z.strictObject({ drop: flag }),
  async handle({ runtime, parameters: { name = '' } }, { query }) {
    await runtime.auth.definitions.remove(name, { drop: isSet(query.drop) })
    return {}
  },
})

const parameters = routeContracts.listCollections.query
const parameter = z.optional(z.string())

export const listCollections = defineRoute(routeContracts.listCollections, {
  query: z.strictObject(Object.fromEntries(parameters.map((name) => [name, parameter]))),
  async handle(exchange, { query }) {
    const { auth, config } = exchange.runtime
    const infos = await auth.definitions.list(callerOf(exchange))
    return answerList(infos, query, { ...listed, path: pathOf(config.basePath) })
  },
})

export const showCollection = defineRoute(routeContracts.showCollection, {
  async handle(exchange) {
    const { auth } = exchange.runtime
    const seen = callerOf(exchange)
    const info = await auth.definitions.find(exchange.parameters['name'] ?? '', seen)
    if (info === undefined) throw new CardeaError('not_found', 'There is no such collection.')
    const answer = collectionAnswer(info)
    // Settings may name what the answer hides.
    if (answer.auth === null || !(await hasPermission(exchange, 'config:read'))) return { body: answer }
    const { values: effective } = await auth.settings.find({ collection: answer.name, seen })
    return { body: { ...answer, auth: { ...answer.auth, effective } } }
  },
})

const pathOf = (basePath: string): string => `${basePath}/collections`

const listed: Omit<ListDescription<CollectionInfo>, 'path'> = {
  fields: {
    name: ({ collection }) => collection.name,
    type: ({ collection }) => collection.type,
    system: ({ system }) => system,
    created_at: ({ createdAt }) => createdAt,
    updated_at: ({ updatedAt }) => updatedAt,
  },
  key: 'name',
  searched: ({ collection }) => collection.name,
  present: collectionAnswer,
}
