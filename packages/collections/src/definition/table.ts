import { CardeaError, maximumEmailBytes } from '@cardea/core'
import {
  type AfterDelete,
  boolean,
  type Column,
  defineTable,
  integer,
  principals,
  references,
  type Table,
  text,
  withDefault,
} from '@cardea/storage'
import { isIndexed, isUnique, listIndex } from '../field/keys.js'
import type { AnyCollection } from './collection.js'
import { columnOf, idBytes } from './column.js'
import { assertDefined } from './define-collection.js'
import { isMapped } from './mapped.js'
import { mappedTable } from './mapped-table.js'
import { refuseTableName } from './names.js'

/** How tables of collections are made. */
export interface TableOptions {
  /** Goes before the names of collections. Default `auth_`. */
  readonly tablePrefix?: string
  /** Finds the collection of a relation; without it, relations have no foreign key. */
  readonly related?: (name: string) => AnyCollection | undefined
}

/** What the database does when a row goes, whoever deleted it: the principal cannot sign in any more. */
const disablePrincipal: AfterDelete = Object.freeze({
  table: principals.name,
  where: Object.freeze({ column: 'id', deleted: 'id' }),
  set: Object.freeze({ status: 'disabled' }),
  increment: Object.freeze({ epoch: 1 }),
})

/**
 * The name of a collection's table.
 *
 * @throws CardeaError `configuration_invalid` when the prefix makes a name that no table can have.
 */
export function tableName({ name, table }: AnyCollection, tablePrefix = 'auth_'): string {
  if (table !== null) return table
  const whole = `${tablePrefix}${name}`
  const refusal = refuseTableName(whole)
  if (refusal === undefined) return whole
  throw new CardeaError('configuration_invalid', `tablePrefix: the name of the table of ${name} ${refusal}`)
}

/**
 * The table of a collection, as data: system columns, a column for every field, a unique key for every unique field,
 * called like the field, an index for every other relation, and one in the order of lists for every field that asks for it and
 * for `created_at`.
 *
 * Principals are unique by e-mail address through `cardea_identifiers`, under its normal form; the column keeps the
 * address as it is shown.
 *
 * @throws CardeaError `configuration_invalid` for a collection that `defineCollection` did not make or an unfit prefix.
 */
export function collectionTable(collection: AnyCollection, options: TableOptions = {}): Table {
  assertDefined(collection)
  if (isMapped(collection)) return mappedTable(collection)
  const isAuth = collection.type === 'auth'
  const columns: Record<string, Column> = {
    id: isAuth ? references(text(idBytes), principals.name, 'id', 'cascade') : text(idBytes),
    ...(isAuth ? { email: text(maximumEmailBytes), verified: withDefault(boolean(), false) } : {}),
  }
  const unique: Record<string, readonly string[]> = {}
  const indexes: Record<string, readonly string[]> = {}
  for (const [name, field] of Object.entries(collection.fields)) {
    // To a record of the app's own table there is no foreign key: its id may be of another type.
    const target = field.type === 'relation' && field.id === undefined ? options.related?.(field.collection) : undefined
    columns[name] = columnOf(field, target === undefined ? undefined : tableName(target, options.tablePrefix))
    if (isUnique(field)) unique[name] = [name]
    if (isIndexed(field)) indexes[listIndex(name)] = [name, 'id']
    else if (field.type === 'relation' && !isUnique(field)) indexes[name] = [name]
  }
  columns['created_at'] = integer()
  columns['updated_at'] = integer()
  indexes[listIndex('created_at')] = ['created_at', 'id']
  return defineTable(tableName(collection, options.tablePrefix), {
    columns,
    primaryKey: ['id'],
    unique,
    indexes,
    ...(isAuth ? { references: { principal: principalReference }, afterDelete: disablePrincipal } : {}),
  })
}

const principalReference = { table: principals, on: { column: 'id', target: 'id' } }
