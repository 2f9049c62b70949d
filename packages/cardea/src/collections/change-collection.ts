import { sameDefinition, storedDefault } from '@cardea/collections/later'
import { and, CardeaError, eq, isCardeaError, isNull, oneOf } from '@cardea/core'
import { authz, collections as collectionTable, identifiers, type StorageOperations, type Table } from '@cardea/storage'
import type { Services } from '../services/services.js'
import { findSettings, settingsOf } from '../settings/stored-settings.js'
import {
  type CollectionChangePlan,
  describeChange,
  type PreparedChange,
  prepareChange,
  requireChangeable,
  requireRule,
} from './change-plan.js'
import { type ChangeClaim, claimChange, isClaimed, overtaken, releaseClaim, renewClaim } from './claim-change.js'
import type { CollectionInfo } from './collection-snapshot.js'
import { requireFitRules, requireFitting, servedNow } from './fitting.js'
import { copyRenamed, moveKinds, moveLateKinds, storedDefinition } from './rename-fields.js'
import { warnOfRules } from './review-rules.js'
import { identifiersOf, type Obstacle } from './rows-in-the-way.js'
import { newInfo } from './stored-collections.js'

/** A request waits no longer for the lock of migrations, nor for a table. */
export const lockPatienceMilliseconds = 2_000

const patience = { patienceMilliseconds: lockPatienceMilliseconds } as const

/** What was changed, and the collection as it is now. */
export interface ChangedCollection {
  readonly info: CollectionInfo
  readonly plan: CollectionChangePlan
}

/**
 * Changes a collection that was defined at run time. First its table gets all that is new, and keeps all that goes; then, in
 * one transaction, the definition and the version that tells every node; then what was dropped goes. A field that is renamed has
 * both names in between, whichever of the two is written. So whatever breaks off,
 * the table has what every node needs, and the next change, or a migration, puts the rest away.
 *
 * See `docs/decisions/015-changing-collections.md`.
 */
export async function changeCollection(services: Services, name: string, input: unknown): Promise<ChangedCollection> {
  const snapshot = await services.collections.latest()
  // What is wrong with the input is said before anything is written.
  prepareChange(services, snapshot, requireChangeable(snapshot, name), input)
  const claim = await claimChange(services, name)
  try {
    const latest = await services.collections.latest()
    const { current, ...rest } = prepareChange(services, latest, requireChangeable(latest, name), input)
    if (latest.infos.get(name)?.version !== claim.row.version) throw overtaken()
    return await carryOut(services, claim, { current, ...rest })
  } finally {
    await releaseClaim(services, claim)
  }
}

async function carryOut(services: Services, claim: ChangeClaim, prepared: PreparedChange): Promise<ChangedCollection> {
  const { storage } = services
  const { before, between, after, current } = prepared
  const plan = await describeChange(services, prepared, claim.row.version)
  if (plan.obstacles.length > 0) throw inTheWay(plan.obstacles)
  try {
    // What an earlier change could not put away would come back with the field of its name.
    await renewClaim(services, claim)
    await storage.migrate([before], { ...patience, exact: true })
    await moveLateKinds(services, current, newInfo(claim.row).formerNames)
    if (sameDefinition(current, prepared.change.collection)) return { info: newInfo(claim.row), plan }
    await renewClaim(services, claim)
    await storage.migrate([between], { ...patience, exact: true })
    await copyRenamed(storage, between, prepared.change.renamed, () => renewClaim(services, claim))
    await fillDefaults(services, claim, prepared)
  } catch (error) {
    await takeBack(services, claim, prepared)
    throw isCardeaError(error, 'configuration_invalid') || isCardeaError(error, 'unique_violation')
      ? cannotBeChanged(services, error)
      : error
  }
  const info = await switchDefinition(services, claim, prepared).catch(async (error: unknown) => {
    await takeBack(services, claim, prepared)
    throw error
  })
  services.changes.publish('configuration')
  services.emit({ type: 'collection.updated', at: services.clock(), collection: current.name, principalId: null })
  await putAway(services, claim, after, info)
  // What this node does next should know of it. Should the read fail: it is done, and every request asks again.
  await services.collections.latest().catch(() => undefined)
  await warnOfRules(services, [info.collection]).catch(() => undefined)
  return { info: services.collections.current.infos.get(current.name) ?? info, plan }
}

