import type { Issues } from './refusal.js'

/** A user as a reader of some format gives it: nothing is checked yet but where each value is. */
export interface NeutralUser {
  readonly email: unknown
  readonly verified?: unknown
  /** A hash that says what it is; null for one of a kind that cannot be checked here. */
  readonly passwordHash?: unknown
  /** A text in ISO 8601 or milliseconds since 1970. */
  readonly createdAt?: unknown
  readonly disabled?: unknown
  /** Until when, as `createdAt`; absent for ever. Whoever is disabled until an instant that is over is not. */
  readonly disabledUntil?: unknown
  /** Labels or ids. */
  readonly roles?: unknown
  readonly identities?: readonly NeutralIdentity[]
  /** Fields of the collection by name, those of them that it has. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Members that nobody knows. */
  readonly unknown?: readonly string[]
}

/** An account at a provider. */
export interface NeutralIdentity {
  /** As the file calls it. */
  readonly provider: unknown
  readonly subject: unknown
  readonly email?: unknown
}

export type Row = Readonly<Record<string, unknown>>

/** What a reader makes of one record. */
export type RowReader = (row: Row) => NeutralUser | { readonly issues: Issues }

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An own member: what stands on a prototype is none. */
export const member = (row: unknown, name: string): unknown =>
  isRow(row) && Object.hasOwn(row, name) ? (row[name] ?? undefined) : undefined

/** The member at a place such as `user_metadata.company`; a name that holds a dot itself comes first. */
export function memberAt(row: unknown, path: string): unknown {
  if (isRow(row) && Object.hasOwn(row, path)) return row[path] ?? undefined
  return path.split('.').reduce(member, row)
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A value that a column of CSV or a column of JSON in a dump holds as text. */
export function jsonOf(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return undefined
  }
}

/** The fields that a collection usually has under these names, where there is a value. */
export const usual = (fields: Row): Row =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  )
