import type { MappedType } from '@cardea/storage'
import type { AnyField, Fields } from '../field/field.js'
import type { AnyCollection, CollectionType } from './collection.js'

/** What ids of a table are that the app has made. They are texts in the API, whatever the database holds. */
export type RecordIdType = 'integer' | 'uuid' | 'text'

/**
 * How a column of the app's own table holds an instant: as one (`timestamp`; texts in UTC in SQLite), as a date and time in UTC
 * without a zone (`datetime`), or as milliseconds since 1970 in an integer; or, with `integer`, a number.
 */
export type ColumnType = 'timestamp' | 'datetime' | 'milliseconds' | 'integer'

/** What a column of the app's own table is called: letters, digits and `_`, at most 63 of them, beginning with no digit. */
export type ColumnOption = string | { readonly column: string; readonly type?: ColumnType | undefined }

/** A column of the app's own table. */
export interface MappedTo {
  readonly name: string
  readonly type: MappedType
}

/** Where the records of a collection are in a table that the app has made. */
export interface CollectionMapping {
  readonly id: RecordIdType
  /** By member of a record: those of the system that the table has, and all fields. */
  readonly columns: Readonly<Record<string, MappedTo>>
}

/** A collection over a table that the app has made. */
export type Mapped<C extends AnyCollection = AnyCollection> = C & {
  readonly mapping: CollectionMapping
  readonly table: string
}

/** Whether the records of a collection are in a table that the app has made, under ids of its own. */
export const isMapped = <C extends AnyCollection>(collection: C): collection is Mapped<C> =>
  collection.mapping !== undefined

/** Whether the table of a collection says something of its records; the table of one that is not mapped says all. */
export const hasColumn = ({ mapping }: AnyCollection, member: string): boolean =>
  mapping === undefined || Object.hasOwn(mapping.columns, member)

const grammar = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

/** Why a table that the app has made cannot have a name, or undefined. */
export function refuseMappedTable(name: string): string | undefined {
  if (!grammar.test(name)) return columnGrammar
  return /^(?:cardea|sqlite|pg)_/i.test(name) ? 'must not begin with cardea_, sqlite_ or pg_' : undefined
}

const columnGrammar = 'must be 1 to 63 letters, digits and _, and begin with no digit'

const systemMembers = {
  auth: ['id', 'email', 'verified', 'created_at', 'updated_at'],
  base: ['id', 'created_at', 'updated_at'],
} as const

/** Columns of these are looked for under their own names; the others of the system are in the table only where it is said. */
const always: ReadonlySet<string> = new Set(['id', 'email'])

/** What is said of columns, checked but for its shape. */
export function readMapping(
  {
    type,
    fields,
    id = 'text',
  }: { readonly type: CollectionType; readonly fields: Fields; readonly id?: RecordIdType | undefined },
  columns: Readonly<Record<string, ColumnOption | undefined>>,
  complain: (member: string | undefined, message: string) => void,
): CollectionMapping {
  const known = new Set<string>([...systemMembers[type], ...Object.keys(fields)])
  for (const member of Object.keys(columns)) {
    if (!known.has(member)) complain(member.slice(0, 64), 'must be a member of the system or the name of a field')
  }
  const mapped: Record<string, MappedTo> = Object.create(null) as Record<string, MappedTo>
  const members = new Map<string, string>()
  for (const member of known) {
    const option = Object.hasOwn(columns, member) ? columns[member] : undefined
    const field = Object.hasOwn(fields, member) ? fields[member] : undefined
    if (option === undefined && field === undefined && !always.has(member)) continue
    const { column = member, type: given } = typeof option === 'string' ? { column: option } : (option ?? {})
    if (!grammar.test(column)) complain(member, columnGrammar)
    // Not every database tells capitals apart here.
    const same = members.get(column.toLowerCase())
    if (same !== undefined) complain(member, `has the column of ${same}`)
    members.set(column.toLowerCase(), member)
    const wanted = typesOf(member, field)
    if (given !== undefined && !wanted.includes(given)) {
      complain(member, wanted.length === 0 ? 'takes no type' : `must be of the type ${wanted.join(', ')}`)
    }
    mapped[member] = Object.freeze({ name: column, type: typeOf(member, id, field, given) })
  }
  return Object.freeze({ id, columns: Object.freeze(mapped) })
}

const instants = ['timestamp', 'datetime', 'milliseconds'] as const

const isInstant = (member: string, field: AnyField | undefined): boolean =>
  field === undefined ? member.endsWith('_at') : field.type === 'date'

function typesOf(member: string, field: AnyField | undefined): readonly ColumnType[] {
  if (isInstant(member, field)) return instants
  return field?.type === 'number' ? ['integer'] : []
}

function typeOf(
  member: string,
  id: RecordIdType,
  field: AnyField | undefined,
  given: ColumnType = 'timestamp',
): MappedType {
  if (isInstant(member, field)) return given === 'timestamp' || given === 'datetime' ? given : 'plain'
  if (field?.type === 'number') return given === 'integer' ? 'integer' : 'plain'
  const ids = member === 'id' && field === undefined ? id : field?.type === 'relation' ? field.id : undefined
  return ids === undefined || ids === 'text' ? 'plain' : ids
}
