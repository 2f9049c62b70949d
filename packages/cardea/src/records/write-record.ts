import { type AnyCollection, type CollectionRow, relationsOf } from '@cardea/collections'
import { type ErrorIssue, isCardeaError, oneOf } from '@cardea/core'
import type { StorageOperations } from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
import { writeAccount } from '../accounts/write-account.js'
import type { WrittenRecord } from '../api/records.js'
import type { Services } from '../services/services.js'
import type { Asker } from './asker.js'
import { tagged } from './etag.js'
import { maySee } from './rule.js'

type Values = Readonly<Record<string, unknown>>

/**
 * Runs a transaction that writes a record.
 *
 * @param values What is written.
 * @throws CardeaError `conflict` for a unique field whose value another record has; `invalid_request` for a relation to a record
 * that does not exist.
 */
export const writeRecord = async <Result>(
  services: Services,
  collection: AnyCollection,
  values: Values,
  work: (transaction: StorageOperations) => Promise<Result>,
): Promise<Result> => await refusingDangling(services, collection, values, () => writeAccount(services, work))

/** Names the relations by which a record could not be written, since what they mean does not exist. */
export async function refusingDangling<Result>(
  services: Services,
  collection: AnyCollection,
  values: unknown,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!isCardeaError(error, 'foreign_key_violation')) throw error
    // Databases do not all say which one it is.
    const issues = await findDangling(services, collection, values)
    throw issues.length === 0 ? error : invalidInput(issues)
  }
}

async function findDangling(
  { storage, collections }: Services,
  collection: AnyCollection,
  values: unknown,
): Promise<readonly ErrorIssue[]> {
  const given = new Map(Object.entries(values ?? {}))
  const issues: ErrorIssue[] = []
  for (const { field, target: name } of relationsOf(collection)) {
    const id: unknown = given.get(field)
    const target = collections.current.registry.get(name)
    if (typeof id !== 'string' || target === undefined) continue
    if ((await storage.count(collections.table(target), oneOf('id', [id]))) === 1) continue
    issues.push({ path: field, code: 'not_found', message: 'must be the id of a record' })
  }
  return issues
}

/** What whoever has written a record is shown of it: a right to write is none to see. */
export function presentWritten(
  services: Services,
  collection: AnyCollection,
  row: CollectionRow,
  asker: Asker,
): WrittenRecord<Values> {
  const id = String(row['id'])
  return maySee(collection, asker, row)
    ? { id, ...tagged(services, collection, row) }
    : { id, record: null, etag: null }
}
