import type { AuthCollection, CollectionRow } from '@cardea/collections'
import { claimLockNotice, countFailedAttempt } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import { answered } from '../services/pause.js'
import type { Services } from '../services/services.js'
import { sendNotice } from './notices.js'

/**
 * Wrong guesses in a row, from everywhere, after which an account takes no password from devices it does not know, until its
 * owner resets it by mail. Without mail it takes one an hour. NIST SP 800-63B-4 §3.2.2 allows no more than 100: beside these
 * there are those in sessions, 14 at most, and those that are under way.
 */
export const mostFailedAttempts = 80

/** From how many on it is looked, after each, whether there is a lock to tell of: far enough below that many at once do not pass by. */
const watchedFrom = mostFailedAttempts / 2

/** At whose account somebody has guessed wrong. */
export interface GuessedAt {
  readonly id: string
  /** As they were read before the guess. Default: unknown. */
  readonly failedAttempts?: number
}

/**
 * Counts a wrong guess among all at an account, and has its owner told if it is one too many. One statement; what else there
 * may be to do is done after the answer, so that the answer does not tell.
 */
export async function countAtAccount(
  services: Services,
  collection: AuthCollection,
  { id, failedAttempts = watchedFrom }: GuessedAt,
  context: ClientDetails,
): Promise<void> {
  await countFailedAttempt(services.storage, id)
  if (failedAttempts < watchedFrom) return
  services.later(async () => {
    // Not while the answer still waits for what is kept of it: that would be seen in its time.
    await services.context.ended()
    await answered()
    await tellOfLock(services, collection, id, context)
  })
}

/** Tells of a lock, once. */
async function tellOfLock(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  context: ClientDetails,
): Promise<void> {
  const { storage } = services
  // Where there are no passwords, wrong guesses lock nothing.
  if (!services.settings(collection).password.enabled) return
  if (!(await claimLockNotice(storage, principalId, mostFailedAttempts))) return
  services.emit({ type: 'sign_in.locked', at: services.clock(), collection: collection.name, principalId })
  if (!services.mail.enabled) return
  const record = await services.records.find(storage, collection, principalId)
  if (record === undefined || !isOwned(record)) return
  await sendNotice(services, storage, { kind: 'account_locked', collection: collection.name, record, context })
}

/** Whoever has an address that was never verified may know nothing of the account. */
const isOwned = (record: CollectionRow): boolean => record['verified'] === true
