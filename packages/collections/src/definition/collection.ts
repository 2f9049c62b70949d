import type { Fields, RelationField } from '../field/field.js'
import type { CheckedRules, RecordRules } from '../rules/rule.js'
import type { CollectionMapping, ColumnOption, RecordIdType } from './mapping.js'
import type { SignInRule } from './sign-in-rule.js'
import type { UsersFields } from './users-fields.js'

/** `auth`: the records are principals that can sign in. `base`: plain records. */
export type CollectionType = 'auth' | 'base'

/** Signing in with a password, and what passwords must be like. */
export interface PasswordSettings {
  /** Whether a password signs in. Default true. */
  readonly enabled?: boolean | undefined
  /** Smallest length in Unicode code points, 8 to 64. Default: the instance's, at last 8. */
  readonly minLength?: number | undefined
  /** Whether there must be an upper-case letter. Default: the instance's, at last false, as for the next two. */
  readonly requireUpper?: boolean | undefined
  /** Whether there must be a digit. */
  readonly requireNumber?: boolean | undefined
  /** Whether there must be a character that is neither letter nor digit. */
  readonly requireSpecial?: boolean | undefined
}

/** Signing in with a code that is sent by mail. */
export interface OtpSettings {
  /** Default false. */
  readonly enabled?: boolean | undefined
  /** Whether a code for an address that nobody has makes an account. Default false. */
  readonly createUser?: boolean | undefined
}

/** Second factors. */
export interface MfaSettings {
  /** Whether principals may set up a second factor. Who has one is asked for it in any case. Default false. */
  readonly enabled?: boolean | undefined
  /**
   * Who cannot do without: everybody, or the holders of the roles of these labels. They set one up while they sign in.
   * Default false.
   */
  readonly required?: boolean | readonly string[] | undefined
}

/** Signing in through OAuth providers. */
export interface OAuthSettings {
  /** Default true; it takes providers, too. */
  readonly enabled?: boolean | undefined
  /** Whether somebody who is new gets an account. Default true. */
  readonly createUser?: boolean | undefined
  /**
   * Whether an account at a provider is linked to the account that has the same address, both of them verified. Default
   * true.
   */
  readonly linkByEmail?: boolean | undefined
}

/**
 * How long sessions and tokens live, in seconds. All limits hold at once; the earliest wins. They are for sessions that begin, and
 * for those that are refreshed, from then on.
 */
export interface LifetimeSettings {
  /** Life of an access token, 60 to 2,592,000 (30 days). Default: the instance's, at last 86,400 (24 hours), as for the next. */
  readonly accessSeconds?: number | undefined
  /** Life of the session cookie, 60 to 31,536,000 (365 days). */
  readonly cookieSeconds?: number | undefined
  /** Life of the cookie of somebody who asked to be remembered, 60 to 31,536,000. Default: the instance's, at last 2,592,000. */
  readonly rememberSeconds?: number | undefined
  /** A session that is neither used nor refreshed for this long ends, 60 to 31,536,000. Default: the instance's, at last 604,800. */
  readonly idleSeconds?: number | undefined
  /** A session ends after this long, however much it is used, 60 to 31,536,000. Default: the instance's, at last 2,592,000. */
  readonly absoluteSeconds?: number | undefined
}

/** Who may sign in, of those who have proved who they are. */
export interface SignInSettings<FieldName extends string = string> {
  /** What has to hold of the record of whoever signs in, and again whenever a session is refreshed. Default true: everybody may. */
  readonly rule?: SignInRule<FieldName> | undefined
}

