/** A row of the app's table that is to have a principal. What it signs in by is read from the table. */
export interface AdoptedRow {
  readonly id: string | number
  /** If it is given, it has to be the address in the table. */
  readonly email?: string | undefined
  /** Of the password that the row's owner has in the app until now, in one of the formats that an import takes. */
  readonly passwordHash?: string | undefined
  /** Whether the address is verified, where the table has no column for that. Default false. */
  readonly verified?: boolean | undefined
}

/** A row that nobody can sign in as, and why. No value of it is in here. */
export interface RefusedRow {
  readonly id: string
  readonly issues: readonly { readonly path: string; readonly code: string; readonly message: string }[]
}

/** What became of rows. */
export interface AdoptionCounts {
  /** Rows that have got a principal. */
  readonly adopted: number
  /** Rows whose address, or what else one signs in by, had changed in the table. */
  readonly changed: number
  /** Rows that have a principal already, and nothing was to be done. */
  readonly unchanged: number
  readonly refused: number
}

export interface AdoptionReport extends AdoptionCounts {
  /** The first 100 of those that were refused. */
  readonly firstRefused: readonly RefusedRow[]
}

export interface SyncOptions {
  /** Whether only to say what would be done. Default false. */
  readonly dryRun?: boolean | undefined
  /** Rows that are read at once, and adopted in one transaction, 1 to 1,000. Default 200. */
  readonly batchSize?: number | undefined
  /** Where an earlier run has come to: the `after` of its progress. */
  readonly after?: string | undefined
  /** Told after each batch, whose work is written then. */
  readonly onProgress?: ((progress: SyncProgress) => void | Promise<void>) | undefined
  /** Told of each row that nobody can sign in as. */
  readonly onRefused?: ((refused: RefusedRow) => void) | undefined
}

/** How far a run is. */
export interface SyncProgress extends AdoptionCounts {
  /** Principals whose row is gone: they were disabled, and their sessions have ended. */
  readonly disabled: number
  /** Where to go on after, for a run that continues this one. */
  readonly after: string
}

export interface SyncReport extends AdoptionReport {
  readonly disabled: number
  readonly dryRun: boolean
}

/** What a collection over a table of the app's has beside what all have. */
export interface MappedOperations<User> {
  /** The user of a row, by the row's id; undefined where it is not adopted, or gone. */
  findByRecordId(id: string | number): Promise<User | undefined>

  /**
   * Gives rows of the app's table a principal, so that their owners can sign in. Safe to call again, and from several processes at
   * once: each row gets one. A password that was set here stays.
   *
   * @throws CardeaError `invalid_request` for what is no row, or inside a transaction of the app; `unavailable`.
   */
  adopt(rows: Iterable<AdoptedRow> | AsyncIterable<AdoptedRow>): Promise<AdoptionReport>

  /**
   * Brings principals in line with the whole table, in constant memory: adopts rows that are new, follows addresses that have
   * changed, and ends all that principals have whose row is gone.
   *
   * @throws CardeaError `invalid_request` for wrong options, or inside a transaction of the app; `unavailable`.
   */
  sync(options?: SyncOptions): Promise<SyncReport>
}
