import { CardeaError, eq, param } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import type { FindOneQuery, StorageOperations, Table } from '@cardea/storage'
import { type AnyCollection, type AuthCollection, isAuthCollection } from '../definition/collection.js'
import { hasColumn, isMapped } from '../definition/mapped.js'
import { isStorableText } from '../value/text.js'
import type { MappedRecords } from './mapped-records.js'
import type { NewValues, PatchValues } from './parse.js'
import { type CollectionRow, presentRecord } from './present.js'
import type { RecordOf } from './record.js'

/** A new record, by the type of its collection. */
export interface NewRecord {
  readonly auth: {
    /** The id of its principal, whose row exists. */
    readonly id: string
    /** The address as it is shown. */
    readonly email: string
    readonly verified: boolean
    readonly values: NewValues
    /** In milliseconds since 1970. Default now. */
    readonly createdAt?: number
  }
  readonly base: { readonly id: string; readonly values: NewValues }
}

export interface RecordsDeps {
  readonly clock: Clock
  /** The table of a collection, always the same object: reads are prepared once for each. */
  readonly tables: (collection: AnyCollection) => Table
  /** Loads `mappedRecords` of `@cardea/collections/later`, for collections over tables of the app's. */
  readonly loadMapped?: () => Promise<{ readonly mappedRecords: MappedRecords }>
  /** Told of a principal whose record in a table of the app's is gone. */
  readonly onMissing?: (collection: AuthCollection, principalId: string) => void
}

/**
 * Reads and writes records, one by one. Asks nobody for permission.
 *
 * Records of principals are found by the principal's id. In a table of the app's that is not the record's: there the row has
 * the principal's as `principal_id`, and as `verified` what is known beside the table where that says nothing.
 */
export interface Records {
  /**
   * Writes a record.
   *
   * @returns Its row.
   * @throws CardeaError `unique_violation`, whose `constraint.key` is the name of the field, `foreign_key_violation` for
   * a relation to a record that does not exist, `transaction_conflict`, `unavailable`.
   */
  insert<C extends AnyCollection>(
    transaction: StorageOperations,
    collection: C,
    record: NewRecord[C['type']],
  ): Promise<CollectionRow>

  /** Reads a record by one prepared statement. */
  find(storage: StorageOperations, collection: AnyCollection, id: string): Promise<CollectionRow | undefined>

  /**
   * Changes fields of a record. Values of identity fields have a twin in `cardea_identifiers`, which the caller changes in
   * the same transaction.
   *
   * @param after When it was changed last, in milliseconds since 1970: the change is later, whatever the clock says.
   * @returns Whether there is such a record.
   * @throws CardeaError as {@link Records.insert}.
   */
  update(
    transaction: StorageOperations,
    collection: AnyCollection,
    id: string,
    values: PatchValues,
    after?: number,
  ): Promise<boolean>

  /**
   * Changes what a plain update never does: the e-mail address, as it is shown, and whether it is verified.
   *
   * @returns Whether there is such a record.
   */
  updateAccount(
    transaction: StorageOperations,
    collection: AuthCollection,
    id: string,
    account: { readonly email?: string; readonly verified?: boolean },
  ): Promise<boolean>

  /** A row as the API shows it. */
  present<C extends AnyCollection>(collection: C, row: CollectionRow): RecordOf<C>
}

const noMapped = (): Promise<never> =>
  Promise.reject(new CardeaError('configuration_invalid', 'createRecords: a mapped collection needs loadMapped'))

/** Builds the service that reads and writes records. */
export function createRecords({ clock, tables, loadMapped = noMapped, onMissing }: RecordsDeps): Records {
  const queries = new WeakMap<Table, FindOneQuery<Table>>()
  const queryOf = (table: Table): FindOneQuery<Table> => {
    let query = queries.get(table)
    if (query === undefined) {
      query = Object.freeze({ where: eq('id', param('id')) })
      queries.set(table, query)
    }
    return query
  }
  const change = async (
    transaction: StorageOperations,
    collection: AnyCollection,
    id: string,
    set: Readonly<Record<string, unknown>>,
    after = -1,
  ): Promise<boolean> => {
    if (!isStorableText(id)) return false
    const table = tables(collection)
    const changed = {
      ...set,
      ...(hasColumn(collection, 'updated_at') ? { updated_at: Math.max(clock(), after + 1) } : {}),
    }
    if (isMapped(collection) && isAuthCollection(collection)) {
      return await (await loadMapped()).mappedRecords().change(transaction, collection, table, {
        principalId: id,
        set: changed,
      })
    }
    const where = eq('id', id)
    if (Object.keys(changed).length === 0) return (await transaction.count(table, where)) === 1
    return (await transaction.update(table, { where, set: changed })) === 1
  }
  return Object.freeze<Records>({
    insert: async (transaction, collection, record) => {
      assertFields(collection, record.values)
      const now = clock()
      const createdAt = 'email' in record ? (record.createdAt ?? now) : now
      const row = { ...record.values, ...systemColumns(record), created_at: createdAt, updated_at: now }
      if (isMapped(collection))
        return await (await loadMapped()).mappedRecords().insert(transaction, collection, tables(collection), row)
      await transaction.insert(tables(collection), row)
      return row
    },
    find: async (storage, collection, id) => {
      if (!isStorableText(id)) return undefined
      const table = tables(collection)
      if (!isMapped(collection) || !isAuthCollection(collection)) return storage.findOne(table, queryOf(table), { id })
      const mappedRecords = (await loadMapped()).mappedRecords()
      const principal = await mappedRecords.principalOf(storage, collection, id)
      if (principal === undefined) return undefined
      const row = await storage.findOne(table, queryOf(table), { id: principal.record_key })
      if (row !== undefined) return mappedRecords.withPrincipal(collection, row, principal)
      if (principal.status === 'active') onMissing?.(collection, id)
      return undefined
    },
    update: async (transaction, collection, id, values, after) => {
      assertFields(collection, values)
      return change(transaction, collection, id, values, after)
    },
    updateAccount: (transaction, collection, id, { email, verified }) =>
      change(transaction, collection, id, {
        ...(email === undefined ? {} : { email }),
        ...(verified === undefined ? {} : { verified }),
      }),
    present: presentRecord,
  })
}

function systemColumns(record: NewRecord['auth'] | NewRecord['base']): Readonly<Record<string, unknown>> {
  return 'email' in record ? { id: record.id, email: record.email, verified: record.verified } : { id: record.id }
}

/**
 * The type of checked values keeps request bodies out; this does it for what a cast lets through. Columns that are no
 * fields, such as `verified`, cannot be reached.
 */
function assertFields(collection: AnyCollection, values: NewValues | PatchValues): void {
  if (Object.keys(values).every((name) => Object.hasOwn(collection.fields, name))) return
  throw new CardeaError(
    'internal_error',
    'records: values must come from parseNew or parsePatch of the same collection',
  )
}
