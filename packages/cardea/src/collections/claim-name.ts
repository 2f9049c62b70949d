import type { StoredDefinition } from '@cardea/collections'
import { and, CardeaError, databaseNow, eq, gt, isCardeaError, lte, ne, or } from '@cardea/core'
import { collections as collectionTable } from '@cardea/storage'
import { pause } from '../services/pause.js'
import type { Services } from '../services/services.js'
import type { CollectionRecord } from './stored-collections.js'

/** The right to make a collection, for one request. */
export interface Claim {
  readonly token: string
  /** The pending definition as it was claimed; perhaps one that an earlier request has left. */
  readonly row: CollectionRecord
}

/**
 * How long a claim holds, by the database's clock. Making a collection takes less: two seconds at most for each of the
 * locks, and the statements. Should one take longer, two may do the same work; the last step lets one of them through.
 */
const claimMilliseconds = 10_000

/** Waits between looks at a claim of somebody else: a little longer together than a claim holds. */
const waits = [50, 100, 200, 400, ...Array<number>(20).fill(500)]

/**
 * Writes a definition as `pending` and claims it, or claims what an earlier request has left of that name.
 *
 * Whoever comes second waits for the first: it answers `conflict` once the collection is there, and takes its place when
 * it is not going to be. So of any number of requests at once, one makes the collection and all others say the truth.
 *
 * @throws CardeaError `conflict`; `unavailable` when neither happens in time.
 */
export async function claimName(
  services: Services,
  definition: { readonly name: string; readonly table_name: string; readonly definition: StoredDefinition },
): Promise<Claim> {
  const { name } = definition
  const token = services.createId()
  for (const milliseconds of waits) {
    // Waiting takes no more than a look.
    const row = (await claimedByOthers(services, name)) ?? (await tryToClaim(services, definition, token))
    if (row?.claim === token) return { token, row }
    if (row !== undefined && row.state !== 'pending') {
      const message =
        row.state === 'ready'
          ? 'There is a collection of this name.'
          : 'A collection of this name was removed, and its table is still there: drop it first.'
      throw new CardeaError('conflict', message, { issues: [{ path: 'name', code: 'taken', message }] })
    }
    await pause(milliseconds)
  }
  throw new CardeaError('unavailable', `collections: another request has not finished making ${name}`, {
    retryAfterSeconds: claimMilliseconds / 1_000,
  })
}

/** The row while a claim of somebody else holds, or while there is nothing to be claimed. */
async function claimedByOthers({ storage }: Services, name: string): Promise<CollectionRecord | undefined> {
  const taken = or(ne('state', 'pending'), gt('claimed_at', databaseNow(-claimMilliseconds)))
  return await storage.findOne(collectionTable, { where: and(eq('name', name), taken) })
}

async function tryToClaim(
  services: Services,
  definition: { readonly name: string; readonly table_name: string; readonly definition: StoredDefinition },
  token: string,
): Promise<CollectionRecord | undefined> {
  const { storage, createId, clock } = services
  const now = clock()
  try {
    const row = { id: createId(), ...definition, created_at: now, updated_at: now }
    await storage.insert(collectionTable, row, { onConflict: { key: 'name', do: 'nothing' } })
  } catch (error) {
    if (!isCardeaError(error, 'unique_violation')) throw error
    const message = 'Another collection has the table that this one would have.'
    throw new CardeaError('conflict', message, {
      issues: [{ path: 'table', code: 'taken', message }],
      cause: error,
    })
  }
  const unclaimed = and(
    eq('name', definition.name),
    eq('state', 'pending'),
    lte('claimed_at', databaseNow(-claimMilliseconds)),
  )
  await storage.update(collectionTable, { where: unclaimed, set: { claim: token, claimed_at: databaseNow() } })
  return await storage.findOne(collectionTable, { where: eq('name', definition.name) })
}
