import type { Condition, Scalar } from '@cardea/core'
import type { HeldRole } from './terms.js'

/**
 * What a subject may, as JSON: to answer the same questions elsewhere, such as in a browser, for what is shown there. Never
 * for decisions, which belong to the server.
 *
 * It holds what the subject can find out by asking, and nothing of the policy besides.
 */
export interface SubjectSnapshot {
  readonly version: 1
  readonly id: string
  /** Absent for none. */
  readonly tenant?: string
  readonly roles: readonly HeldRole[]
  /** Absent for no. */
  readonly bypass?: true
  /** The instant (milliseconds) from which on it may be wrong; null for none that is known. */
  readonly validUntil: number | null
  /** What is allowed for every object and field: `resource:operation,operation`. */
  readonly allowed: readonly string[]
  /** What depends on the object or field, each time with the places of its allows and denies among the grants. */
  readonly conditional: readonly (readonly [
    permissions: readonly string[],
    allows: readonly number[],
    denies: readonly number[],
  ])[]
  readonly grants: readonly SnapshotGrant[]
  /** What the references of the conditions led to, such as `principal.team`. */
  readonly values: Readonly<Record<string, Scalar>>
}

/** A grant that holds for some objects and fields. */
export interface SnapshotGrant {
  /** Absent for always. */
  readonly when?: Condition
  /** Absent for all. */
  readonly fields?: readonly string[]
}
