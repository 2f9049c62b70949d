import type { Storage } from '@cardea/storage'

/** A statement that a storage ran. */
export interface Executed {
  readonly sql: string
  /** As they were bound, where the plan depends on them. */
  readonly values: readonly unknown[]
  /** Its plan as the database told it just before, where it says little once the rows are gone. */
  readonly told?: string
}

/** One access of a plan to one table. */
export interface Access {
  /** The table's name, or its alias. */
  readonly table: string
  /** `whole` reads all of a table or an index, `equal` looks up values, `range` reads between two. */
  readonly kind: 'whole' | 'equal' | 'range'
  /** The columns that are looked up. */
  readonly columns: readonly string[]
}

/** How a database means to run a statement. */
export interface Plan {
  readonly accesses: readonly Access[]
  /** Whether rows are sorted or gathered before the first is given. */
  readonly sorts: boolean
  /** As the database told it, for messages. */
  readonly text: string
}

/** An empty database whose statements are observed. */
export interface ObservedDatabase {
  readonly name: ObservedKind['name']
  readonly storage: Storage
  /** All that the storage ran, in order, without BEGIN and COMMIT. */
  readonly executed: readonly Executed[]
  /** Runs statements past the storage. */
  run(...statements: readonly string[]): Promise<void>
  /** Lets the planner know what the tables hold. */
  analyze(): Promise<void>
  /** The plans that the statement can get. */
  explain(statement: Executed): Promise<readonly Plan[]>
  close(): Promise<void>
}

/** Whether a statement touches rows, rather than making tables or asking what the database says of itself. */
export const touchesTables = ({ sql }: Executed): boolean =>
  !/^\s*(create|drop|alter|lock tables|unlock tables)\b/.test(sql) &&
  !/\b(pragma_\w+|pg_catalog|information_schema|sqlite_\w+)\b/.test(sql) &&
  /\b(cardea|auth)_\w+/.test(sql)

/** A kind of database. */
export interface ObservedKind {
  readonly name: 'SQLite' | 'PostgreSQL' | 'MySQL'
  open(): Promise<ObservedDatabase>
}
