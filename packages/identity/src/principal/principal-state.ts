import type { principals, RowOf } from '@cardea/storage'

/** The security state of a principal at the moment of the read. */
export interface PrincipalState {
  readonly id: string
  readonly collection: string
  /** The id of its row in the collection's table, as text. */
  readonly recordKey: string
  /** Whether it may sign in and use what it has. */
  readonly active: boolean
  /** What a proof made from this read carries. */
  readonly epoch: number
  /** How many second factors are in use. */
  readonly secondFactors: number
  /** Wrong guesses since somebody last proved to be this principal. */
  readonly failedAttempts: number
  readonly createdAt: number
}

export const activeStatus = 'active'
export const disabledStatus = 'disabled'

export function toPrincipalState(row: RowOf<typeof principals>): PrincipalState {
  return {
    id: row.id,
    collection: row.collection,
    recordKey: row.record_key,
    active: row.status === activeStatus,
    epoch: row.epoch,
    secondFactors: row.second_factors,
    failedAttempts: row.failed_attempts,
    createdAt: row.created_at,
  }
}
