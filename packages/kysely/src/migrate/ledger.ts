import { defineTable, integer, json, longText, nullable, text } from '@cardea/storage'
import type { Change } from './spec.js'

/**
 * What was migrated: one row for each table that was made or widened.
 *
 * The row is there before the first statement of its migration and says `applied` after the last, so that wherever it
 * breaks off, the next run knows what was going on.
 */
export const ledger = defineTable('cardea_migrations', {
  columns: {
    number: integer(),
    /** For people, such as `create cardea_sessions`. */
    name: longText(),
    /** As the database calls it. */
    table_name: text(255),
    change: json<Change>(),
    /** `applying` or `applied`. */
    state: text(16),
    started_at: integer(),
    applied_at: nullable(integer()),
  },
  primaryKey: ['number'],
})

export type LedgerRow = Readonly<{
  number: number
  name: string
  table_name: string
  change: Change
  state: string
}>
