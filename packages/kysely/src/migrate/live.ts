import type { OnDelete } from '@cardea/storage'

/** A column as it is in the database. */
export interface LiveColumn {
  /** As the database calls it, in lower case. */
  readonly type: string
  readonly nullable: boolean
  /** The default as text without quotes and casts; undefined when there is none. */
  readonly default: string | undefined
}

export interface LiveForeignKey {
  readonly column: string
  readonly table: string
  readonly target: string
  readonly onDelete: OnDelete | 'other'
}

export interface LiveIndex {
  readonly columns: readonly string[]
  readonly unique: boolean
}

/** A table as it is in the database. */
export interface LiveTable {
  readonly columns: ReadonlyMap<string, LiveColumn>
  readonly primaryKey: readonly string[]
  readonly foreignKeys: readonly LiveForeignKey[]
  readonly indexes: ReadonlyMap<string, LiveIndex>
  /** The names of the triggers that run. */
  readonly triggers: ReadonlySet<string>
}
