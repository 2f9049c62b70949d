import type { AuthCollection } from '@cardea/collections'
import { normalizeEmail } from '@cardea/core'
import { countWaiting, listWaiting } from '@cardea/identity/later'
import type { Invitation } from '../../api/invitations.js'
import type { Services } from '../../services/services.js'
import { invalidInput } from '../invalid-input.js'
import { invitationOf, viewInvitations } from './invitation.js'

const defaultLimit = 100
/** One more than a page of a list has, which tells whether there are others. */
const mostInvitations = 1_001

/** Invitations that wait, and those that were over within the last hour: nobody has cleared them away yet. */
export async function listInvitations(
  services: Services,
  collection: AuthCollection,
  {
    limit = defaultLimit,
    offset = 0,
    after,
  }: {
    readonly limit?: number | undefined
    readonly offset?: number | undefined
    readonly after?: string | undefined
  },
): Promise<readonly Invitation[]> {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostInvitations) {
    throw invalidInput([{ path: 'limit', code: 'invalid_value', message: `must be 1 to ${mostInvitations}` }])
  }
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw invalidInput([{ path: 'offset', code: 'invalid_value', message: 'must be 0 or more' }])
  }
  if (after !== undefined && normalizeEmail(after) !== after) {
    throw invalidInput([{ path: 'after', code: 'invalid_format', message: 'must be an address as a list has it' }])
  }
  const part = { limit, offset, after }
  return await viewInvitations(
    services,
    await listWaiting(services.storage, invitationOf(collection), services.clock(), part),
  )
}

export const countInvitations = (services: Services, collection: AuthCollection): Promise<number> =>
  countWaiting(services.storage, invitationOf(collection))
