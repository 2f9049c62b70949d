import type { Dialect } from 'kysely'

/** What a server has of its own. */
export interface ServerParts {
  /** For messages. */
  readonly name: string
  /** The environment variable that says where it is, and what stands for it where it is not set. */
  readonly variable: string
  readonly defaultUrl: string
  /** Runs one statement on a connection of its own. */
  run(url: string, sql: string): Promise<void>
  create(name: string): string
  drop(name: string): string
  /** Leads connections to what was created. */
  at(url: URL, name: string): string
  /** How an app's own Kysely reaches it; its transactions are READ COMMITTED. */
  dialect(url: string): Dialect
}
