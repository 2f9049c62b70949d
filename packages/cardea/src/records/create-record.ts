import {
  type AnyCollection,
  type AuthCollection,
  type CollectionRow,
  isAuthCollection,
  isMapped,
  parseNew,
} from '@cardea/collections'
import type { StorageOperations } from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
import { askedBy } from '../administration/asked-by.js'
import type { RecordsAskedBy, WrittenRecord } from '../api/records.js'
import type { Services } from '../services/services.js'
import { createMember } from '../users/create-user.js'
import { type Asker, askerWithin, findWriter, namedBy, requireSomebody } from './asker.js'
import { findRow } from './find-row.js'
import { all, type MetRule, meets, outOfRule, requireCreateRule } from './rule.js'
import { presentWritten, refusingDangling, writeRecord } from './write-record.js'

type Written = WrittenRecord<Readonly<Record<string, unknown>>>

export async function createRecord(
  services: Services,
  collection: AnyCollection,
  input: unknown,
  { by }: RecordsAskedBy = {},
): Promise<Written> {
  const asker = await findWriter(services, by)
  return isAuthCollection(collection)
    ? await createPrincipalRecord(services, collection, input, asker)
    : await createPlainRecord(services, collection, input, asker)
}

async function createPlainRecord(
  services: Services,
  collection: AnyCollection,
  input: unknown,
  asker: Asker,
): Promise<Written> {
  const rule = requireCreateRule(collection, asker)
  const parsed = parseNew(collection, input, { byApp: asker.kind === 'app', fill: fillOf(rule) })
  if (!parsed.valid) throw invalidInput(parsed.issues)
  const { values } = parsed
  const id = services.createId()
  if (!meets(rule, { ...values, id })) throw outOfRule()
  const row = await writeRecord(services, collection, values, async (transaction) => {
    const written = await services.records.insert(transaction, collection, { id, values })
    return await asKept(services, transaction, collection, written)
  })
  const about = { at: services.clock(), collection: collection.name, principalId: null }
  services.emit({ type: 'record.created', ...about, record: String(row['id']), ...askedBy(namedBy(asker), null) })
  return presentWritten(services, collection, row, asker)
}

/** Whoever makes a principal is asked for what it may once more, while nobody's rights change. */
async function createPrincipalRecord(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  asker: Asker,
): Promise<Written> {
  const by = requireSomebody(asker)
  const rule = requireCreateRule(collection, asker)
  const { record } = await refusingDangling(services, collection, input, () =>
    createMember(services, collection, input, {
      by,
      byApp: by === undefined,
      fill: fillOf(rule),
      requireRight: (acting, values) => {
        if (!meets(requireCreateRule(collection, askerWithin(acting)), values)) throw outOfRule()
      },
    }),
  )
  return presentWritten(services, collection, await asKept(services, services.storage, collection, record), asker)
}

/** A new record as it is read from now on: a table of the app's may keep instants and numbers less precisely. */
async function asKept(
  services: Services,
  operations: StorageOperations,
  collection: AnyCollection,
  written: CollectionRow,
): Promise<CollectionRow> {
  if (!isMapped(collection)) return written
  return (await findRow(services, operations, collection, String(written['id']), all)) ?? written
}

const fillOf = (rule: MetRule): Readonly<Record<string, string>> | undefined =>
  rule.kind === 'some' ? rule.fill : undefined
