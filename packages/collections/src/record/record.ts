import type { AnyCollection, CollectionType } from '../definition/collection.js'
import type { CollectionMapping } from '../definition/mapping.js'
import type { AnyField, Fields } from '../field/field.js'

/** What every record shows, by the type of its collection. */
interface SystemMembers {
  readonly auth: {
    readonly id: string
    readonly email: string
    readonly verified: boolean
    /** Instants are in ISO 8601, UTC. */
    readonly created_at: string
    readonly updated_at: string
  }
  readonly base: {
    readonly id: string
    /** Instants are in ISO 8601, UTC. */
    readonly created_at: string
    readonly updated_at: string
  }
}

type Given<F extends AnyField> = NonNullable<F['$value']>
/** The record that a relation means can be deleted at any time. */
type Nullable<F extends AnyField> = true extends F['optional'] ? true : F['type'] extends 'relation' ? true : false
type IsHidden<F extends AnyField> = true extends F['hidden'] ? true : false
/** Whether clients do not set it, be it that they see it or not. */
type IsKept<F extends AnyField> = true extends F['hidden'] | F['readonly'] ? true : false
type MayBeLeftOut<F extends AnyField> = true extends F['optional']
  ? true
  : [Exclude<F['default'], undefined>] extends [never]
    ? false
    : true

/** The values of fields as the API shows them; hidden fields are absent. */
export type InferFields<F extends Fields> = {
  readonly [K in keyof F as IsHidden<F[K]> extends true ? never : K]: Nullable<F[K]> extends true
    ? Given<F[K]> | null
    : Given<F[K]>
}

/** The values of fields as clients give them. */
type InputFields<F extends Fields> = {
  readonly [K in keyof F as IsKept<F[K]> extends true ? never : MayBeLeftOut<F[K]> extends true ? never : K]: Given<
    F[K]
  >
} & {
  readonly [K in keyof F as IsKept<F[K]> extends true ? never : MayBeLeftOut<F[K]> extends true ? K : never]?:
    | Given<F[K]>
    | (true extends F[K]['optional'] ? null : never)
    | undefined
}

/** What the system shows of records in a table of the app's: null is what it has no column for. */
type MappedMembers<Type extends CollectionType> = Omit<SystemMembers[Type], 'created_at' | 'updated_at'> & {
  readonly created_at: string | null
  readonly updated_at: string | null
} & (Type extends 'auth'
    ? { /** The id of the principal, which is not the record's. */ readonly principal_id: string }
    : unknown)

/** A record as the API shows it. Names are those of the fields; instants are in ISO 8601, UTC. */
export type RecordOf<C extends AnyCollection> = (C extends { readonly mapping: CollectionMapping }
  ? MappedMembers<C['type']>
  : SystemMembers[C['type']]) &
  InferFields<C['fields']>

/** What a new record takes. Fields that are optional or have a default may be left out. */
export type NewInput<C extends AnyCollection> = InputFields<C['fields']>

/** What a registration takes. */
export type RegisterInput<C extends AnyCollection> = {
  readonly email: string
  readonly password: string
} & InputFields<C['fields']>

/** What a change of a record takes: any of its fields; null takes the value of an optional one away. */
export type PatchInput<C extends AnyCollection> = {
  readonly [K in keyof C['fields'] as IsKept<C['fields'][K]> extends true ? never : K]?:
    | Given<C['fields'][K]>
    | (true extends C['fields'][K]['optional'] ? null : never)
    | undefined
}

/** What the app's code sets besides: fields that clients see and do not set. */
export type ReadonlyInput<C extends AnyCollection> = {
  readonly [K in keyof C['fields'] as IsHidden<C['fields'][K]> extends true
    ? never
    : IsKept<C['fields'][K]> extends true
      ? K
      : never]?: Given<C['fields'][K]> | (true extends C['fields'][K]['optional'] ? null : never) | undefined
}
