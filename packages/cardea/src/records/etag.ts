import { createHash } from 'node:crypto'
import type { AnyCollection, CollectionRow } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { ExpectedRecord, FoundRecord } from '../api/records.js'
import type { Services } from '../services/services.js'
import type { Asker } from './asker.js'
import { maySee } from './rule.js'

/** Half of a SHA-256: nobody finds two records that have the same. */
const tagBytes = 16

/**
 * A record as it is shown whole, and its strong entity tag: a digest of all that is shown, with the instant of the last change.
 * Of what is hidden nothing goes into it, so nothing of it can be found out by trying.
 *
 * @see RFC 9110 §8.8.3
 */
export function tagged(
  { records }: Services,
  collection: AnyCollection,
  row: CollectionRow,
): FoundRecord<Readonly<Record<string, unknown>>> {
  const record = records.present(collection, row) as Readonly<Record<string, unknown>>
  const digest = createHash('sha256').update(JSON.stringify(record)).digest()
  return { record, etag: `"${digest.subarray(0, tagBytes).toString('base64url')}"` }
}

/** What a change is meant for, and by whom. */
interface Expected extends ExpectedRecord {
  readonly asker: Asker
}

/**
 * Whoever may not see a record has no tag of it: one that matched would tell what the record holds.
 *
 * @throws CardeaError `precondition_failed` for a record that is not, or no longer, what a change is meant for.
 */
export function requireMatch(
  services: Services,
  collection: AnyCollection,
  row: CollectionRow,
  { ifMatch, asker }: Expected,
): void {
  if (ifMatch === undefined) return
  const expected = typeof ifMatch === 'string' ? [ifMatch] : ifMatch
  if (expected.includes('*')) return
  // A weak tag, with W/ in front, equals none (RFC 9110 §8.8.3.2).
  if (maySee(collection, asker, row) && expected.includes(tagged(services, collection, row).etag)) return
  throw new CardeaError('precondition_failed', 'The record has changed since it was read.')
}
