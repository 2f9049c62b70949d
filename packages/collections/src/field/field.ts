import type { JsonContent } from './json.js'

/**
 * What every field of a collection says, as plain data that JSON can hold: a definition that came over HTTP looks the
 * same as one made in code.
 *
 * The type parameters carry to the compiler what the data says at run time.
 */
export interface Field<
  Value,
  Optional extends boolean = boolean,
  Hidden extends boolean = boolean,
  Default extends Value | undefined = Value | undefined,
  Readonly extends boolean = boolean,
> {
  /** Whether the value may be left out, and is null then. */
  readonly optional?: Optional | undefined
  /** Whether clients neither see nor set the field. */
  readonly hidden?: Hidden | undefined
  /** Whether clients see the field and do not set it. */
  readonly readonly?: Readonly | undefined
  /** Taken by new records that leave the field out. */
  readonly default?: Default | undefined
  /** Carries the type of the value as the API shows it; holds nothing. */
  readonly $value?: Value
}

/** A field that lists can be sorted and filtered by without reading the table. */
interface IndexedField {
  /** Whether there is an index over the field, in the order of lists. */
  readonly index?: boolean | undefined
}

/** A field whose values may be required to differ from record to record. */
interface UniqueField extends IndexedField {
  /** Whether no two records may have the same value. Null is not a value. */
  readonly unique?: boolean | undefined
}

/** A text. Lengths count UTF-16 units, as `length` of a string does. */
export interface TextField<
  Optional extends boolean = boolean,
  Hidden extends boolean = boolean,
  Default extends string | undefined = string | undefined,
  Readonly extends boolean = boolean,
> extends Field<string, Optional, Hidden, Default, Readonly>,
    UniqueField {
  readonly type: 'text'
  readonly min?: number | undefined
  readonly max?: number | undefined
  /** Source of a regular expression with the flag `u` that finds a match in the value. */
  readonly pattern?: string | undefined
}

/** An e-mail address. */
export interface EmailField<
  Optional extends boolean = boolean,
  Hidden extends boolean = boolean,
  Default extends string | undefined = string | undefined,
  Readonly extends boolean = boolean,
> extends Field<string, Optional, Hidden, Default, Readonly>,
    UniqueField {
  readonly type: 'email'
}

/** An absolute http or https address. */
export interface UrlField<
  Optional extends boolean = boolean,
  Hidden extends boolean = boolean,
  Default extends string | undefined = string | undefined,
  Readonly extends boolean = boolean,
> extends Field<string, Optional, Hidden, Default, Readonly>,
    UniqueField {
  readonly type: 'url'
  readonly max?: number | undefined
}

/** A finite number. */
export interface NumberField<
  Optional extends boolean = boolean,
  Hidden extends boolean = boolean,
  Default extends number | undefined = number | undefined,
  Readonly extends boolean = boolean,
> extends Field<number, Optional, Hidden, Default, Readonly>,
    UniqueField {
  readonly type: 'number'
  readonly min?: number | undefined
  readonly max?: number | undefined
}

export interface BoolField<
  Optional extends boolean = boolean,
  Hidden extends boolean = boolean,
  Default extends boolean | undefined = boolean | undefined,
  Readonly extends boolean = boolean,
> extends Field<boolean, Optional, Hidden, Default, Readonly>,
    IndexedField {
  readonly type: 'bool'
}

/** An instant: ISO 8601 in the API, milliseconds since 1970 in the database. */
export interface DateField<
  Optional extends boolean = boolean,
  Hidden extends boolean = boolean,
  Default extends string | undefined = string | undefined,
  Readonly extends boolean = boolean,
> extends Field<string, Optional, Hidden, Default, Readonly>,
    UniqueField {
  readonly type: 'date'
  readonly min?: string | undefined
  readonly max?: string | undefined
}

/** One of a list of texts. */
export interface SelectField<
  Value extends string = string,
  Optional extends boolean = boolean,
  Hidden extends boolean = boolean,
  Default extends Value | undefined = Value | undefined,
  Readonly extends boolean = boolean,
> extends Field<Value, Optional, Hidden, Default, Readonly>,
    IndexedField {
  readonly type: 'select'
  readonly options: readonly Value[]
}

/** Any JSON value but null. */
export interface JsonField<
  Optional extends boolean = boolean,
  Hidden extends boolean = boolean,
  Default extends JsonContent | undefined = JsonContent | undefined,
  Readonly extends boolean = boolean,
> extends Field<JsonContent, Optional, Hidden, Default, Readonly> {
  readonly type: 'json'
  /** Largest size of the value as JSON, in bytes of UTF-8. */
  readonly max?: number | undefined
}

/** The id of a record of a collection. */
export interface RelationField<
  Optional extends boolean = boolean,
  Hidden extends boolean = boolean,
  Target extends string = string,
  Readonly extends boolean = boolean,
> extends Field<string, Optional, Hidden, undefined, Readonly>,
    UniqueField {
  readonly type: 'relation'
  readonly collection: Target
  /** What the ids of the collection are, where it is over a table of the app's own. */
  readonly id?: 'integer' | 'uuid' | 'text' | undefined
}

/** A field of any type. */
export type AnyField =
  | TextField
  | EmailField
  | UrlField
  | NumberField
  | BoolField
  | DateField
  | SelectField
  | JsonField
  | RelationField

/** The fields of a collection, by name. */
export type Fields = Readonly<Record<string, AnyField>>
