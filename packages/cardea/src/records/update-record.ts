import {
  type AnyCollection,
  type AuthCollection,
  type CollectionRow,
  hasColumn,
  identityFields,
  isAuthCollection,
  isMapped,
  type PatchValues,
  parsePatch,
} from '@cardea/collections'
import { eq } from '@cardea/core'
import { lockPrincipal } from '@cardea/identity'
import type { StorageOperations } from '@cardea/storage'
import { identifiersOf } from '../accounts/identifiers-of.js'
import { invalidInput } from '../accounts/invalid-input.js'
import { moveIdentifiers } from '../accounts/update.js'
import { askedBy } from '../administration/asked-by.js'
import type { RecordChangeOptions, WrittenRecord } from '../api/records.js'
import type { Services } from '../services/services.js'
import { lookAtActor, requireCovers, requireInPerson } from '../users/actor.js'
import { type Asker, askerWithin, findWriter, namedBy, requireSomebody } from './asker.js'
import { requireMatch } from './etag.js'
import { findRow, lockRow } from './find-row.js'
import { noSuchRecord, principalIdOf, recordIdIn } from './record-id.js'
import { all, type MetRule, outOfRule, requireRule } from './rule.js'
import { presentWritten, writeRecord } from './write-record.js'

/** A change that is to be made. */
interface Change {
  readonly id: string
  readonly values: PatchValues
  readonly ifMatch: RecordChangeOptions['ifMatch']
  readonly asker: Asker
}

export async function updateRecord(
  services: Services,
  collection: AnyCollection,
  id: string,
  patch: unknown,
  { by, ifMatch }: RecordChangeOptions = {},
): Promise<WrittenRecord<Readonly<Record<string, unknown>>>> {
  const asker = await findWriter(services, by)
  const rule = requireRule(collection, 'update', asker)
  const parsed = parsePatch(collection, patch, { byApp: asker.kind === 'app' })
  if (!parsed.valid) throw invalidInput(parsed.issues)
  const change = { id: recordIdIn(collection, id), values: parsed.values, ifMatch, asker }
  const row = isAuthCollection(collection)
    ? await changePrincipalRecord(services, collection, change, rule)
    : await changePlainRecord(services, collection, change, rule)
  return presentWritten(services, collection, row, asker)
}

async function changePlainRecord(
  services: Services,
  collection: AnyCollection,
  change: Change,
  rule: MetRule,
): Promise<CollectionRow> {
  const row = await writeRecord(services, collection, change.values, (transaction) =>
    changeRow(services, transaction, collection, change, rule),
  )
  tellOf(services, collection, change)
  return row
}

function tellOf(services: Services, collection: AnyCollection, { id, values, asker }: Change): void {
  const about = { at: services.clock(), collection: collection.name, principalId: null }
  const fields = Object.keys(values)
  services.emit({ type: 'record.updated', ...about, record: id, fields, ...askedBy(namedBy(asker), null) })
}

/** What somebody signs in by has a twin among the identifiers, and is its own or of those who have all its rights. */
async function changePrincipalRecord(
  services: Services,
  collection: AuthCollection,
  change: Change,
  known: MetRule,
): Promise<CollectionRow> {
  const { values, asker } = change
  const named = identityFields(collection).filter((kind) => Object.hasOwn(values, kind))
  const by = named.length === 0 ? namedBy(asker) : requireSomebody(asker)
  // Before any statement, so that a value that can be no identifier is refused as input.
  identifiersOf(collection, values)
  const { row, moved, principalId } = await writeRecord(services, collection, values, async (transaction) => {
    // Rights are looked at, and change nowhere else meanwhile.
    if (named.length > 0) await services.policy.lock(transaction)
    const acting = named.length === 0 || by === undefined ? undefined : await lookAtActor(services, transaction, by)
    const rule = acting === undefined ? known : requireRule(collection, 'update', askerWithin(acting))
    const owner = await principalIdOf(transaction, collection, change.id)
    if (owner !== undefined && !(await lockPrincipal(transaction, owner))) throw noSuchRecord()
    let identifiers: readonly string[] = []
    const changed = await changeRow(services, transaction, collection, change, rule, async (before) => {
      // Nobody signs in by what a row says that has no principal yet.
      if (owner === undefined) return
      const isOther = named.some((kind) => before[kind] !== values[kind])
      if (acting !== undefined && isOther) {
        if (acting.by.session === undefined) requireInPerson(services, acting, owner)
        await requireCovers(services, transaction, acting, owner)
      }
      identifiers = await moveIdentifiers(transaction, collection, owner, before, values)
    })
    return { row: changed, moved: identifiers, principalId: owner }
  })
  const fields = Object.keys(values)
  if (principalId === undefined) {
    tellOf(services, collection, change)
    return row
  }
  const about = { at: services.clock(), collection: collection.name, principalId, ...askedBy(by, principalId) }
  if (fields.length > 0) services.emit({ type: 'user.updated', ...about, fields })
  for (const kind of moved) services.emit({ type: 'identifier.changed', ...about, reason: kind })
  return row
}

/**
 * Changes a record that meets a rule, and does so afterwards as well: nobody gives one away that it could not change then.
 *
 * @param prepare Told of the record as it was, while nobody else can change it.
 */
async function changeRow(
  services: Services,
  transaction: StorageOperations,
  collection: AnyCollection,
  { id, values, ifMatch, asker }: Change,
  rule: MetRule,
  prepare?: (before: CollectionRow) => Promise<void>,
): Promise<CollectionRow> {
  if (!(await lockRow(services, transaction, collection, id, rule))) throw noSuchRecord()
  const before = await findRow(services, transaction, collection, id, all)
  if (before === undefined) throw noSuchRecord()
  requireMatch(services, collection, before, { ifMatch, asker })
  await prepare?.(before)
  if (Object.keys(values).length === 0) return before
  const { updated_at: changedAt } = before
  const last = typeof changedAt === 'number' ? changedAt : undefined
  await writeValues(services, transaction, collection, { id, values, last })
  const after = await findRow(services, transaction, collection, id, rule)
  if (after === undefined) throw outOfRule()
  return after
}

/** A row of the app's table is written by its own id, whether there is a principal of it or not. */
async function writeValues(
  { records, collections, clock }: Services,
  transaction: StorageOperations,
  collection: AnyCollection,
  { id, values, last = -1 }: { readonly id: string; readonly values: PatchValues; readonly last: number | undefined },
): Promise<void> {
  if (!isMapped(collection) || !isAuthCollection(collection)) {
    await records.update(transaction, collection, id, values, last)
    return
  }
  const changedAt = hasColumn(collection, 'updated_at') ? { updated_at: Math.max(clock(), last + 1) } : {}
  await transaction.update(collections.table(collection), { where: eq('id', id), set: { ...values, ...changedAt } })
}
