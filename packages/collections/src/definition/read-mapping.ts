import type { MappedType } from '@cardea/storage'
import type { AnyField, Fields } from '../field/field.js'
import { isPlainObject } from '../value/plain-object.js'
import type { CollectionMapping, MappedTo } from './mapping.js'

const grammar = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/
const named = 'must be 1 to 63 letters, digits and _, and begin with no digit'

/** Why a table that the app has made cannot have a name, or undefined. */
export function refuseMappedTable(name: string): string | undefined {
  if (!grammar.test(name)) return named
  return /^(?:cardea|sqlite|pg)_/i.test(name) ? 'must not begin with cardea_, sqlite_ or pg_' : undefined
}

const idTypes = ['integer', 'uuid', 'text'] as const
const instants: readonly unknown[] = ['timestamp', 'datetime', 'milliseconds']

/** The members of the system, and whether a column is looked for under their own names where nothing is said. */
const systemMembers: Readonly<Record<string, boolean>> = {
  id: true,
  email: true,
  verified: false,
  created_at: false,
  updated_at: false,
}

/** Reads what is said of the table that the app has made. */
export function readMapping(
  {
    type,
    fields,
    columns,
    id = 'text',
  }: {
    readonly type: 'auth' | 'base'
    readonly fields: Fields
    readonly columns: unknown
    readonly id: unknown
  },
  complain: (path: readonly string[], message: string) => void,
): CollectionMapping {
  const idType = idTypes.find((each) => each === id)
  if (idType === undefined) complain(['id'], `must be one of ${idTypes.join(', ')}`)
  const given = isPlainObject(columns) ? columns : {}
  if (given !== columns) complain(['columns'], 'must be an object of columns by member')
  const system = Object.keys(systemMembers).filter((member) => type === 'auth' || !/^(?:email|verified)$/.test(member))
  const known = new Set([...system, ...Object.keys(fields)])
  for (const member of Object.keys(given)) {
    if (!known.has(member)) complain(['columns', member.slice(0, 64)], 'must be a member of the system or a field')
  }
  const mapped: Record<string, MappedTo> = {}
  const members = new Map<string, string>()
  for (const member of known) {
    const option = Object.hasOwn(given, member) ? given[member] : undefined
    const field = Object.hasOwn(fields, member) ? fields[member] : undefined
    if (option === undefined && field === undefined && systemMembers[member] !== true) continue
    const path = ['columns', member]
    const { column = member, type: wanted, ...others } = isPlainObject(option) ? option : { column: option }
    if (typeof column !== 'string' || !grammar.test(column) || Object.keys(others).length > 0) {
      complain(path, `${named}, or { column, type } with such a column`)
      continue
    }
    // Not every database tells capitals apart here.
    const same = members.get(column.toLowerCase())
    if (same !== undefined) complain(path, `has the column of ${same}`)
    members.set(column.toLowerCase(), member)
    const isInstant = field === undefined ? member.endsWith('_at') : field.type === 'date'
    const types = isInstant ? instants : field?.type === 'number' ? ['integer'] : []
    if (wanted !== undefined && !types.includes(wanted)) {
      complain([...path, 'type'], types.length === 0 ? 'must be left out' : `must be ${types.join(', ')}`)
    }
    const ids = member === 'id' ? idType : field?.type === 'relation' ? field.id : undefined
    mapped[member] = Object.freeze({ name: column, type: typeOf(isInstant, wanted, ids, field) })
  }
  return Object.freeze({ id: idType ?? 'text', columns: Object.freeze(mapped) })
}

function typeOf(
  isInstant: boolean,
  wanted: unknown,
  ids: CollectionMapping['id'] | undefined,
  field: AnyField | undefined,
): MappedType {
  if (isInstant) return wanted === 'milliseconds' ? 'plain' : wanted === 'datetime' ? 'datetime' : 'timestamp'
  if (field?.type === 'number') return wanted === 'integer' ? 'integer' : 'plain'
  return ids === undefined || ids === 'text' ? 'plain' : ids
}
