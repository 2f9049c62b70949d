import type { StatementEvent } from '../contract/statement-event.js'
import type { Storage } from '../contract/storage.js'

/** A database that the suite owns: empty, and used by nobody else meanwhile. */
export interface OpenedStorage {
  readonly skipped?: undefined
  readonly storage: Storage
  /** The same database through another pool or connection, as another process would use it. */
  readonly second?: Storage
  /** Runs SQL past the adapter, as somebody else would: drift and triggers are tested with it. */
  execute?(sql: string): Promise<unknown>
  /** Opens a transaction with the library behind the adapter and hands over what `join` takes. It commits when work is done. */
  inTransaction?<Result>(work: (transaction: unknown) => Promise<Result>): Promise<Result>
  /** Where the adapter's `log` puts its events, in order. The suite reads it to count statements. */
  readonly events?: readonly StatementEvent[]
  /** Closes the storages and drops the database. */
  close(): Promise<void>
}

/** There is no database to test with, and why: the tests are skipped with this line. */
export interface SkippedStorage {
  readonly skipped: string
}

/** Opens the database for one run of the suite. */
export type OpenStorage = () => Promise<OpenedStorage | SkippedStorage>

/** A part of the contract that an adapter may have to leave out. */
export type StorageFeature =
  /** Outside readers are served, with what is committed, while a transaction is open. */
  | 'readsDuringTransaction'
  /** Foreign keys are enforced. */
  | 'foreignKeys'
  /** `afterDelete` of a table runs in the database. */
  | 'afterDelete'
  /** `join`, and savepoints for what a joined storage runs as a transaction. */
  | 'join'
  /** `migrate` widens tables that exist. */
  | 'widening'
  /** Several `migrate` at once, from several connections. */
  | 'parallelMigrations'

export interface StorageCapabilities {
  /** What the adapter leaves out, each with the reason that the skipped tests show. */
  readonly unsupported?: Readonly<Partial<Record<StorageFeature, string>>>
}

/** What a test works on. */
export interface Subject {
  readonly storage: Storage
  /** The same database through another connection; the same storage where there is none. */
  readonly second: Storage
  readonly execute: (sql: string) => Promise<unknown>
  readonly inTransaction: <Result>(work: (transaction: unknown) => Promise<Result>) => Promise<Result>
  readonly events: readonly StatementEvent[]
}

/** What a test needs beyond a storage. */
export type Need = StorageFeature | 'second' | 'execute' | 'inTransaction' | 'events'

/** Declares a test of the suite. */
export type DeclareTest = (name: string, body: (subject: Subject) => Promise<void>, needs?: readonly Need[]) => void
