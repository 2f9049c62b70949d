/** What fields were called before they got the names that they have, the last one first; only fields that ever were. */
export type FormerNames = Readonly<Record<string, readonly string[]>>

/** The member of a stored definition that holds them, beside what code would write. */
export interface StoredFormerNames {
  readonly formerNames?: FormerNames
}
