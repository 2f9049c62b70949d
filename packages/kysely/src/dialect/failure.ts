import { CardeaError, isCardeaError } from '@cardea/core'
import { physicalName, type Table } from '@cardea/storage'
import { unavailable } from '../driver/unavailable.js'
import { type IndexNames, type Names, primaryKeyNames, uniqueIndexNames } from './names.js'

/** What an error of a database means. */
export type Failure =
  | {
      readonly kind: 'unique_violation'
      /** As the database calls them; whatever of it the database says. */
      readonly table?: string | undefined
      readonly index?: string | undefined
      readonly columns?: readonly string[] | undefined
    }
  | {
      /** A value is none that the column takes: too long, too large, null, or against a check. */
      readonly kind: 'misfit'
      /** As the database calls it, where it says which one. */
      readonly column?: string | undefined
    }
  | { readonly kind: 'foreign_key_violation' | 'transaction_conflict' | 'schema_outdated' | 'unavailable' | 'unknown' }

/** What it takes to read an error. */
export interface FailureReader {
  readonly names: Names
  /** What an error of any of the drivers means. */
  failureOf(error: unknown): Failure
  /** The error without the values that some databases put into theirs. */
  withoutValues(error: unknown): unknown
}

/**
 * The typed error for whatever a driver threw. Its message names tables and keys, never a value.
 *
 * @param table The table that the statement was about, if it was about one.
 */
export function toCardeaError(reader: FailureReader, thrown: unknown, table?: Table): CardeaError {
  if (isCardeaError(thrown)) return thrown
  const failure = reader.failureOf(thrown)
  const cause = reader.withoutValues(thrown)
  const place = table === undefined ? 'storage' : table.name
  switch (failure.kind) {
    case 'unique_violation': {
      const key = table === undefined ? undefined : keyOf(reader.names, table, failure)
      if (table === undefined || key === undefined) {
        return new CardeaError('unique_violation', `${place}: a row with the same key exists`, { cause })
      }
      return new CardeaError('unique_violation', `a row of ${place} with the same key ${key} exists`, {
        cause,
        constraint: { table: table.name, key },
      })
    }
    case 'foreign_key_violation':
      return new CardeaError(
        'foreign_key_violation',
        `${place}: a row refers to one that does not exist or must stay`,
        {
          cause,
        },
      )
    case 'transaction_conflict':
      return new CardeaError('transaction_conflict', `${place}: another transaction was in the way`, { cause })
    case 'schema_outdated':
      return new CardeaError('schema_outdated', `${place}: a table or column is missing: migrate the storage.`, {
        cause,
      })
    case 'unavailable':
      return unavailable('the database cannot be reached or cannot write', cause)
    case 'misfit':
      if (table === undefined) return refused(place, cause)
      if (failure.column !== undefined && memberOf(table, failure.column) === undefined)
        return foreignColumn(table, failure.column, cause)
      return table.mapped === true ? misfit(table, failure.column, cause) : refused(place, cause)
    case 'unknown':
      return refused(place, cause)
  }
}

const refused = (place: string, cause: unknown): CardeaError =>
  new CardeaError('internal_error', `${place}: the database refused a statement`, { cause })

const memberOf = (table: Table, column: string | undefined): string | undefined =>
  Object.keys(table.columns).find((name) => physicalName(table, name) === column)

/** No row of ours says anything of such a column, so whoever made it has to say what stands in it. */
function foreignColumn({ name }: Table, column: string, cause: unknown): CardeaError {
  const message = `${name}.${column}, which no field fills in, refused a row: give the column a default`
  return new CardeaError('configuration_invalid', message, { cause })
}

/** The app's own columns may take less than the fields that are mapped onto them: that is about the input, not about us. */
function misfit(table: Table, column: string | undefined, cause: unknown): CardeaError {
  const path = memberOf(table, column)
  return new CardeaError('invalid_request', 'A value does not fit into its column.', {
    cause,
    ...(path === undefined
      ? {}
      : { issues: [{ path, code: 'invalid_value', message: 'does not fit into its column' }] }),
  })
}

/** The name that the schema gives to a key, from what the database calls it or from its columns. */
function keyOf(
  names: Names,
  table: Table,
  failure: {
    readonly table?: string | undefined
    readonly index?: string | undefined
    readonly columns?: readonly string[] | undefined
  },
): string | undefined {
  const physical = names.table(table.name)
  if (failure.table !== undefined && failure.table !== physical) return undefined
  // MySQL has one name for all primary keys.
  if (failure.index === 'PRIMARY' || isCalled(failure.index, primaryKeyNames(physical))) return 'primary'
  const keys = Object.entries(table.unique)
  const byName = keys.find(([key]) => isCalled(failure.index, uniqueIndexNames(physical, key)))
  if (byName !== undefined) return byName[0]
  if (failure.columns === undefined) return undefined
  const columns = failure.columns.toSorted().join()
  const sameAs = (own: readonly string[]) =>
    own
      .map((name) => physicalName(table, name))
      .toSorted()
      .join() === columns
  if (sameAs(table.primaryKey)) return 'primary'
  return keys.find(([, own]) => sameAs(own))?.[0]
}

const isCalled = (index: string | undefined, { name, formerName }: IndexNames): boolean =>
  index === name || index === formerName
