import type { AuthCollection, CollectionRow } from '@cardea/collections'
import { and, CardeaError, eq, oneOf } from '@cardea/core'
import { validate } from '@cardea/core/options'
import { principals } from '@cardea/storage'
import * as z from 'zod/mini'
import { invalidInput } from '../accounts/invalid-input.js'
import type { SyncOptions, SyncReport } from '../api/mapping.js'
import type { Services } from '../services/services.js'
import { issue } from '../transfer/refusal.js'
import { assertAlone } from './adopt.js'
import { runAdoption } from './adopt-all.js'
import { type Adoption, adoptBatch } from './adopt-batch.js'
import { type Candidate, isCandidate, readCandidate } from './candidate.js'
import { endMissing } from './end-missing.js'
import { type AdoptionTally, createTally } from './tally.js'

const callback = <F>() => z.optional(z.custom<F>((value) => typeof value === 'function', 'must be a function'))

const optionsSchema = z.strictObject({
  dryRun: z._default(z.boolean(), false),
  batchSize: z._default(z.int().check(z.gte(1), z.lte(1_000)), 200),
  after: z.optional(z.string()),
  onProgress: callback<NonNullable<SyncOptions['onProgress']>>(),
  onRefused: callback<NonNullable<SyncOptions['onRefused']>>(),
})

interface Run {
  readonly services: Services
  readonly collection: AuthCollection
  readonly dryRun: boolean
  readonly batchSize: number
  readonly tally: AdoptionTally
  /** Which rows a dry run would have adopted, by their addresses: nothing is written that a later one could be in the way of. */
  readonly seen: Set<string>
}

/** More than this, and a dry run tells of no more rows that share an address and have no principal. */
const mostSeen = 100_000

/** The two parts of a run, in their order, and where in it a run is. */
interface Place {
  readonly part: 'rows' | 'principals'
  readonly key: string | undefined
}

/** Brings principals in line with the app's table. */
export async function syncCollection(
  services: Services,
  collection: AuthCollection,
  input: SyncOptions = {},
): Promise<SyncReport> {
  assertAlone(services)
  const parsed = validate(optionsSchema, input)
  if (!parsed.valid) throw invalidInput(parsed.issues)
  const { dryRun, batchSize, after, onProgress, onRefused } = parsed.value
  const tally = createTally(onRefused)
  const run: Run = { services, collection, dryRun, batchSize, tally, seen: new Set() }
  let disabled = 0
  let place: Place | undefined = after === undefined ? { part: 'rows', key: undefined } : readPlace(after)
  while (place !== undefined) {
    const next: { readonly place: Place | undefined; readonly disabled: number } =
      place.part === 'rows'
        ? { place: await syncRows(run, place.key), disabled: 0 }
        : await syncPrincipals(run, place.key)
    disabled += next.disabled
    place = next.place
    if (place !== undefined) await onProgress?.({ ...tally.counts(), disabled, after: writePlace(place) })
  }
  return { ...tally.report(), disabled, dryRun }
}

const writePlace = ({ part, key }: Place): string => JSON.stringify([part, key ?? null])

function readPlace(after: string): Place {
  const place: unknown = parseJson(after)
  if (Array.isArray(place) && place.length === 2) {
    const [part, key]: readonly unknown[] = place
    if ((part === 'rows' || part === 'principals') && (key === null || typeof key === 'string')) {
      return { part, key: key ?? undefined }
    }
  }
  throw new CardeaError('invalid_request', 'The place is none that a run has come to.', {
    issues: [{ path: 'after', code: 'invalid_value', message: 'must be what onProgress was told' }],
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Adopts the next rows, and follows what has changed in them. @returns Where to go on. */
async function syncRows(run: Run, after: string | undefined): Promise<Place> {
  const { services, collection, batchSize, tally } = run
  const table = services.collections.table(collection)
  const rows: readonly CollectionRow[] = await services.storage.find(table, {
    orderBy: [{ field: 'id', direction: 'asc' }],
    ...(after === undefined ? {} : { after: [after] }),
    limit: batchSize,
  })
  const candidates: Candidate[] = []
  for (const row of rows) {
    const candidate = readCandidate(collection, table, row)
    if (isCandidate(candidate)) candidates.push(candidate)
    else tally.refuse(String(row['id']), candidate)
  }
  const adoptions = await settle(run, candidates)
  for (const [index, adoption] of adoptions.entries()) {
    const candidate = candidates[index]
    if (candidate === undefined) continue
    if (adoption.outcome === 'refused') tally.refuse(candidate.recordKey, adoption.issues)
    else if (run.dryRun && adoption.outcome === 'adopted' && isSeen(run, candidate)) {
      tally.refuse(candidate.recordKey, issue('email', 'taken', 'is another row’s'))
    } else tally.add(candidate.recordKey, adoption)
  }
  const last = rows.at(-1)
  return rows.length < batchSize || last === undefined
    ? { part: 'principals', key: undefined }
    : { part: 'rows', key: String(last['id']) }
}

async function settle(
  { services, collection, dryRun }: Run,
  candidates: readonly Candidate[],
): Promise<readonly Adoption[]> {
  if (!dryRun) return candidates.length === 0 ? [] : await runAdoption(services, collection, candidates)
  return await adoptBatch(services, services.storage, collection, candidates, { dryRun })
}

function isSeen({ seen }: Run, { identifiers }: Candidate): boolean {
  const address = identifiers.find(({ kind }) => kind === 'email')?.key ?? ''
  if (seen.has(address)) return true
  if (seen.size < mostSeen) seen.add(address)
  return false
}

/** Looks whether the rows of the next principals are still there. */
async function syncPrincipals(
  { services, collection, batchSize, dryRun }: Run,
  last: string | undefined,
): Promise<{ readonly place: Place | undefined; readonly disabled: number }> {
  const { storage, collections } = services
  const found = await storage.find(principals, {
    where: and(eq('collection', collection.name)),
    orderBy: [{ field: 'record_key', direction: 'asc' }],
    ...(last === undefined ? {} : { after: [last] }),
    limit: batchSize,
  })
  const active = found.filter(({ status }) => status === 'active')
  const keys = active.map(({ record_key: key }) => key)
  const rows: readonly CollectionRow[] =
    keys.length === 0
      ? []
      : await storage.find(collections.table(collection), { where: oneOf('id', keys), limit: 'all' })
  const there = new Set(rows.map((row) => String(row['id'])))
  let disabled = 0
  for (const { id, record_key: key } of active) {
    if (there.has(key)) continue
    if (dryRun || (await endMissing(services, collection, id))) disabled += 1
  }
  const key = found.at(-1)?.record_key
  const place = found.length < batchSize || key === undefined ? undefined : ({ part: 'principals', key } as const)
  return { place, disabled }
}
