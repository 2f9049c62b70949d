import type { Authentication, Subject } from 'cardea'

/** Who sent a request, and what it may do. */
export interface Authenticated<Permission extends string = string> {
  readonly authentication: Authentication
  readonly subject: Subject<Permission>
}
