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
