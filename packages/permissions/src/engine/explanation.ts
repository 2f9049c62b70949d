import type { Condition } from '@cardea/core'
import type { Effect } from '../roles/grant.js'
import type { Decision } from './terms.js'

/** Where an assignment counts. */
export interface ReasonScope {
  /** Empty for everywhere. */
  readonly tenant: string
  /** Empty for all objects. */
  readonly resourceType: string
  readonly resourceId: string
}

/** A grant that has to do with the question, and what it comes to. */
export interface Reason {
  /** The label of the role that is held; null where that is not known, as in a browser. */
  readonly role: string | null
  /** The label of the role that has the grant, if the one that is held inherits it; else null. */
  readonly inheritedFrom: string | null
  /** From the role that is held to the one that has the grant: the labels of each role that inherits the next. */
  readonly path: readonly string[]
  /** Where the role is held; null for everywhere. */
  readonly scope: ReasonScope | null
  /** The permission or wildcard that it grants or denies. */
  readonly grant: string
  readonly effect: Effect
  /** When it holds, as it was written; null for always. */
  readonly condition: Condition | null
  /** The fields that it covers, sorted; null for all. */
  readonly fields: readonly string[] | null
  /**
   * Whether it holds here. `unknown`: the object lacks what the condition is about, so an allow gives nothing and a deny
   * denies. `depends`: on the object or the field, which the question did not name.
   */
  readonly result: 'holds' | 'fails' | 'unknown' | 'depends'
}

/** Why a subject may do something or not. For those who manage roles: it names them, and what they say. */
export interface Explanation {
  readonly allowed: boolean
  readonly decision: Decision
  /** Whether a role exempts the subject from all checks. */
  readonly bypass: boolean
  /** The grants of the roles in force and the denies of all that are held, as far as they have to do with the question. */
  readonly because: readonly Reason[]
  /** What stands in the way, in sentences for people; empty when it is allowed. */
  readonly missing: readonly string[]
}
