import type { UserAnswer } from '@cardea/http/contract'
import type { Body, SignInInput } from './auth/inputs.js'
import type { Filter } from './call/address.js'

/** What a client knows of an app: what the type of its instance carries as `$app`. */
export interface AppShape {
  readonly collections: object
  readonly permission: string
}

/** The type of an instance of Cardea, as far as clients read it, or anything else that carries the same. */
export interface CarriesApp {
  readonly $app?: AppShape
}

/** An app of which nothing is known: records are objects, permissions are texts. */
export interface UnknownApp {
  readonly $app?: {
    readonly collections: Readonly<Record<string, object>>
    readonly permission: string
  }
}

type ShapeOf<App extends CarriesApp> = NonNullable<App['$app']>
type CollectionsOf<App extends CarriesApp> = ShapeOf<App>['collections']

/** The permissions of an app. */
export type PermissionOf<App extends CarriesApp> = ShapeOf<App>['permission']

/** The names of an app's collections. */
export type CollectionName<App extends CarriesApp> = keyof CollectionsOf<App> & string

/** Those whose records sign in. Of a collection of which nothing is known, it is taken on trust. */
export type AuthCollectionName<App extends CarriesApp> = {
  [Name in CollectionName<App>]: CollectionsOf<App>[Name] extends { readonly type: 'base' } ? never : Name
}[CollectionName<App>]

type MemberOf<App extends CarriesApp, Name, Member extends string, Otherwise> = Name extends keyof CollectionsOf<App>
  ? CollectionsOf<App>[Name] extends { readonly [M in Member]: infer Value }
    ? Value
    : Otherwise
  : Otherwise

/** Any record as served. */
export interface AnyRecord {
  readonly id: string
  readonly created_at: string
  readonly updated_at: string
  readonly [field: string]: unknown
}

type AnyFields = Readonly<Record<string, unknown>>

/** A record of a collection. */
export type RecordOf<App extends CarriesApp, Name> = MemberOf<App, Name, 'record', AnyRecord>
/** What a new record takes. */
export type NewRecordOf<App extends CarriesApp, Name> = MemberOf<App, Name, 'create', AnyFields>
/** What a change of a record takes. */
export type RecordChangeOf<App extends CarriesApp, Name> = MemberOf<App, Name, 'update', AnyFields>
/** What lists of a collection are filtered by: the operators of each field that is shown and is no JSON. */
export type RecordFilterOf<App extends CarriesApp, Name> =
  MemberOf<App, Name, 'filter', Filter> extends infer By extends object ? By : never
/** What they are sorted by: the same fields, `-` before one for descending. */
export type RecordSortOf<App extends CarriesApp, Name> =
  MemberOf<App, Name, 'sort', string> extends infer Field extends string ? Field | `-${Field}` : never
/** What of them can be shown as records in place of their ids. */
export type RelationOf<App extends CarriesApp, Name> =
  MemberOf<App, Name, 'relation', string> extends infer Field extends string ? Field : never
/** Whoever signs in. */
export type UserOf<App extends CarriesApp, Name> =
  MemberOf<App, Name, 'record', UserAnswer> extends infer User extends object ? User : never
/** What a registration takes. */
export type RegistrationOf<App extends CarriesApp, Name> = MemberOf<
  App,
  Name,
  'register',
  { readonly email: string; readonly password: string } & AnyFields
>
/**
 * What signing in takes: a password, and one text by which the collection may know somebody. Of a collection of which nothing is known,
 * anything may be one.
 */
export type SignInOf<App extends CarriesApp, Name> =
  MemberOf<App, Name, 'identifier', unknown> extends infer Identifier extends string
    ? SignInInput<Identifier>
    : Body<'login'>
