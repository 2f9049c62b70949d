import { CardeaError } from '@cardea/core'
import type {
  BoolField,
  DateField,
  EmailField,
  Field,
  JsonField,
  NumberField,
  RelationField,
  SelectField,
  TextField,
  UrlField,
} from './field.js'
import type { JsonContent } from './json.js'

/** Options that every field has. */
export interface FieldOptions<Optional extends boolean, Hidden extends boolean, Readonly extends boolean = boolean> {
  /** Whether the value may be left out, and is null then. Default false. */
  readonly optional?: Optional
  /**
   * Whether clients neither see nor set the field: what the app keeps about a record. It has to be optional or have a
   * default, because no client can give it. Default false.
   */
  readonly hidden?: Hidden
  /**
   * Whether clients see the field and do not set it: what the app decides of a record, such as a plan, a balance or a score. No
   * registration, no `PATCH /me` and no record over HTTP sets it, whatever the rules and whoever asks; the app's code does, by
   * `auth.records`. It has to be optional or have a default, because no client can give it. Default false.
   */
  readonly readonly?: Readonly
}

/** An option of fields that can have an index. */
export interface IndexOption {
  /**
   * Whether there is an index over the field, so that a page sorted or filtered by it takes as long however many records
   * there are. Writing takes a little longer; a text has at most 255 bytes of UTF-8 then. Default false.
   */
  readonly index?: boolean
}

/** Options of fields whose values may be unique. */
export interface UniqueOptions extends IndexOption {
  /** Whether no two records may have the same value. Goes without a default. Default false. */
  readonly unique?: boolean
}

/** An option of fields that can have a default. */
export interface DefaultOption<Default> {
  /** Taken by new records that leave the field out. */
  readonly default?: Default
}

/** Options of `text`. */
export interface TextOptions {
  /** Smallest length in UTF-16 units. Default 0, of a unique field 1. */
  readonly min?: number
  /** Largest length in UTF-16 units, up to 100,000. Default 5,000; one that is unique or has an index takes at most 255 bytes of UTF-8. */
  readonly max?: number
  /**
   * Has to find a match in the value; anchor it with `^` and `$` to judge the whole. Without flags, or with `u`, under
   * which it always runs. It meets what strangers send: one that backtracks without bound can stall the process.
   */
  readonly pattern?: RegExp
}

/** Options of `url`. */
export interface UrlOptions {
  /** Largest length, up to 8,192. Default 2,048; one that is unique or has an index takes at most 255 bytes of UTF-8. */
  readonly max?: number
}

/** Options of `number`. */
export interface NumberOptions {
  /** Smallest value. */
  readonly min?: number
  /** Largest value. */
  readonly max?: number
}

/** Options of `date`. */
export interface DateOptions {
  /** Earliest instant, in ISO 8601. */
  readonly min?: string
  /** Latest instant, in ISO 8601. */
  readonly max?: string
}

/** Options of `json`. */
export interface JsonOptions {
  /** Largest size of the value as JSON, in bytes of UTF-8, up to 1,048,576. Default 65,536. */
  readonly max?: number
}

// The fields that these functions return stand where any field is expected. `NoInfer` keeps that expectation from deciding
// their type parameters: `text()` is a required, visible text wherever it is written.

/** A text. */
export function text<
  Optional extends boolean = false,
  Hidden extends boolean = false,
  Default extends string | undefined = undefined,
  Readonly extends boolean = false,
>(
  options: TextOptions & UniqueOptions & FieldOptions<Optional, Hidden, Readonly> & DefaultOption<Default> = {},
): TextField<NoInfer<Optional>, NoInfer<Hidden>, NoInfer<Default>, NoInfer<Readonly>> {
  const { pattern, ...rest } = options
  return describe({ ...rest, ...(pattern === undefined ? {} : { pattern: sourceOf(pattern) }), type: 'text' })
}

/** An e-mail address of at most 254 characters. */
export function email<
  Optional extends boolean = false,
  Hidden extends boolean = false,
  Default extends string | undefined = undefined,
  Readonly extends boolean = false,
>(
  options: UniqueOptions & FieldOptions<Optional, Hidden, Readonly> & DefaultOption<Default> = {},
): EmailField<NoInfer<Optional>, NoInfer<Hidden>, NoInfer<Default>, NoInfer<Readonly>> {
  return describe({ ...options, type: 'email' })
}

