import { type AuthCollection, type CollectionRow, isMapped } from '@cardea/collections'
import { normalizeEmail } from '@cardea/core'
import { type Budget, findByIdentifier, type IdentifiedPrincipal, type ThrottleKey } from '@cardea/identity'
import { adoptByAddress } from '../../mapped/adopt-by-address.js'
import type { Services } from '../../services/services.js'
import { invalidInput } from '../invalid-input.js'

/**
 * The key of an address that somebody typed.
 *
 * @throws CardeaError `invalid_request` for what can be nobody's, whoever has an account.
 */
export function addressOf(email: unknown, path = 'email'): string {
  const key = normalizeEmail(email)
  if (key !== undefined) return key
  throw invalidInput([{ path, code: 'invalid_format', message: 'must be a valid e-mail address' }])
}

/** What is sent to one address for one purpose: as many as somebody needs who does not find the first. */
const hourly: Budget = { limit: 3, periodSeconds: 3_600 }

/** Whether one more mail may go to an address. One that is refused is left out in silence: the answer is the same. */
export async function maySend(
  services: Services,
  purpose: string,
  collection: AuthCollection,
  address: string,
  budget: Budget = hourly,
): Promise<boolean> {
  const key: ThrottleKey = ['mail', purpose, collection.name, address]
  return await services.throttle.take(services.storage, key, budget)
}

/** An account and its record, as a mail about it needs them. */
export interface AddressedAccount extends IdentifiedPrincipal {
  readonly record: CollectionRow
}

/**
 * Finds the active account of an address, whose mail goes to the address that is stored. A row of the app's table that has it gets
 * its principal here: whoever gets the mail can prove to be its owner.
 */
export async function findAccount(
  services: Services,
  collection: AuthCollection,
  address: string,
): Promise<AddressedAccount | undefined> {
  const { storage } = services
  const identifier = { collection: collection.name, kind: 'email', key: address } as const
  const known = await findByIdentifier(storage, identifier)
  const adopted = known === undefined && isMapped(collection) && (await adoptByAddress(services, collection, address))
  const found = adopted ? await findByIdentifier(storage, identifier) : known
  if (found === undefined || !found.principal.active) return undefined
  const record = await services.records.find(storage, collection, found.principal.id)
  return record === undefined ? undefined : { ...found, record }
}
