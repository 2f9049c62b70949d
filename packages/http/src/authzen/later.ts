import * as z from 'zod/mini'
import { authzenRoutes as contracts } from '../contract/routes/authzen.js'
import { defineRoute, type Exchange, type LoadedRoute } from '../routes/route.js'
import { evaluate, evaluateAll } from './evaluate.js'
import type { AuthzenOptions } from './options.js'
import {
  readActionSearch,
  readQuestion,
  readQuestions,
  readResourceSearch,
  readSubjectSearch,
} from './read-question.js'
import { searchActions, searchResources, searchSubjects } from './search.js'
import { AuthzenWorld, namesOf } from './world.js'

/** What stands in it is read where it is used: what is not known is ignored, and what is wrong is a 400. */
const body = z.record(z.string(), z.unknown())

/** What is behind the routes of AuthZEN. */
export function createAuthzen(options: AuthzenOptions): Readonly<Record<keyof typeof contracts, LoadedRoute>> {
  const names = namesOf(options)
  const isSearchable = [...names.resources.values()].some(({ search }) => search !== undefined)
  const worldOf = ({ runtime }: Exchange): AuthzenWorld => new AuthzenWorld(runtime.auth, names)
  return {
    evaluate: defineRoute(contracts.evaluate, {
      body,
      handle: async (exchange, input) => ({ body: await evaluate(worldOf(exchange), readQuestion(input.body)) }),
    }),
    evaluateAll: defineRoute(contracts.evaluateAll, {
      body,
      async handle(exchange, input) {
        const asked = readQuestions(input.body)
        const world = worldOf(exchange)
        if (asked.kind === 'one') return { body: await evaluate(world, asked.question) }
        return { body: { evaluations: await evaluateAll(world, asked.questions, asked.semantic) } }
      },
    }),
    searchSubjects: defineRoute(contracts.searchSubjects, {
      body,
      handle: async (exchange, input) => ({
        body: await searchSubjects(worldOf(exchange), readSubjectSearch(input.body)),
      }),
    }),
    searchResources: defineRoute(contracts.searchResources, {
      body,
      handle: async (exchange, input) => ({
        body: await searchResources(worldOf(exchange), readResourceSearch(input.body)),
      }),
    }),
    searchActions: defineRoute(contracts.searchActions, {
      body,
      handle: async (exchange, input) => ({
        body: await searchActions(worldOf(exchange), readActionSearch(input.body)),
      }),
    }),
    authzenMetadata: defineRoute(contracts.authzenMetadata, {
      handle: async ({ runtime: { config } }) => {
        const at = (path: string): string => `${config.baseUrl}${path}`
        return {
          body: {
            policy_decision_point: config.baseUrl,
            access_evaluation_endpoint: at(contracts.evaluate.path),
            access_evaluations_endpoint: at(contracts.evaluateAll.path),
            search_subject_endpoint: at(contracts.searchSubjects.path),
            ...(isSearchable ? { search_resource_endpoint: at(contracts.searchResources.path) } : {}),
            search_action_endpoint: at(contracts.searchActions.path),
          },
        }
      },
    }),
  }
}
