import type { AuthCollection } from '@cardea/collections'
import { type ErrorCode, isCardeaError } from '@cardea/core'
import type { Services } from '../../services/services.js'

/** What is no attempt on an account: input that is wrong, or a service that is not there. */
const innocent: ReadonlySet<ErrorCode> = new Set([
  'invalid_request',
  'unknown_field',
  'weak_password',
  'reauthentication_required',
  'unavailable',
])

/** Reports that somebody did not get through with a link. Whose it was is not known where it is worth nothing. */
export async function reportingFailure<Result>(
  services: Services,
  { name }: AuthCollection,
  type: 'password.reset_failed' | 'email.verification_failed' | 'email.change_failed' | 'invitation.failed',
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isCardeaError(error) && !innocent.has(error.code)) {
      const reason: string = error.code
      services.emit({ type, at: services.clock(), collection: name, principalId: null, reason })
    }
    throw error
  }
}
