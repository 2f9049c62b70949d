import { type AuthCollection, identityFields, isMapped, parsePatch } from '@cardea/collections'
import { CardeaError, eq } from '@cardea/core'
import { addIdentifier, lockPrincipal, removeIdentifier, replaceIdentifier } from '@cardea/identity'
import { identifiers, type StorageOperations } from '@cardea/storage'
import { withPresentDefinition } from '../collections/stale.js'
import type { Services } from '../services/services.js'
import { identifiersOf } from './identifiers-of.js'
import { invalidInput } from './invalid-input.js'
import { viewUser } from './user-view.js'
import { writeAccount } from './write-account.js'

/** Changes editable fields of a record, and with them the identifiers that they are. */
export async function update(
  services: Services,
  collection: AuthCollection,
  principalId: string,
  patch: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  const parsed = parsePatch(collection, patch)
  if (!parsed.valid) throw invalidInput(parsed.issues)
  const { values } = parsed
  // Before any statement, so that a value that can be no identifier is refused as input.
  identifiersOf(collection, values)
  let moved: readonly string[] = []
  const write = async (transaction: StorageOperations) => {
    // The old identifiers are taken from the record, so nobody may change both in between.
    const locked = await lockPrincipal(transaction, principalId)
    const before = locked ? await services.records.find(transaction, collection, principalId) : undefined
    if (before === undefined) throw new CardeaError('not_found', 'There is no such record.')
    moved = await moveIdentifiers(transaction, collection, principalId, before, values)
    await services.records.update(transaction, collection, principalId, values)
    return await services.records.find(transaction, collection, principalId)
  }
  const record = await withPresentDefinition(services, collection, () => writeAccount(services, write))
  if (record === undefined) throw new CardeaError('not_found', 'There is no such record.')
  const { name } = collection
  const fields = Object.keys(values)
  if (fields.length > 0) {
    services.emit({ type: 'user.updated', at: services.clock(), collection: name, principalId, fields })
  }
  for (const kind of moved) {
    services.emit({ type: 'identifier.changed', at: services.clock(), collection: name, principalId, reason: kind })
  }
  return await viewUser(services, collection, record, undefined)
}

/** @returns The kinds of identifiers that have changed. */
export async function moveIdentifiers(
  transaction: StorageOperations,
  collection: AuthCollection,
  principalId: string,
  before: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const changed: string[] = []
  // The app may have changed its table since, which says no more what the principal is found by.
  const owned = isMapped(collection)
    ? await transaction.find(identifiers, { where: eq('principal_id', principalId), limit: 'all' })
    : undefined
  for (const kind of identityFields(collection)) {
    if (!Object.hasOwn(values, kind)) continue
    const [old] =
      owned === undefined
        ? identifiersOf(collection, { [kind]: before[kind] })
        : owned.filter((identifier) => identifier.kind === kind)
    const [next] = identifiersOf(collection, { [kind]: values[kind] })
    if (old?.key === next?.key) continue
    changed.push(kind)
    if (old === undefined) {
      if (next !== undefined) await addIdentifier(transaction, { ...next, principalId })
      continue
    }
    const moved =
      next === undefined
        ? await removeIdentifier(transaction, { collection: collection.name, kind, key: old.key, principalId })
        : await replaceIdentifier(transaction, {
            collection: collection.name,
            kind,
            key: old.key,
            principalId,
            newKey: next.key,
          })
    if (!moved) throw new CardeaError('conflict', 'The record and its identifiers do not agree.')
  }
  return changed
}
