import type { Condition } from '@cardea/core'
import type { Awaitable } from '../guard/guard-options.js'

/** What a PEP sends along with a question. It is taken on trust, as the specification says: the PEP enforces the answer. */
export interface AuthzenAsked {
  /** Those of the resource; empty where none were sent. */
  readonly properties: Readonly<Record<string, unknown>>
  /** Empty where none was sent. */
  readonly context: Readonly<Record<string, unknown>>
}

/** What a resource search is asked for. */
export interface AuthzenSearch {
  /** Which rows are allowed; true for all. `toExpression` of `@cardea/kysely/filter` puts it into a query. */
  readonly condition: true | Condition
  /** At most this many are wanted. */
  readonly limit: number
  /** The `next` of the part before, as a client has brought it back: data from outside. Undefined at the beginning. */
  readonly token: string | undefined
  readonly context: Readonly<Record<string, unknown>>
}

/** A part of what a resource search has found. */
export interface AuthzenFound<Row extends object = object> {
  readonly items: readonly Row[]
  /** With which the next part is asked for; absent, null or empty at the end. */
  readonly next?: string | null | undefined
  /** How many there are altogether, where that is known. */
  readonly total?: number | undefined
}

/** Things of one type that questions are about. */
export interface AuthzenResource<Row extends object = object> {
  /** The resource of the catalogue. Default: the type's own name. */
  readonly resource?: string
  /**
   * Loads one. What it gives is what is judged, and not the properties that were sent. Null or undefined: there is no such thing.
   * Without it, the properties that were sent are judged, with the id as `id`.
   */
  readonly find?: (id: string, asked: AuthzenAsked) => Awaitable<Row | null | undefined>
  /** Finds those that a condition holds for. Without it, this type cannot be searched. */
  readonly search?: (search: AuthzenSearch) => Awaitable<AuthzenFound<Row>>
  /** The id of one that was found. Default: its `id`. */
  idOf?(row: Row): string
}

/** Principals of one type that questions are about. */
export interface AuthzenSubjects {
  /** The auth collection whose principals they are. */
  readonly collection: string
  /** Finds a principal's id by the id that a PEP knows, such as an e-mail address. Default: it is the principal's. */
  readonly find?: (id: string) => Awaitable<string | null | undefined>
  /** The other way round, for searches. Default: the principal's id. Null or undefined leaves one out. */
  readonly nameOf?: (principalId: string) => Awaitable<string | null | undefined>
}

/**
 * Answers questions of other programs (policy enforcement points) by the OpenID AuthZEN Authorization API 1.0. `action.name` and
 * `resource.type` make the permission: `update` and `content` ask for `content:update`.
 */
export interface AuthzenOptions {
  /** Which permission it takes to ask. Default `roles:read`: the answers tell what everybody may do. */
  readonly permission?: string
  /** Secrets with which a program may ask without an account, sent as bearer token. Each of 32 characters at least. */
  readonly bearerTokens?: readonly string[]
  /** By type. Default: each auth collection by its name, and ids of principals. */
  readonly subjects?: Readonly<Record<string, AuthzenSubjects>>
  /** By type. A type that is not named is a resource of the catalogue, judged by the properties that are sent. */
  readonly resources?: Readonly<Record<string, AuthzenResource>>
  /** Operations by the names that PEPs use for them, such as `{ can_read: 'read' }`. Others are operations as they are. */
  readonly actions?: Readonly<Record<string, string>>
  /** The tenant that a question is about. Null or undefined: none. */
  readonly tenant?: (asked: AuthzenAsked) => Awaitable<string | null | undefined>
}

/** Routes of AuthZEN, for the `authzen` option of a handler. */
export interface AuthzenMount {
  readonly kind: 'authzen'
}