/** How the principals of a collection sign up and in. What is left out is inherited, at last from the defaults. */
export interface AuthOptions<FieldName extends string = string, ComparedName extends string = FieldName> {
  readonly password?: PasswordSettings | undefined
  readonly otp?: OtpSettings | undefined
  readonly mfa?: MfaSettings | undefined
  readonly oauth?: OAuthSettings | undefined
  readonly lifetimes?: LifetimeSettings | undefined
  /**
   * Who can make an account: anybody (`open`, default), who has the token of an invitation (`invite`), nobody (`closed`).
   * Invitations are accepted in every case: whoever sends one may make accounts.
   */
  readonly registration?: 'open' | 'closed' | 'invite' | undefined
  /**
   * What registering with an address that is taken is answered with: `explicit` (default) says so at once; `uniform`
   * answers everybody alike, and the rest is said by mail.
   */
  readonly registrationAnswer?: 'explicit' | 'uniform' | undefined
  /** Whether signing in needs a verified e-mail address. Default false. */
  readonly requireVerified?: boolean | undefined
  /**
   * Fields by which one can sign in beside the e-mail address: unique ones of the types `text` and `email`, whose names
   * have at most 32 characters. Default none; `users` always has `username`.
   */
  readonly identifiers?: readonly FieldName[] | undefined
  /** Names fields, so it is never inherited. */
  readonly signIn?: SignInSettings<ComparedName> | undefined
}

/** Settings that only one type of collection has. */
interface AuthOptionsOf<FieldName extends string, ComparedName extends string> {
  readonly auth: AuthOptions<FieldName, ComparedName> | undefined
  readonly base: undefined
}

/** The names of fields that are relations. */
type RelationName<F extends Fields> = {
  [Name in keyof F & string]: F[Name] extends Pick<RelationField, 'type'> ? Name : never
}[keyof F & string]
type NameOf<F extends Fields> = Extract<keyof F, string>

/** What an app says about a collection. */
export interface CollectionDefinition<Type extends CollectionType, F extends Fields, Name extends string = string> {
  readonly type: Type
  /** At most 100, by name: 1 to 48 lower-case letters, digits and `_`, beginning with a letter. */
  readonly fields?: F
  /** Only for the type `auth`. */
  readonly auth?: AuthOptionsOf<NameOf<NoInfer<F>>, NameOf<FieldsOf<NoInfer<Name>, NoInfer<F>>>>[Type]
  /** Who may do what with records, by operation, beside those who hold the permission for it. Default of each: `locked`. */
  readonly rules?: RecordRules<RelationName<NoInfer<F>>>
  /** The name of the table. Default: the name of the collection after the table prefix. */
  readonly table?: string
}

/** The members of the system that a table of the app's can have columns for. */
interface SystemColumns {
  readonly auth: 'id' | 'email' | 'verified' | 'created_at' | 'updated_at'
  readonly base: 'id' | 'created_at' | 'updated_at'
}

/** What an app says about a collection over a table that it has already. No migration makes or changes that table. */
export interface MappedDefinition<Type extends CollectionType, F extends Fields, Name extends string = string>
  extends CollectionDefinition<Type, F, Name> {
  /** What the database calls the table. */
  readonly table: string
  /**
   * What the columns are called. `id`, `email` and fields are looked for under their own names; `verified`, `created_at` and
   * `updated_at` are in the table only where this says so.
   */
  readonly columns: {
    readonly [K in SystemColumns[Type] | Extract<keyof NoInfer<F>, string>]?: ColumnOption | undefined
  }
  /** Default `text`. The database gives numbers to new records; other ids are UUIDs that are made here. */
  readonly id?: RecordIdType
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
  /** For every operation. */
  readonly rules: CheckedRules
  readonly table: string | null
  /** Where the records are, if the table is the app's own. */
  readonly mapping?: CollectionMapping
}

/** Any collection. */
export type AnyCollection = Collection

/** A collection whose records are principals. */
export type AuthCollection<Name extends string = string, F extends Fields = Fields> = Collection<Name, 'auth', F>

/** The fields of a collection: those defined and, for `users`, the built-in ones. */
export type FieldsOf<Name extends string, F extends Fields> = Name extends 'users' ? UsersFields & F : F

/** Whether the records of a collection are principals. */
export const isAuthCollection = (collection: AnyCollection): collection is AuthCollection => collection.type === 'auth'
