/** How a field is compared with a value. */
export const filterOperators = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'contains', 'null'] as const

export type FilterOperator = (typeof filterOperators)[number]

/** What a list is narrowed by: one comparison of a field. All that are given have to hold. */
export interface RecordFilter {
  readonly field: string
  /** `in` takes a list, or a text with commas; `null` takes whether the field is to be empty. Empty where none was named. */
  readonly operator: string
  /** As the API shows it, or as a text that says the same: `true`, `12.5`, `2026-11-27T06:00:00Z`. */
  readonly value: unknown
  /** What issues name as their place. Default `filter.<field>.<operator>`. */
  readonly path?: string
}

/** A field to sort by. */
export interface RecordOrder {
  readonly field: string
  readonly descending?: boolean
}

/** Where a record stands in a list: the values of what the list is sorted by. */
export type ListPlace = readonly (string | number | boolean | null)[]

/** Which records are wanted, and in which order; which part of them is asked for apart. */
export interface RecordListQuery {
  readonly filters?: readonly RecordFilter[] | undefined
  /** A text that one of the searched fields holds. */
  readonly search?: string | undefined
  /** At most five; the id comes last, unless it is one of them. */
  readonly order?: readonly RecordOrder[] | undefined
}

/** A part of a list. */
export interface ListPart {
  readonly limit: number
  readonly offset?: number | undefined
  /** The place of the last record before. */
  readonly after?: ListPlace | undefined
}
