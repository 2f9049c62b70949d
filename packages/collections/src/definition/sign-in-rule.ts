/** What a field is compared with, as the API shows it: an instant is a text such as `2026-11-27T06:00:00Z`, or `now`. */
export interface SignInComparison {
  readonly eq?: string | number | boolean | undefined
  /** Also true of an empty field. */
  readonly ne?: string | number | boolean | undefined
  readonly lt?: string | number | undefined
  readonly lte?: string | number | undefined
  readonly gt?: string | number | undefined
  readonly gte?: string | number | undefined
  readonly in?: readonly (string | number | boolean)[] | undefined
  /** A part of a text, upper and lower case apart. */
  readonly contains?: string | undefined
  /** Whether the field is empty. */
  readonly null?: boolean | undefined
}

/** Fields that records of every auth collection have. */
export type SystemFieldName = 'id' | 'email' | 'verified' | 'created_at' | 'updated_at'

/** Comparisons of a record, by field; all have to hold. */
export type SignInConditions<FieldName extends string = string> = {
  readonly [Name in FieldName | SystemFieldName]?: SignInComparison | undefined
}

/**
 * Who may sign in: everybody (`true`), nobody (`false` or null), or whose record meets the comparisons; of a list of them, one
 * is enough. Fields may be hidden ones: it is the app's own rule, and nobody is told what it says.
 */
export type SignInRule<FieldName extends string = string> =
  | boolean
  | null
  | SignInConditions<FieldName>
  | readonly SignInConditions<FieldName>[]
