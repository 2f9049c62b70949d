import { eq, matches, param } from '@cardea/core'
import { type FindOneQuery, principals, type RowOf, type StorageOperations, type Table } from '@cardea/storage'
import { type AnyCollection, type AuthCollection, isAuthCollection } from '../definition/collection.js'
import { hasColumn, type Mapped } from '../definition/mapped.js'
import type { CollectionRow } from './present.js'

type Principal = RowOf<typeof principals>

const byId: FindOneQuery<typeof principals> = {
  where: matches({ id: param('id'), collection: param('collection') }),
}

/** The principal of a record in a table of the app's; its id is not the record's. */
const principalOf = (
  storage: StorageOperations,
  { name }: AuthCollection,
  id: string,
): Promise<Principal | undefined> => storage.findOne(principals, byId, { id, collection: name })

/** A row of the app's table with what is known of it beside: whose it is, and whether the address is verified. */
const withPrincipal = (
  collection: AuthCollection,
  row: CollectionRow,
  { id, verified }: { readonly id: string; readonly verified: boolean | null },
): CollectionRow => ({
  ...row,
  principal_id: id,
  ...(hasColumn(collection, 'verified') ? {} : { verified: verified === true }),
})

/** Writes a row of the app's table, which may give it its id. */
async function insert(
  transaction: StorageOperations,
  collection: Mapped<AnyCollection>,
  table: Table,
  values: CollectionRow,
): Promise<CollectionRow> {
  const isAssigned = collection.mapping.id === 'integer'
  const columns = Object.fromEntries(
    Object.entries(values).filter(([member]) => hasColumn(collection, member) && !(isAssigned && member === 'id')),
  )
  let id: unknown = values['id']
  const onAssigned = (value: string): void => {
    id = value
  }
  await transaction.insert(table, columns, isAssigned ? { onAssigned } : {})
  const row = { ...columns, id }
  if (!isAuthCollection(collection)) return row
  return withPrincipal(collection, row, { id: String(values['id']), verified: values['verified'] === true })
}

/** Changes a row; what the app's table has no column for is the principal's. */
async function change(
  transaction: StorageOperations,
  collection: AuthCollection,
  table: Table,
  { principalId, set }: { readonly principalId: string; readonly set: Readonly<Record<string, unknown>> },
): Promise<boolean> {
  const principal = await principalOf(transaction, collection, principalId)
  if (principal === undefined) return false
  const { verified } = set
  if (typeof verified === 'boolean' && !hasColumn(collection, 'verified')) {
    await transaction.update(principals, { where: eq('id', principalId), set: { verified } })
  }
  const columns = Object.fromEntries(Object.entries(set).filter(([member]) => hasColumn(collection, member)))
  const where = eq('id', principal.record_key)
  if (Object.keys(columns).length === 0) return (await transaction.count(table, where)) === 1
  return (await transaction.update(table, { where, set: columns })) === 1
}

/** What it takes to read and write records in tables that the app has made. */
export const mappedRecords = () => ({ principalOf, withPrincipal, insert, change })

export type MappedRecords = typeof mappedRecords
