import type { AnyCollection, NewInput, PatchInput, RecordOf, RegisterInput, UsersFields } from '@cardea/collections'
import type { ListedMember, RelationMember, TypedFilter } from './records.js'
import type { UserOf } from './user-of.js'

/**
 * The names of what may be an identifier: unique ones alone are, which no type says of a field of the app's. Of what all users have,
 * it is known.
 */
type IdentifierOf<C extends AnyCollection> =
  | 'email'
  | Exclude<
      {
        [Name in keyof C['fields'] & string]: C['fields'][Name]['type'] extends 'text' | 'email' ? Name : never
      }[keyof C['fields'] & string],
      C['name'] extends 'users' ? Exclude<keyof UsersFields, 'username'> : never
    >

/** A collection as its clients see it: nothing but the shapes of JSON. */
interface CollectionTypes<C extends AnyCollection> {
  readonly type: C['type']
  readonly record: C['type'] extends 'auth' ? UserOf<C> : RecordOf<C>
  readonly create: NewInput<C>
  readonly update: PatchInput<C>
  /** What lists are filtered by, as `auth.records` takes it. */
  readonly filter: NonNullable<TypedFilter<C>['filter']>
  /** What they are sorted by. */
  readonly sort: ListedMember<C>
  /** What of them can be shown as records. */
  readonly relation: RelationMember<C>
  readonly register: C['type'] extends 'auth' ? RegisterInput<C> : never
  /** What may be given beside a password to sign in. */
  readonly identifier: C['type'] extends 'auth' ? IdentifierOf<C> : never
}

/** What a client can know of an app: its collections by name, and its permissions. */
export interface AppTypes<
  Users extends AnyCollection = AnyCollection,
  Others extends AnyCollection = AnyCollection,
  Permission extends string = string,
> {
  /** Of a collection of which nothing is known but that it is one, nothing is said. */
  readonly collections: {
    readonly [C in Users | Others as C['name']]: AnyCollection extends C ? object : CollectionTypes<C>
  }
  readonly permission: Permission
}
