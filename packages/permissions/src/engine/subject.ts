import type { Condition } from '@cardea/core'
import type { FieldOf, NoRows, ObjectOf } from '../catalogue/row-types.js'
import type { Explanation } from './explanation.js'
import type { SubjectSnapshot } from './subject-snapshot.js'
import type { Circumstances, Decision, HeldRole } from './terms.js'

/**
 * What one principal may do, at one instant: everything is answered at once, without waiting.
 *
 * Made for one request. Whoever keeps it longer asks for a new one at {@link validUntil}, and when the policy changes.
 *
 * Questions may name an object (a row, a post) and one of its fields. Without them, what only holds for some objects or
 * fields is not allowed. Methods throw CardeaError `undeclared_permission` for a permission that does not exist: that is a
 * typo in code. For names that come from data use {@link canUnchecked}.
 */
export interface Subject<P extends string = string, Rows = NoRows> {
  /** The principal's id. */
  readonly id: string
  /** The tenant that it answers for; empty for none. */
  readonly tenant: string
  /** The roles in force, sorted by label; neither those that they inherit nor those that are held for single objects. */
  readonly roles: readonly HeldRole[]
  /** Whether a role exempts the subject from all checks. */
  readonly bypass: boolean
  /** The instant (milliseconds) at which the next of its assignments expires; null when none does. */
  readonly validUntil: number | null

  /** Whether the permission is allowed. */
  can<Q extends P>(permission: Q, object?: ObjectOf<Rows, Q> | null, field?: FieldOf<Rows, Q>): boolean
  /** Whether all are allowed. False for an empty list, which is a mistake rather than a question. */
  canAll<const Q extends P>(permissions: readonly Q[], object?: ObjectOf<Rows, Q> | null): boolean
  /** Whether at least one is allowed. */
  canAny<const Q extends P>(permissions: readonly Q[], object?: ObjectOf<Rows, Q> | null): boolean
  /** Whether the permission may be allowed for some object or field: for menus, never for decisions. */
  canSome(permission: P): boolean
  /** The same as {@link can}, telling "no" from "it depends". */
  check<Q extends P>(permission: Q, object?: ObjectOf<Rows, Q> | null, field?: FieldOf<Rows, Q>): Decision
  /**
   * Goes on if the permission is allowed.
   *
   * @throws CardeaError `forbidden`, with a message that is safe to show.
   */
  authorize<Q extends P>(permission: Q, object?: ObjectOf<Rows, Q> | null, field?: FieldOf<Rows, Q>): void
  /** The same as {@link can} for a name that comes from data: what is not declared is denied, also to a bypass. */
  canUnchecked(permission: string, object?: object | null, field?: string): boolean
  /** The permissions that are allowed for every object and field, in the order of the catalogue. */
  list(): readonly string[]
  /**
   * The objects for which {@link can} says yes: true for all, false for none, else a condition on them, without references
   * and the same in the process and in a database. What an object lacks selects it no more than a null would.
   *
   * @param field For which of their fields. Without it, the objects that are allowed as a whole.
   */
  filter<Q extends P>(permission: Q, field?: FieldOf<Rows, Q>): boolean | Condition
  /**
   * The fields of one object for which {@link can} says yes.
   *
   * @param candidates The fields to choose from, in whatever order. Default: the object's own.
   */
  fields<Q extends P>(
    permission: Q,
    object: ObjectOf<Rows, Q> | null,
    candidates?: readonly FieldOf<Rows, Q>[],
  ): readonly FieldOf<Rows, Q>[]
  /** The object with those of its own fields that are allowed: a plain object, for reading or for writing. */
  pick<Q extends P, Row extends ObjectOf<Rows, Q>>(permission: Q, object: Row): Partial<Row>
  /** The same as {@link check} with the reasons: which roles say what of it, and what stands in the way. */
  explain<Q extends P>(permission: Q, object?: ObjectOf<Rows, Q> | null, field?: FieldOf<Rows, Q>): Explanation
  /** What it may as JSON, for {@link subjectFromSnapshot} elsewhere, such as in a browser. */
  snapshot(): SubjectSnapshot
  /** The same subject under circumstances that take the place of those it was made with. */
  with(circumstances: Circumstances): Subject<P, Rows>
  /**
   * What is left of the subject's rights within scopes, as for an API key: what it may and a scope names. No bypass is left,
   * and no role, since what the app takes a role for may be more than the scopes say.
   *
   * @param scopes Permissions and wildcards (`content:read`, `content:*`, `*:read`, `*`). What names nothing gives nothing.
   */
  restrict(scopes: readonly string[]): Subject<P, Rows>
  /**
   * The same subject with some of its roles in force, as for a session that works under one of them. It can do no more for it:
   * what the other roles deny stays denied, and what is not held, or was left out before, gives nothing.
   *
   * @param roles Labels or ids of roles that it holds.
   * @throws CardeaError `conflict` when a dynamic separation of duty keeps them apart; its name is in the message.
   */
  activate(roles: readonly string[]): Subject<P, Rows>
}
