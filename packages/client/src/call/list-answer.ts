/** A part of a list by `limit` and `offset`. */
export interface OffsetPage<Item> {
  readonly data: readonly Item[]
  readonly total: number
  readonly limit: number
  readonly offset: number
}

/** A part of a list by `page` and `per_page`. */
export interface NumberedPage<Item> {
  readonly items: readonly Item[]
  readonly page: number
  readonly per_page: number
  readonly total: number
  readonly total_pages: number
}

/** A part of a list by `cursor`; an empty one is the beginning. */
export interface CursorPage<Item> {
  readonly data: readonly Item[]
  /** Null at the end. */
  readonly next_cursor: string | null
}

/** The form that a query asks for a list in; without any, a plain array of at most 1,000. */
export type ListAnswer<Query, Item> = Query extends { readonly cursor: string }
  ? CursorPage<Item>
  : Query extends { readonly page: number } | { readonly per_page: number }
    ? NumberedPage<Item>
    : Query extends { readonly limit: number } | { readonly offset: number }
      ? OffsetPage<Item>
      : readonly Item[]
