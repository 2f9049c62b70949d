import { maximumEmailBytes } from '@cardea/core'
import {
  boolean,
  type Column,
  defineTable,
  integer,
  mapped,
  nullable,
  type Table,
  text,
  withDefault,
} from '@cardea/storage'
import { isIndexed, isUnique } from '../field/keys.js'
import { maxKeyBytes } from '../value/text.js'
import type { AnyCollection } from './collection.js'
import { columnOf } from './column.js'
import type { Mapped } from './mapped.js'

/**
 * A table that the app has made, as data. It has neither a foreign key to the principal nor a trigger: what becomes of the
 * principal of a row that goes is up to `sync`.
 */
export function mappedTable({ mapping, fields, table, type }: Mapped<AnyCollection>): Table {
  const columns: Record<string, Column> = {}
  const unique: Record<string, readonly string[]> = {}
  const indexes: Record<string, readonly string[]> = type === 'auth' ? { email: ['email'] } : {}
  for (const [member, to] of Object.entries(mapping.columns)) {
    const field = Object.hasOwn(fields, member) ? fields[member] : undefined
    if (field === undefined) {
      columns[member] = mapped(systemColumn(member), {
        ...to,
        // Others take an id that is made here.
        ...(member === 'id' && mapping.id === 'integer' ? { assigned: true } : {}),
        ...(member === 'created_at' || member === 'updated_at' ? { written: true } : {}),
        ...(collated[member] === undefined ? {} : { collated: collated[member] }),
      })
      continue
    }
    const column = mapped(columnOf(field), to)
    columns[member] = field.optional === true ? column : { ...column, nullable: false }
    if (isUnique(field)) unique[member] = [member]
    else if (field.type === 'relation' || isIndexed(field)) indexes[member] = [member]
  }
  return defineTable(table, { mapped: true, columns, primaryKey: ['id'], unique, indexes })
}

/** As the app's own indexes have them. */
const collated: Readonly<Record<string, 'equality' | 'order'>> = { id: 'order', email: 'equality' }

function systemColumn(member: string): Column {
  switch (member) {
    case 'id':
      return text(maxKeyBytes)
    case 'email':
      return text(maximumEmailBytes)
    case 'verified':
      return withDefault(boolean(), false)
    default:
      return nullable(integer())
  }
}
