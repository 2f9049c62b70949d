import type { AnyCollection, NewInput, PatchInput, RecordOf, RegisterInput } from '@cardea/collections'
import type { ListedMember, TypedFilter } from './records.js'
import type { UserOf } from './user-of.js'

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
  readonly register: C['type'] extends 'auth' ? RegisterInput<C> : never
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