/** Nobody sees any more what the collection no longer has. What cannot be put away now, the next change or migration does. */
async function putAway(services: Services, claim: ChangeClaim, after: Table, info: CollectionInfo): Promise<void> {
  const { collection, formerNames } = info
  const trying = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await renewClaim(services, claim)
      await work()
    } catch (error) {
      const message = `collections: what ${collection.name} no longer has is still in its table`
      services.config.logger.warn(message, { error })
    }
  }
  await trying(() => services.storage.migrate([after], { ...patience, exact: true }))
  await trying(() => moveLateKinds(services, collection, formerNames))
}

/** A table that no definition took over is left as it was. What cannot be undone now is put away by the next change. */
async function takeBack(services: Services, claim: ChangeClaim, { before }: PreparedChange): Promise<void> {
  try {
    await renewClaim(services, claim)
    await services.storage.migrate([before], { ...patience, exact: true })
  } catch (error) {
    services.config.logger.warn('collections: a change that broke off could not be taken back', { error })
  }
}

const batch = 500

/** Gives records the default of a field that is new and required, some at a time. */
async function fillDefaults(
  services: Services,
  claim: ChangeClaim,
  { change, between }: PreparedChange,
): Promise<void> {
  for (const [name, value] of newDefaults(change)) {
    for (;;) {
      const rows: readonly Readonly<Record<string, unknown>>[] = await services.storage.find(between, {
        where: isNull(name),
        limit: batch,
      })
      if (rows.length === 0) break
      await renewClaim(services, claim)
      const ids = rows.map((row) => String(row['id']))
      await services.storage.update(between, { where: oneOf('id', ids), set: { [name]: value } })
    }
  }
}

const newDefaults = ({ added, collection }: PreparedChange['change']) =>
  added.flatMap((name) => {
    const field = collection.fields[name]
    const value = field === undefined || field.optional === true ? undefined : storedDefault(field)
    return value === undefined ? [] : [[name, value] as const]
  })

/** The definition, identifiers that go with it, and the new version: all of it, or nothing. */
async function switchDefinition(
  services: Services,
  claim: ChangeClaim,
  { current, change, between }: PreparedChange,
): Promise<CollectionInfo> {
  const { storage, clock } = services
  const { collection } = change
  const set = { definition: storedDefinition(collection, change.renamed, claim.row), updated_at: clock() }
  await storage.transaction(async (transaction) => {
    // Holds the row from here on, so that no two changes fit with what was and not with each other.
    await transaction.update(authz, { where: eq('id', 'authz'), increment: { config_version: 1 } })
    const others = (await servedNow(services, transaction)).filter(({ name }) => name !== current.name)
    requireFitting(services, [...others, collection], change.placeOf)
    requireFitRules(collection, [...others, collection])
    requireRule(collection, settingsOf(await findSettings(transaction), services.config.logger))
    const switched = await transaction.update(collectionTable, {
      where: isClaimed(claim),
      set,
      increment: { version: 1 },
    })
    if (switched !== 1) throw overtaken()
    const before = identifiersOf(current)
    const after = identifiersOf(collection)
    const moved = change.renamed.filter(({ from, to }) => before.includes(from) && after.includes(to))
    await moveKinds(transaction, current.name, moved)
    // Not the moved ones: what a request writes under the former name in this moment is moved when the column has gone.
    const left = before.filter((name) => !moved.some(({ from }) => from === name))
    await removeIdentifiers(transaction, current.name, left, after)
    for (const [name, value] of newDefaults(change)) {
      // Those that came in since the others were filled.
      await transaction.update(between, { where: isNull(name), set: { [name]: value } })
    }
  })
  return newInfo({ ...claim.row, ...set, version: claim.row.version + 1 })
}

/** Nobody signs in any more by what is no identifier; its values are free again. */
async function removeIdentifiers(
  transaction: StorageOperations,
  collection: string,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  const gone = before.filter((name) => !after.includes(name))
  if (gone.length === 0) return
  await transaction.delete(identifiers, and(eq('collection', collection), oneOf('kind', gone)))
}

function inTheWay(obstacles: readonly Obstacle[]): CardeaError {
  const issues = obstacles.map(({ path, message }) => ({ path, code: 'rows_in_the_way', message }))
  return new CardeaError('conflict', 'Records are in the way of this change.', { issues })
}

/** What the server says names things of the database that are nobody's business but the operator's. */
export function cannotBeChanged({ config }: Services, error: CardeaError): CardeaError {
  const isQuoted = error.cause !== undefined
  if (isQuoted) config.logger.warn('collections: the database refused to change a table', { error })
  const reason = isQuoted
    ? 'something in the database is in the way. The log says more.'
    : error.message.replace(/^migrate: /, '')
  return new CardeaError('conflict', `The table cannot be changed: ${reason}`, { cause: error })
}
