import { type AuthCollection, type CollectionRow, identityFields } from '@cardea/collections'
import { isCardeaError } from '@cardea/core'
import type { Identifier } from '@cardea/identity'
import { isPossible, type Table } from '@cardea/storage'
import { identifiersOf } from '../accounts/identifiers-of.js'
import { type Issues, issue } from '../transfer/refusal.js'

/** A row of the app's table, as its principal has to be. */
export interface Candidate {
  readonly recordKey: string
  readonly identifiers: readonly Identifier[]
  /** What the app says of the address, for a table that does not. */
  readonly verified?: boolean
  /** Of a password that the principal had elsewhere. */
  readonly hash?: string | undefined
}

/** The longest id of a record, in bytes of UTF-8: what a principal keeps of it. */
const longestKey = 255

/** Reads who a row of the app's table is about, or why nobody can sign in as it. */
export function readCandidate(collection: AuthCollection, table: Table, row: CollectionRow): Candidate | Issues {
  const recordKey = String(row['id'])
  const { id: column } = table.columns
  // Such an id could be read, and never found again.
  const findable = column !== undefined && isPossible(column, recordKey) && Buffer.byteLength(recordKey) <= longestKey
  if (!findable || recordKey === '') return issue('id', 'invalid_value', 'is no id that rows are found by')
  if (typeof row['email'] !== 'string') return issue('email', 'required', 'is missing')
  const values = Object.fromEntries(identityFields(collection).map((field) => [field, row[field]]))
  try {
    return { recordKey, identifiers: identifiersOf(collection, values) }
  } catch (error) {
    if (isCardeaError(error, 'invalid_request') && error.issues !== undefined) return error.issues
    throw error
  }
}

export const isCandidate = (value: Candidate | Issues): value is Candidate => !Array.isArray(value)
