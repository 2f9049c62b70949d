/** A table of the app, or of a collection, whose rows belong to users. */
export interface OwnershipOption {
  /** Its name in the database: letters, digits and `_`, at most 63. */
  readonly table: string
  /** The column that holds the id of the user: of a kind that holds a UUID, such as `varchar(36)` or `uuid`. */
  readonly column: string
  /** What answers call it. Default: the name of the table. */
  readonly name?: string | undefined
}

export const ownershipName = ({ name, table: own }: OwnershipOption): string => name ?? own
