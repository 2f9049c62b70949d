import { CardeaError } from '@cardea/core'
import type { AnyCollection, AuthCollectionName, Cardea, FieldOf, KnownName, NoRows, ObjectOf } from 'cardea'
import type { RequestHead } from '../credentials/headers.js'
import { createRuntime, type Runtime } from '../handler/runtime.js'
import type { HttpOptions } from '../options/options.js'
import type { Admission } from './admission.js'
import { runForApp } from './app-code.js'
import type { Admitted } from './authenticated.js'
import { checkGuardOptions, type GuardName } from './check-guard-options.js'
import { createEntrance } from './enter.js'
import type {
  AuthOptions,
  FindTenant,
  GuardOptions,
  Loading,
  LoadResource,
  PermissionOptions,
  RequestGuardOptions,
  ResourceOptions,
  WithoutLoader,
} from './guard-options.js'
import { methodOperations } from './method-operations.js'
import { requireOperation, requireSomeOperation } from './require-operation.js'

/**
 * Lets a request in, or throws. What it throws may be the app's own: `ErrorResponder.refusal` tells.
 *
 * @param context The framework's own, for what loads objects and finds tenants.
 */
export type Admit<Context, Result> = (request: RequestHead, context: Context) => Promise<Result>

/** The resources of a catalogue: what stands before the colon. */
export type ResourceOf<Permission extends string> = Permission extends `${infer Resource}:${string}` ? Resource : string

/** The operations of a resource: what stands after the colon. */
export type OperationOf<Permission extends string, Resource extends string> = string extends Permission
  ? string
  : Permission extends `${Resource}:${infer Operation}`
    ? Operation
    : never

/** What the objects of a resource are, where the catalogue says so: any object otherwise. */
export type RowOf<Rows, Resource extends string> = ObjectOf<Rows, `${Resource}:*`>

/**
 * Guards that are built once, for a route, as adapters hand them out. Each request costs one statement in strict mode while nothing
 * has changed, and what the app's own loader takes.
 *
 * All refuse with what `Guard.require` throws. Whoever lacks the permission is refused with `forbidden`, and `access.denied` is
 * reported.
 */
export interface Guards<Permission extends string, Rows = NoRows, Known extends string = 'users'> {
  requireAuth<Context, Named extends string = never>(
    options?: AuthOptions<Context, KnownName<Known, Named>>,
  ): Admit<Context, Admitted<Permission, undefined, Rows>>
  optionalAuth<Context, Named extends string = never>(
    options?: AuthOptions<Context, KnownName<Known, Named>>,
  ): Admit<Context, Admitted<Permission, undefined, Rows> | undefined>
  requirePermission<Q extends Permission, Context, Named extends string = never>(
    permission: Q,
    options?: PermissionOptions<Context, FieldOf<Rows, Q>, KnownName<Known, Named>> & WithoutLoader,
  ): Admit<Context, Admitted<Permission, undefined, Rows>>
  /** With a loader: for the object that it loads. Throws `not_found` where there is none. */
  requirePermission<Q extends Permission, Context, Row extends ObjectOf<Rows, Q>, Named extends string = never>(
    permission: Q,
    options: PermissionOptions<Context, FieldOf<Rows, Q>, KnownName<Known, Named>> & Loading<Context, Row>,
  ): Admit<Context, Admitted<Permission, Row, Rows>>
  guardResource<Resource extends ResourceOf<Permission>, Context, Named extends string = never>(
    resource: Resource,
    options?: ResourceOptions<Context, OperationOf<Permission, Resource>, KnownName<Known, Named>> & WithoutLoader,
  ): Admit<Context, Admitted<Permission, undefined, Rows>>
  /**
   * For what the method does to the resource. With a loader: to the object that it loads, but for what creates: there is nothing yet
   * that could be loaded.
   */
  guardResource<
    Resource extends ResourceOf<Permission>,
    Context,
    Row extends RowOf<Rows, Resource>,
    Named extends string = never,
  >(
    resource: Resource,
    options: ResourceOptions<Context, OperationOf<Permission, Resource>, KnownName<Known, Named>> &
      Loading<Context, Row>,
  ): Admit<Context, Admitted<Permission, Row | undefined, Rows>>
}

/**
 * Builds the guards of an instance for a framework, whose own context loaders and finders of tenants get.
 *
 * @param name What the developer has called, which opens messages about options: adapters give their own.
 * @throws CardeaError `configuration_invalid` for options that are not right.
 */
export function createGuards<
  Users extends AnyCollection,
  Others extends AnyCollection,
  Permission extends string,
  Role extends string,
  Rows,