/** An absolute address with the scheme http or https. */
export function url<
  Optional extends boolean = false,
  Hidden extends boolean = false,
  Default extends string | undefined = undefined,
  Readonly extends boolean = false,
>(
  options: UrlOptions & UniqueOptions & FieldOptions<Optional, Hidden, Readonly> & DefaultOption<Default> = {},
): UrlField<NoInfer<Optional>, NoInfer<Hidden>, NoInfer<Default>, NoInfer<Readonly>> {
  return describe({ ...options, type: 'url' })
}

/** A finite number. */
export function number<
  Optional extends boolean = false,
  Hidden extends boolean = false,
  Default extends number | undefined = undefined,
  Readonly extends boolean = false,
>(
  options: NumberOptions & UniqueOptions & FieldOptions<Optional, Hidden, Readonly> & DefaultOption<Default> = {},
): NumberField<NoInfer<Optional>, NoInfer<Hidden>, NoInfer<Default>, NoInfer<Readonly>> {
  return describe({ ...options, type: 'number' })
}

/** True or false. */
export function bool<
  Optional extends boolean = false,
  Hidden extends boolean = false,
  Default extends boolean | undefined = undefined,
  Readonly extends boolean = false,
>(
  options: IndexOption & FieldOptions<Optional, Hidden, Readonly> & DefaultOption<Default> = {},
): BoolField<NoInfer<Optional>, NoInfer<Hidden>, NoInfer<Default>, NoInfer<Readonly>> {
  return describe({ ...options, type: 'bool' })
}

/** An instant, in ISO 8601 with an offset or `Z`; a date alone means its midnight in UTC. Kept to the millisecond. */
export function date<
  Optional extends boolean = false,
  Hidden extends boolean = false,
  Default extends string | undefined = undefined,
  Readonly extends boolean = false,
>(
  options: DateOptions & UniqueOptions & FieldOptions<Optional, Hidden, Readonly> & DefaultOption<Default> = {},
): DateField<NoInfer<Optional>, NoInfer<Hidden>, NoInfer<Default>, NoInfer<Readonly>> {
  return describe({ ...options, type: 'date' })
}

/**
 * One of a list of texts.
 *
 * @param values The texts, at most 200 of up to 255 bytes each.
 */
export function select<
  const Value extends string,
  Optional extends boolean = false,
  Hidden extends boolean = false,
  Default extends Value | undefined = undefined,
  Readonly extends boolean = false,
>(
  values: readonly Value[],
  options: IndexOption & FieldOptions<Optional, Hidden, Readonly> & DefaultOption<Default> = {},
): SelectField<Value, NoInfer<Optional>, NoInfer<Hidden>, NoInfer<Default>, NoInfer<Readonly>> {
  return describe({ ...options, type: 'select', options: Object.freeze([...values]) })
}

/** Any JSON value but null, nested at most 32 deep. */
export function json<
  Optional extends boolean = false,
  Hidden extends boolean = false,
  Default extends JsonContent | undefined = undefined,
  Readonly extends boolean = false,
>(
  options: JsonOptions & FieldOptions<Optional, Hidden, Readonly> & DefaultOption<Default> = {},
): JsonField<NoInfer<Optional>, NoInfer<Hidden>, NoInfer<Default>, NoInfer<Readonly>> {
  return describe({ ...options, type: 'json' })
}

/**
 * The id of a record of another collection or of the same one. The database keeps it right: deleting the other record
 * sets it to null.
 *
 * @param collection The name of the other collection.
 */
export function relation<
  Optional extends boolean = false,
  Hidden extends boolean = false,
  Target extends string = string,
  Readonly extends boolean = false,
>(
  collection: Target,
  options: UniqueOptions & FieldOptions<Optional, Hidden, Readonly> & Pick<RelationField, 'id'> = {},
): RelationField<NoInfer<Optional>, NoInfer<Hidden>, NoInfer<Target>, NoInfer<Readonly>> {
  return describe({ ...options, type: 'relation', collection })
}

/** Options are checked where the field is used, by `defineCollection`, which can name the place. */
function describe<F extends Field<unknown>>(field: F): F {
  return Object.freeze(field)
}

function sourceOf(pattern: RegExp): string {
  if (pattern.flags === '' || pattern.flags === 'u') return pattern.source
  throw new CardeaError('configuration_invalid', 'text: pattern takes no flag but u')
}
