import { isCardeaError } from '@cardea/core'
import type { Logger } from 'cardea'
import type { Problem } from './problem.js'

/**
 * Logs a problem that is the server's own, so that its `request_id` leads to the cause. What a client did wrong is not
 * logged here: it is no fault, and its text would be the client's choice.
 */
export function reportProblem(logger: Logger, problem: Problem, error: unknown, method: string): void {
  if (problem.status < 500) return
  try {
    if (isCardeaError(error, 'unavailable') && error.cause === undefined) {
      // Nothing is broken: there is more to do than can be done. Many of these come at once, so each is a line and no more.
      const { request_id, code } = problem
      logger.warn('A request was put off', { request_id, method, code, reason: error.message })
      return
    }
    logger.error('A request failed', {
      request_id: problem.request_id,
      method,
      status: problem.status,
      code: isCardeaError(error) ? error.code : problem.code,
      // Something other than an error that was thrown could be a value of the request.
      error: error instanceof Error || isCardeaError(error) ? error : `a thrown ${typeof error}`,
    })
  } catch {
    // A logger that fails must not take the answer with it.
  }
}
