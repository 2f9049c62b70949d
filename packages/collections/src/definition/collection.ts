import type { Fields } from '../field/field.js'
import type { UsersFields } from './users-fields.js'

/** `auth`: the records are principals that can sign in. `base`: plain records. */
export type CollectionType = 'auth' | 'base'

/** How the principals of a collection sign up and in. What is left out is inherited, at last from the defaults. */
export interface AuthOptions<FieldName extends string = string> {
  readonly password?:
    | {
        /** Whether a password signs in. Default true. */
        readonly enabled?: boolean | undefined
      }
    | undefined
  /** Whether anybody can make an account. Default `open`. */
  readonly registration?: 'open' | 'closed' | undefined
  /** Whether signing in needs a verified e-mail address. Default false. */
  readonly requireVerified?: boolean | undefined
  /**
   * Fields by which one can sign in beside the e-mail address: unique ones of the types `text` and `email`, whose names
   * have at most 32 characters. Default none; `users` always has `username`.
   */
  readonly identifiers?: readonly FieldName[] | undefined
}

/** Settings that only one type of collection has. */
interface AuthOptionsOf<FieldName extends string> {
  readonly auth: AuthOptions<FieldName> | undefined
  readonly base: undefined
}

/** What an app says about a collection. */
export interface CollectionDefinition<Type extends CollectionType, F extends Fields> {
  readonly type: Type
  /** At most 100, by name: 1 to 48 lower-case letters, digits and `_`, beginning with a letter. */
  readonly fields?: F
  /** Only for the type `auth`. */
  readonly auth?: AuthOptionsOf<Extract<keyof NoInfer<F>, string>>[Type]
  /** The name of the table. Default: the name of the collection after the table prefix. */
  readonly table?: string
}

interface AuthOf {
  readonly auth: AuthOptions
  readonly base: null
}

/** A collection. Made by `defineCollection` only; frozen. */
export interface Collection<
  Name extends string = string,
  Type extends CollectionType = CollectionType,
  F extends Fields = Fields,
> {
  readonly name: Name
  readonly type: Type
  /** In the order of definition, without a prototype, so that `fields[name]` finds only fields. */
  readonly fields: F
  /** As defined; null for the type `base`. `authSettings` fills in the rest. */
  readonly auth: AuthOf[Type]
  readonly table: string | null
}

/** Any collection. */
export type AnyCollection = Collection

/** A collection whose records are principals. */
export type AuthCollection<Name extends string = string, F extends Fields = Fields> = Collection<Name, 'auth', F>

/** The fields of a collection: those defined and, for `users`, the built-in ones. */
export type FieldsOf<Name extends string, F extends Fields> = Name extends 'users' ? UsersFields & F : F

/** Whether the records of a collection are principals. */
export const isAuthCollection = (collection: AnyCollection): collection is AuthCollection => collection.type === 'auth'
