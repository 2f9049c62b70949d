import { CardeaError, isCardeaError } from '@cardea/core'
import { type FailureReader, toCardeaError } from '../dialect/failure.js'
import type { SchemaTools } from '../storage/schema-tools.js'

/** Knows more of an error than its message says; undefined where it does not. */
export type Explain = (thrown: unknown) => string | undefined

/**
 * The same tools, whose errors for a database that cannot be opened say why: nothing but `cause` did, and whoever starts an
 * app with a wrong port reads the message. Here and not where all errors are made, since this loads with the first look at
 * the schema, and since what a request meets is for no reader of messages.
 *
 * What drivers say then names addresses, users and databases, never a password or a URL.
 */
export function tellingWhy(tools: SchemaTools, failures: FailureReader, explain?: Explain): SchemaTools {
  const telling = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      throw withReason(error, failures, explain)
    }
  }
  return {
    migrate: (tables, options) => telling(() => tools.migrate(tables, options)),
    verify: (tables) => telling(() => tools.verify(tables)),
    examine: () => telling(() => tools.examine()),
  }
}

function withReason(thrown: unknown, failures: FailureReader, explain: Explain | undefined): unknown {
  // What has no cause is ours, and says already what was waited for.
  const known = isCardeaError(thrown) ? thrown.cause : thrown
  if (failures.failureOf(known).kind !== 'unavailable') return thrown
  const { code, message, cause, retryAfterSeconds } = toCardeaError(failures, thrown)
  const reason = explain?.(known) ?? reasonOf(cause)
  if (code !== 'unavailable' || reason === '') return thrown
  return new CardeaError(code, `${message}: ${reason}`, {
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}

/** A host with several addresses fails with one error for each, and no message of its own. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(reasonOf).join(', ')
  return cause.message
}
