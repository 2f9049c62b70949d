import { and, CardeaError, type Condition, databaseNow, eq, lte } from '@cardea/core'
import { collections as collectionTable } from '@cardea/storage'
import type { Services } from '../services/services.js'
import { type CollectionRecord, collectionOf } from './stored-collections.js'

/** The right to change a collection that is served, for one request. */
export interface ChangeClaim {
  readonly token: string
  readonly row: CollectionRecord
}

/** How long a claim holds, by the database's clock, since it was last renewed. */
const claimMilliseconds = 10_000

/**
 * Claims a collection that is served. A claim whose request died runs out.
 *
 * @throws CardeaError `conflict` while another request has it, `not_found`.
 */
export async function claimChange({ storage, createId }: Services, name: string): Promise<ChangeClaim> {
  const token = createId()
  const unclaimed = and(eq('name', name), eq('state', 'ready'), lte('claimed_at', databaseNow(-claimMilliseconds)))
  const set = { claim: token, claimed_at: databaseNow() }
  const claimed = await storage.update(collectionTable, { where: unclaimed, set })
  const row = await storage.findOne(collectionTable, { where: eq('name', name) })
  if (row?.state !== 'ready') throw new CardeaError('not_found', 'There is no such collection.')
  if (claimed !== 1 || row.claim !== token) {
    throw new CardeaError('conflict', 'Another request is just changing this collection: look, and send it again.')
  }
  // One that cannot be understood is served by nobody; it is not to be changed either.
  collectionOf(row)
  return { token, row }
}

/** Matches as long as nobody has taken over. */
export const isClaimed = ({ token, row }: ChangeClaim): Condition =>
  and(eq('id', row.id), eq('claim', token), eq('state', 'ready'), eq('version', row.version))

/**
 * Lets the claim hold on, before whatever takes time.
 *
 * @throws CardeaError `conflict` once somebody else has taken over.
 */
export async function renewClaim({ storage }: Services, claim: ChangeClaim): Promise<void> {
  const where = and(eq('id', claim.row.id), eq('claim', claim.token))
  if ((await storage.update(collectionTable, { where, set: { claimed_at: databaseNow() } })) !== 1) throw overtaken()
}

/** Lets others change it at once. Should that fail, the claim runs out by itself. */
export async function releaseClaim({ storage, config }: Services, claim: ChangeClaim): Promise<void> {
  try {
    const where = and(eq('id', claim.row.id), eq('claim', claim.token))
    await storage.update(collectionTable, { where, set: { claim: '', claimed_at: 0 } })
  } catch (error) {
    config.logger.warn('collections: a claim could not be put away', { error })
  }
}

export const overtaken = (): CardeaError =>
  new CardeaError('conflict', 'Another request has changed this collection meanwhile: look, and send it again.')
