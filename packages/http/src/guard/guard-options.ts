import type { Authentication, Circumstances } from 'cardea'

/** A value, or a promise of it. */
export type Awaitable<Value> = Value | Promise<Value>

/**
 * Which principals a guard lets in.
 *
 * @typeParam Collection What names an auth collection.
 */
export interface GuardOptions<Collection extends string = string> {
  /**
   * Names of auth collections. Only their cookies and tokens are looked at. Default `['users']`.
   *
   * One that is written out has to be of a collection of code. Those of run time no compiler knows: a name of the type `string`, as
   * it comes from the app's settings, is taken as it is.
   */
  readonly collections?: readonly Collection[]
  /**
   * `session` refuses API keys, with `forbidden`: for what only the person itself is to do. Default `any`: a key may do what
   * its owner's permissions and its own scopes allow.
   */
  readonly credentials?: 'session' | 'any'
}

/** Options of a guard that is asked request by request. */
export interface RequestGuardOptions<Collection extends string = string> extends GuardOptions<Collection> {
  /** The tenant that the request is about: roles that are held there count as well. Without one, global roles alone do. */
  readonly tenant?: string | null
}

/**
 * Finds the tenant that a request is about, such as by a part of its path. Null or undefined: none, so that global roles
 * alone count; an empty name is answered with 400 `invalid_request`. What it throws is the app's to answer.
 */
export type FindTenant<Context> = (context: Context) => Awaitable<string | null | undefined>

/**
 * Loads what a request is about, such as a row, by the framework's own context. Null or undefined: there is no such thing,
 * which is answered with 404 `not_found`. What it throws is the app's to answer.
 */
export type LoadResource<Context, Row extends object> = (context: Context) => Awaitable<Row | null | undefined>

/**
 * Finds what conditions refer to as `principal.…` and `context.…`, such as the department of whoever asks. It is asked after the
 * guard has found who that is. What it throws is the app's to answer.
 */
export type FindCircumstances<Context> = (context: Context, authentication: Authentication) => Awaitable<Circumstances>

/** Options of a guard that is built once, for a route. */
export interface AuthOptions<Context, Collection extends string = string> extends GuardOptions<Collection> {
  readonly tenant?: FindTenant<Context>
  /** For conditions that need to know more than who asks. Without it, all that they refer to beside `principal.id` is unknown. */
  readonly circumstances?: FindCircumstances<Context>
}

/** Options of a guard that asks for a permission. */
export interface PermissionOptions<Context, Field extends string = string, Collection extends string = string>
  extends AuthOptions<Context, Collection> {
  /** The field that the route is about. Without one, a permission over some fields alone does not do. */
  readonly field?: Field
}

/** Options of a guard that goes by what the method does. */
export interface ResourceOptions<Context, Operation extends string, Collection extends string = string>
  extends AuthOptions<Context, Collection> {
  /**
   * What single methods do here in place of what they do elsewhere, such as `{ PUT: 'publish' }`; false refuses a method. Others
   * than GET, HEAD, POST, PUT, PATCH and DELETE are refused unless they are named here.
   */
  readonly operations?: Readonly<Record<string, Operation | false>>
}

/** With what loads the object that a route is about. */
export interface Loading<Context, Row extends object> {
  /** Not asked for somebody who could do it to no object at all, who is refused before anything is loaded. */
  readonly resource: LoadResource<Context, Row>
}

/** Without it. That it is said lets a compiler tell of a loader what is wrong with it. */
export interface WithoutLoader {
  readonly resource?: undefined
}
