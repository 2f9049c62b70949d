import { type CardeaError, isCardeaError } from '@cardea/core'
import type { AnyCollection, Cardea } from 'cardea'
import { problemAnswer, toResponse } from '../answers/answer.js'
import type { RequestHead } from '../credentials/headers.js'
import { isOfApp } from '../guard/app-code.js'
import { authenticationError } from '../guard/authenticate.js'
import { sayHint } from '../hints/say-hint.js'
import { notFoundError } from '../problem/errors.js'
import { requestNameOf } from '../problem/request-names.js'
import { createRequestIds } from './request-id.js'

/** Renders errors outside Cardea's own routes in the same form. */
export interface ErrorResponder {
  /** The problem for anything that was thrown. What is not a CardeaError is logged and says nothing of its cause. */
  problem(error: unknown, request: RequestHead): Response
  /**
   * The problem for what a guard has thrown. Undefined for what is the app's to answer: errors of its own loaders, whatever they
   * are, and everything that is no CardeaError.
   */
  refusal(error: unknown, request: RequestHead): Response | undefined
  /** The problem for a path that nobody serves. */
  notFound(request: RequestHead): Response
  /**
   * The error for a handler that asks who is there, while no guard has looked: `unauthenticated`, as for anybody. That this is a
   * mistake of the app's is said in the log, once for each instance.
   */
  unguarded(): CardeaError
}

export function createErrorResponder<
  Users extends AnyCollection,
  Others extends AnyCollection,
  Permission extends string,
>(auth: Cardea<Users, Others, Permission>): ErrorResponder {
  const { config } = auth
  const identify = createRequestIds(config.clock)
  const problem = (error: unknown, { headers, method }: RequestHead): Response => {
    const requestId = requestNameOf(error) ?? identify(headers)
    return toResponse(problemAnswer(error, { requestId, method, logger: config.logger }), { requestId, method })
  }
  return {
    problem,
    refusal: (error, request) => (isCardeaError(error) && !isOfApp(error) ? problem(error, request) : undefined),
    notFound: (request) => problem(notFoundError(), request),
    unguarded: () => {
      const error = authenticationError('unauthenticated')
      sayHint(auth, 'unguarded', error)
      return error
    },
  }
}
