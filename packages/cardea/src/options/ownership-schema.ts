import * as z from 'zod/mini'
import { ownershipName } from './ownership.js'

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
