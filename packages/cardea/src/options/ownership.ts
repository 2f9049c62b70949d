import * as z from 'zod/mini'

/** A table of the app, or of a collection, whose rows belong to users. */
export interface OwnershipOption {
  /** Its name in the database: letters, digits and `_`, at most 63. */
  readonly table: string
  /** The column that holds the id of the user: of a kind that holds a UUID, such as `varchar(36)` or `uuid`. */
  readonly column: string
  /** What answers call it. Default: the name of the table. */
  readonly name?: string | undefined
}

const identifier = z
  .string()
  .check(
    z.refine(
      (name) => /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name),
      'must begin with a letter or _ and hold up to 63 letters, digits and _',
    ),
  )

const table = identifier.check(
  z.refine((name) => !name.toLowerCase().startsWith('cardea_'), 'must be a table of the app, not one of Cardea'),
)

/** Of two tables that answers call the same, one would hide how many rows of the other have moved. */
export const ownershipSchema = z
  .array(z.strictObject({ table, column: identifier, name: z.optional(identifier) }))
  .check(
    z.refine(
      (entries) => new Set(entries.map(ownershipName)).size === entries.length,
      'must have a name for each table',
    ),
  )

export const ownershipName = ({ name, table: own }: OwnershipOption): string => name ?? own