>(
  auth: Cardea<Users, Others, Permission, Role, Rows>,
  options: HttpOptions = {},
  name = 'createGuards',
): Guards<Permission, Rows, AuthCollectionName<Others>> {
  // Of the rows, the compiler alone knows.
  return guardsOf<Permission>(createRuntime(auth, options, name))
}

/** Options of either guard, with a loader or without. */
type Options<Context> = AuthOptions<Context> & {
  readonly resource?: LoadResource<Context, object>
  readonly field?: string
  readonly operations?: Readonly<Record<string, string | false>>
}

function guardsOf<Permission extends string>(runtime: Runtime): Guards<Permission, NoRows, string> {
  const { enter, enterOptionally } = createEntrance<Permission>(runtime)
  const { permissions } = runtime.auth

  /** What a guard begins with. That it is there, and what it needs, is noted for the review of permissions. */
  const entering = <Context, Result extends Found>(
    enterAs: Enter<Result>,
    name: GuardName,
    options: AuthOptions<Context> = {},
    subject?: string,
    needed: readonly string[] = [],
  ): Admit<Context, Result> => {
    checkGuardOptions(name, options, subject)
    permissions.needs(needed, subject === undefined ? name : `${name}('${subject}')`, options.collections)
    return within(enterAs, options)
  }

  const requirePermission = <Context>(permission: Permission, options: Options<Context> = {}) => {
    const enterHere = entering(enter, 'requirePermission', options, permission, [permission])
    const { field, resource: load } = options
    return async (request: RequestHead, context: Context) => {
      const caller = await enterHere(request, context)
      if (load === undefined) {
        caller.authorize(permission, undefined, field)
        return caller
      }
      caller.authorizeSome(permission)
      const resource = await loadFor(load, context)
      caller.authorize(permission, resource, field)
      return caller.with(resource)
    }
  }

  const guardResource = <Context>(resource: string, options: Options<Context> = {}) => {
    const operations = methodOperations(options.operations)
    const needed = [...new Set(operations.values())].map((operation) => `${resource}:${operation}`)
    const enterHere = entering(enter, 'guardResource', options, resource, needed)
    const { resource: load } = options
    return async (request: RequestHead, context: Context) => {
      const caller = await enterHere(request, context)
      const operation = operations.get(request.method)
      if (load === undefined || operation === 'create') {
        requireOperation(caller, resource, operation)
        return caller
      }
      requireSomeOperation(caller, resource, operation)
      const object = await loadFor(load, context)
      requireOperation(caller, resource, operation, object)
      return caller.with(object)
    }
  }

  return {
    requireAuth: (options) => entering(enter, 'requireAuth', options),
    optionalAuth: (options) => entering(enterOptionally, 'optionalAuth', options),
    // Whether there is a loader decides what is admitted, as the overloads say.
    requirePermission: requirePermission as Guards<Permission, NoRows, string>['requirePermission'],
    guardResource: guardResource as Guards<Permission, NoRows, string>['guardResource'],
  }
}

type Enter<Result> = (request: RequestHead, guard: RequestGuardOptions) => Promise<Result>

type Found = Admission<string> | undefined

/** Finds the tenant first, where one is looked for, and what conditions need last. */
function within<Context, Result extends Found>(
  enter: Enter<Result>,
  options: AuthOptions<Context>,
): Admit<Context, Result> {
  const { tenant: find, collections, credentials, circumstances } = options
  const guard: GuardOptions = {
    ...(collections === undefined ? {} : { collections }),
    ...(credentials === undefined ? {} : { credentials }),
  }
  const entered: Admit<Context, Result> =
    find === undefined
      ? (request) => enter(request, guard)
      : async (request, context) => enter(request, { ...guard, tenant: await findTenant(find, context) })
  if (circumstances === undefined) return entered
  return async (request, context) => {
    const found = await entered(request, context)
    if (found === undefined) return found
    // Of the same kind as what was found.
    return found.under(await runForApp(() => circumstances(context, found.authentication))) as Result
  }
}

async function findTenant<Context>(find: FindTenant<Context>, context: Context): Promise<string | null> {
  return (await runForApp(() => find(context))) ?? null
}

/** @throws CardeaError `not_found` where there is nothing, `internal_error` for what is no object. */
async function loadFor<Context>(load: LoadResource<Context, object>, context: Context): Promise<object> {
  const loaded: unknown = await runForApp(() => load(context))
  if (loaded === null || loaded === undefined) throw new CardeaError('not_found', 'There is no such thing.')
  if (typeof loaded !== 'object') {
    throw new CardeaError('internal_error', 'What loads the resource of a guard gave something that is no object.')
  }
  return loaded
}
