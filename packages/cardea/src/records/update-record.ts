import {
  type AnyCollection,
  type AuthCollection,
  type CollectionRow,
  identityFields,
  isAuthCollection,
  type PatchValues,
  parsePatch,
} from '@cardea/collections'
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
import { type MetRule, outOfRule, requireRule } from './rule.js'
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
  const parsed = parsePatch(collection, patch, { hidden: asker.kind === 'app' })
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
  const about = { at: services.clock(), collection: collection.name, principalId: null }
  const fields = Object.keys(change.values)
  services.emit({
    type: 'record.updated',
    ...about,
    record: change.id,
    fields,
    ...askedBy(namedBy(change.asker), null),
  })
  return row
}

/** What somebody signs in by has a twin among the identifiers, and is its own or of those who have all its rights. */
async function changePrincipalRecord(
  services: Services,
  collection: AuthCollection,
  change: Change,
  known: MetRule,
): Promise<CollectionRow> {
  const { values, asker } = change
  const principalId = principalIdOf(change.id)
  const named = identityFields(collection).filter((kind) => Object.hasOwn(values, kind))
  const by = named.length === 0 ? namedBy(asker) : requireSomebody(asker)
  // Before any statement, so that a value that can be no identifier is refused as input.
  identifiersOf(collection, values)
  const { row, moved } = await writeRecord(services, collection, values, async (transaction) => {
    // Rights are looked at, and change nowhere else meanwhile.
    if (named.length > 0) await services.policy.lock(transaction)
    const acting = named.length === 0 || by === undefined ? undefined : await lookAtActor(services, transaction, by)
    const rule = acting === undefined ? known : requireRule(collection, 'update', askerWithin(acting))
    if (!(await lockPrincipal(transaction, principalId))) throw noSuchRecord()
    let identifiers: readonly string[] = []
    const changed = await changeRow(services, transaction, collection, change, rule, async (before) => {
      const isOther = named.some((kind) => before[kind] !== values[kind])
      if (acting !== undefined && isOther) {
        if (acting.by.session === undefined) requireInPerson(services, acting, principalId)
        await requireCovers(services, transaction, acting, principalId)
      }
      identifiers = await moveIdentifiers(transaction, collection, principalId, before, values)
    })
    return { row: changed, moved: identifiers }
  })
  const fields = Object.keys(values)
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
  { id, values, ifMatch }: Change,
  rule: MetRule,
  prepare?: (before: CollectionRow) => Promise<void>,
): Promise<CollectionRow> {
  if (!(await lockRow(services, transaction, collection, id, rule))) throw noSuchRecord()
  const before = await services.records.find(transaction, collection, id)
  if (before === undefined) throw noSuchRecord()
  requireMatch(services, collection, before, ifMatch)
  await prepare?.(before)
  if (Object.keys(values).length === 0) return before
  const { updated_at: changedAt } = before
  const last = typeof changedAt === 'number' ? changedAt : undefined
  await services.records.update(transaction, collection, id, values, last)
  const after = await findRow(services, transaction, collection, id, rule)
  if (after === undefined) throw outOfRule()
  return after
}
