import type { AnyCollection } from '@cardea/collections'

/**
 * A name of something that code declares, where `Named` is inferred from what is given: a name that is written out has to be known.
 * A text of which the compiler knows no more than that may be one of run time, which no type can know, and is looked at when it is
 * used.
 */
export type KnownName<Known extends string, Named extends string> = string extends Named ? Named : Known

/** The names of the auth collections that an instance is built with; any text where its collections are not known. */
export type AuthCollectionName<C extends AnyCollection> =
  | 'users'
  | (C extends { readonly type: 'base' } ? never : C['name'])
