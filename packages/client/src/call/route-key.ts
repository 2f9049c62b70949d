import type { BodyOf, RouteAnswers, RouteName, routeContracts } from '@cardea/http/contract'
import type { Filter, QueryValue } from './address.js'
import type { ListAnswer } from './list-answer.js'

type Contracts = typeof routeContracts

/** Routes that answer a call. The others send a browser on, show a page, or stream, for which there is `records().export`. */
type CallableName = Exclude<
  RouteName,
  'beginOAuth' | 'finishOAuth' | 'finishOAuthOf' | 'postedOAuth' | 'exportRecords' | 'apiReference' | 'apiSummary'
>

type Key<
  Name extends CallableName,
  Prefix extends string,
> = `${Contracts[Name]['method']} ${Prefix}${Contracts[Name]['path']}`

type NamesOf<Mount extends string> = {
  [Name in CallableName]: Contracts[Name]['mount'] extends Mount ? Name : never
}[CallableName]

/** Routes of auth by method and path below the collection's auth routes: `POST /login`. */
export type AuthRoutes = { readonly [Name in NamesOf<'auth'> as Key<Name, ''>]: Name }

/** All routes by method and path, below the base path. */
export type Routes = { readonly [Name in NamesOf<'auth'> as Key<Name, '/auth' | '/collections/{name}/auth'>]: Name } & {
  readonly [Name in NamesOf<'api' | 'root'> as Key<Name, ''>]: Name
}

/** A route by method and path: `GET /roles/{id}`. */
export type RouteKey = keyof Routes

type ParameterOf<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | ParameterOf<Rest> : never

type ParamsOf<Path> = [ParameterOf<Path>] extends [never]
  ? { readonly params?: undefined }
  : { readonly params: { readonly [Name in ParameterOf<Path>]: string } }

type BodyPart<Body> = [Body] extends [undefined]
  ? { readonly body?: undefined }
  : Record<never, never> extends Body
    ? { readonly body?: Body | undefined }
    : { readonly body: Body }

/** What a route may be asked for in its query. */
export type QueryOf<Name extends CallableName> = {
  readonly [N in Exclude<Contracts[Name]['query'][number], `filter[${string}`>]?: QueryValue
} & { readonly filter?: Filter | undefined }

/** What a query has, and no more than that. */
type QueryPart<Name extends CallableName, Query> = {
  readonly query?: (Query & { readonly [N in Exclude<keyof Query, keyof QueryOf<Name>>]: never }) | undefined
}

/** What a call may be given besides. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** What goes with a call of a route. */
export type CallInput<Path, Name extends CallableName, Query = QueryOf<Name>> = ParamsOf<Path> &
  BodyPart<BodyOf<Contracts[Name]['body']>> &
  QueryPart<Name, Query> &
  CallOptions

/** The argument list: the input need not be there where nothing in it is required. */
export type CallArguments<Path, Name extends CallableName, Query> =
  Record<never, never> extends CallInput<Path, Name>
    ? [input?: CallInput<Path, Name, Query>]
    : [input: CallInput<Path, Name, Query>]

/** What a route answers a call with. */
export type CallAnswer<Name extends CallableName, Query, User extends object> = Contracts[Name] extends {
  readonly answersList: true
}
  ? ListAnswer<Query, RouteAnswers<User>[Name]>
  : RouteAnswers<User>[Name]
