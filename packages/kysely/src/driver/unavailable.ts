import { CardeaError } from '@cardea/core'

/** An answer to every request takes at most this long, also when it is that there is no answer. */
export const patienceMilliseconds = 2_000

/** The error for a database that does not answer, or not now. */
export function unavailable(reason: string, cause?: unknown): CardeaError {
  return new CardeaError('unavailable', `storage: ${reason}`, {
    retryAfterSeconds: 1,
    ...(cause === undefined ? {} : { cause }),
  })
}
