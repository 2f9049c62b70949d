/** A part of a list in the order of ids, which is that of their making, to the millisecond. */
export interface Page {
  /** At most 1,001: one more than a page shows tells whether there is another. */
  readonly limit: number
  /** The id of the last entry of the page before: what follows costs the same however far on it is. */
  readonly after?: string | undefined
  /** How many to leave out: for pages by number. All of them are read over, so `after` is cheaper. Default: 0. */
  readonly offset?: number | undefined
}
