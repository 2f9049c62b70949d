import type { Authentication, FieldOf, NoRows, ObjectOf, Subject } from 'cardea'

/** Who sent a request, and what it may do. */
export interface Authenticated<Permission extends string = string, Rows = NoRows> {
  readonly authentication: Authentication
  /** Within the tenant that the guard was told of; without one, what the principal may do everywhere. */
  readonly subject: Subject<Permission, Rows>
  /** The principal's id, which for `users` is the user's. */
  readonly userId: string
  /** Undefined for an API key, of which `authentication.apiKey` tells more. */
  readonly sessionId: string | undefined
  /** Whose principal it is: `users`, or an auth collection of the app. */
  readonly collection: string

  /**
   * Goes on if the permission is allowed: `subject.authorize`, which also reports `access.denied` where it is not. For handlers
   * that come to know only while they work what they need.
   *
   * @param object What it is to be done to, such as a row. Without one, a permission that depends on the object is refused.
   * @param field The field of the object.
   * @throws CardeaError `forbidden`; `undeclared_permission` for one that does not exist.
   */
  authorize<Q extends Permission>(permission: Q, object?: ObjectOf<Rows, Q> | null, field?: FieldOf<Rows, Q>): void
}

/** Somebody whom a guard has let in, with the object that it has loaded; undefined where it loads none. */
export interface Admitted<
  Permission extends string = string,
  Row extends object | undefined = object | undefined,
  Rows = NoRows,
> extends Authenticated<Permission, Rows> {
  readonly resource: Row
}
