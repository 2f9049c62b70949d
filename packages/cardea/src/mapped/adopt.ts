import type { AuthCollection, CollectionRow } from '@cardea/collections'
import { CardeaError, isCardeaError, normalizeEmail, oneOf } from '@cardea/core'
import type { AdoptedRow, AdoptionReport } from '../api/mapping.js'
import type { Services } from '../services/services.js'
import { type Issues, issue } from '../transfer/refusal.js'
import { runAdoption } from './adopt-all.js'
import { type Candidate, isCandidate, readCandidate } from './candidate.js'
import { type AdoptionTally, createTally } from './tally.js'

const batchSize = 100

/** Gives rows of the app's table principals. */
export async function adoptRows(
  services: Services,
  collection: AuthCollection,
  rows: Iterable<AdoptedRow> | AsyncIterable<AdoptedRow>,
): Promise<AdoptionReport> {
  assertAlone(services)
  const tally = createTally()
  let batch: AdoptedRow[] = []
  const flush = async (): Promise<void> => {
    await adoptSome(services, collection, batch, tally)
    batch = []
  }
  for await (const row of rows) {
    batch.push(row)
    if (batch.length === batchSize) await flush()
  }
  await flush()
  return tally.report()
}

/** @throws CardeaError `invalid_request` inside a transaction of the app. */
export function assertAlone({ inTransaction }: Services): void {
  if (inTransaction !== true) return
  throw new CardeaError('invalid_request', 'Rows are adopted in transactions of their own: not as part of another one.')
}

async function adoptSome(
  services: Services,
  collection: AuthCollection,
  rows: readonly AdoptedRow[],
  tally: AdoptionTally,
): Promise<void> {
  const byId = new Map<string, AdoptedRow>()
  for (const row of rows) byId.set(idOf(row), row)
  if (byId.size === 0) return
  const table = services.collections.table(collection)
  const where = oneOf('id', [...byId.keys()])
  const found: readonly CollectionRow[] = await services.storage.find(table, { where, limit: 'all' })
  const stored = new Map(found.map((row) => [String(row['id']), row]))
  const candidates: Candidate[] = []
  for (const [id, given] of byId) {
    const row = stored.get(id)
    const candidate =
      row === undefined ? issue('id', 'not_found', 'is no row’s') : await prepare(services, given, row, collection)
    if (isCandidate(candidate)) candidates.push(candidate)
    else tally.refuse(id, candidate)
  }
  if (candidates.length === 0) return
  const adoptions = await runAdoption(services, collection, candidates)
  for (const [index, adoption] of adoptions.entries()) {
    const id = candidates[index]?.recordKey ?? ''
    if (adoption.outcome === 'refused') tally.refuse(id, adoption.issues)
    else tally.add(id, adoption)
  }
}

/** @throws CardeaError `invalid_request` for what is no row at all. */
function idOf(row: unknown): string {
  const id: unknown = typeof row === 'object' && row !== null && 'id' in row ? row.id : undefined
  if (typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id))) return String(id)
  throw new CardeaError('invalid_request', 'Each row needs its id, a text or a whole number.')
}

async function prepare(
  services: Services,
  given: AdoptedRow,
  row: CollectionRow,
  collection: AuthCollection,
): Promise<Candidate | Issues> {
  const candidate = readCandidate(collection, services.collections.table(collection), row)
  if (!isCandidate(candidate)) return candidate
  const { email, passwordHash, verified = false } = given
  if (email !== undefined && normalizeEmail(email) !== normalizeEmail(row['email'])) {
    return issue('email', 'conflict', 'is not that of the row')
  }
  if (passwordHash === undefined) return { ...candidate, verified }
  try {
    const { hash } = await services.passwords.prepareImported(passwordHash, 'passwordHash')
    return { ...candidate, verified, hash }
  } catch (error) {
    if (isCardeaError(error, 'invalid_request') && error.issues !== undefined) return error.issues
    throw error
  }
}
