import type { AskedBy, ListFilter } from './users.js'

/** What a file of users is. `jsonl` and `csv` are Cardea's own, as {@link UserTransfer.export} writes them. */
export type ImportFormat =
  | 'jsonl'
  | 'csv'
  | 'better-auth'
  | 'supabase'
  | 'supabase-csv'
  | 'auth0'
  | 'firebase'
  | 'pocketbase'

/** How Firebase hashes the passwords of a project: its console shows it beside the list of users. */
export interface FirebaseHashConfig {
  readonly base64_signer_key: string
  readonly base64_salt_separator: string
  /** Block size of scrypt, 1 to 8. */
  readonly rounds: number
  /** Base-2 logarithm of N, 1 to 14. */
  readonly mem_cost: number
}

/** How users are imported. */
export interface ImportOptions extends AskedBy {
  readonly format: ImportFormat
  /** What happens to a user whose address somebody has: nothing (default), its fields are changed, or the record is refused. */
  readonly onConflict?: 'skip' | 'update' | 'fail' | undefined
  /** Whether only to say what would happen; each batch is written and rolled back. Default false. */
  readonly dryRun?: boolean | undefined
  /**
   * Which member of a record goes into which field of the collection: `{ company: 'user_metadata.company' }`. Dots go into
   * objects. `id` of the old system is kept this way: `{ legacy_id: 'id' }`.
   */
  readonly fields?: Readonly<Record<string, string>> | undefined
  /** For `jsonl` and `csv`: members that are left out. Others that are unknown are refused. */
  readonly ignore?: readonly string[] | undefined
  /**
   * What providers are called here, by what the file calls them: `{ 'oidc.corp': 'corp' }`; null leaves their accounts out.
   * Usual names such as `google.com` are known.
   */
  readonly providers?: Readonly<Record<string, string | null>> | undefined
  /** What happens to a user whose password hash cannot be checked here: `refuse` (default), or `reset`: it comes without a password. */
  readonly unsupportedHash?: 'refuse' | 'reset' | undefined
  readonly firebase?: FirebaseHashConfig | undefined
  /** How many records at the beginning are done already: `records` of an earlier report. Default 0. */
  readonly after?: number | undefined
  /** Users in one transaction, 1 to 1,000. Default 100. */
  readonly batchSize?: number | undefined
  /** The longest record in bytes, 1,024 to 16,777,216; longer ones are refused. Default 262,144. */
  readonly maxRecordBytes?: number | undefined
  /** Told of each record that was refused, once what came before it is written. */
  readonly onRefused?: ((refused: RefusedRecord) => void) | undefined
  /** Told after each batch: what it says is written, and `records` is where to go on after. */
  readonly onProgress?: ((progress: ImportCounts) => void | Promise<void>) | undefined
}

/** A record that was not imported. No value of it is in here. */
export interface RefusedRecord {
  /** Counted from 1, without the header of a CSV file. */
  readonly record: number
  /** The line of the file that it begins in, from 1. */
  readonly line: number
  readonly issues: readonly {
    /** The member or field; empty for the record as a whole. */
    readonly path: string
    readonly code: string
    readonly message: string
  }[]
}

/** How far an import is. */
export interface ImportCounts {
  /** Records that were looked at, with those that an earlier import had done. */
  readonly records: number
  readonly imported: number
  readonly updated: number
  /** Those that were there already. */
  readonly skipped: number
  readonly refused: number
  /** Of the imported ones, those that have no password and have to set one by a link. */
  readonly withoutPassword: number
}

/** What an import has done. */
export interface ImportReport extends ImportCounts {
  readonly dryRun: boolean
  /** How many records were refused for each code of an issue. */
  readonly refusedFor: Readonly<Record<string, number>>
  /** The first 100 of them; `onRefused` hears of all. */
  readonly firstRefused: readonly RefusedRecord[]
}

/** How users are exported. */
export interface ExportOptions<Listed extends string = string> extends AskedBy, ListFilter<Listed> {
  readonly format: 'jsonl' | 'csv'
  /** Whether password hashes are in it. For the app's own code: with `by` it is `forbidden`. Default false. */
  readonly withPasswordHashes?: boolean | undefined
}

/** Import and export of the users of one auth collection. */
export interface UserTransfer<Listed extends string = string> {
  /**
   * Imports users from a stream of bytes, such as `createReadStream('users.jsonl')`, in constant memory. What was written stays
   * when it fails half-way, and a second run skips it.
   *
   * A record that is not right is refused and reported, and the next one goes on. Nobody is told by mail, and no hook is
   * called. One event, `users.imported`, tells of all.
   *
   * With `by`, this needs `users:admin`, and `create` of the collection, and `update` of it with `onConflict: 'update'`; roles are
   * given within the rights of whoever asks.
   *
   * @throws CardeaError `invalid_request` for wrong options, a file that is not of its format at all, or inside a transaction of
   * the app; `forbidden`, `session_revoked`, `unavailable`.
   */
  import(source: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<ImportReport>

  /**
   * Exports users as UTF-8 text, page by page in the order of their making, in constant memory. No secret is in it, and no hidden
   * field; password hashes only where the app's code asks for them.
   *
   * With `by`, this needs `read` of the collection, for each page anew.
   *
   * @throws CardeaError while it is read: `forbidden`, `unknown_field`, `invalid_request`, `unavailable`.
   */
  export(options: ExportOptions<Listed>): AsyncIterable<string>
}
