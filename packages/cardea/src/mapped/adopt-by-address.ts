import { type AuthCollection, isMapped } from '@cardea/collections'
import type { Services } from '../services/services.js'
import { runAdoption } from './adopt-all.js'
import { isCandidate, readCandidate } from './candidate.js'
import { findRowsByAddress } from './find-row.js'

/**
 * Gives a row of the app's table its principal, when somebody signs in for the first time who is about to prove the address. It
 * has no password and no second factor then, and nothing was proved yet. A principal whose row has got another address meanwhile
 * follows it, and loses both.
 *
 * @returns Whether there is one now. Where several rows have the address, none is adopted.
 */
export async function adoptByAddress(
  services: Services,
  collection: AuthCollection,
  address: string,
): Promise<boolean> {
  if (!isMapped(collection)) return false
  const rows = await findRowsByAddress(services, services.storage, collection, address)
  const [row] = rows
  if (row === undefined || rows.length > 1) return false
  const candidate = readCandidate(collection, services.collections.table(collection), row)
  if (!isCandidate(candidate)) return false
  const [adoption] = await runAdoption(services, collection, [candidate], { provesNothing: true })
  return adoption !== undefined && adoption.outcome !== 'refused'
}
