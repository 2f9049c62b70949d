/** One thing that was looked at, for people who run the app. */
export interface Finding {
  /** What was looked at, in few words that stay the same: `database`, `journal mode`. */
  readonly name: string
  /** `warning`: it works, but slower or less safely than it could. `problem`: it does not work, or is not safe. */
  readonly status: 'ok' | 'warning' | 'problem'
  /** What was found. Never a secret, a URL with a password or an e-mail address. */
  readonly message: string
  /** What to do about it; absent when nothing is to be done. */
  readonly advice?: string
}

/** What an adapter can tell of its database beside its tables. */
export interface StorageExamination {
  /** The database and its version, such as `PostgreSQL 15.18`. */
  readonly version: string
  /** Which one it is, such as `database app at 10.0.0.5:5432`, without who signs in to it; undefined where there is but one. */
  readonly place?: string | undefined
  /** The database's clock in milliseconds; undefined where it is the clock of this machine. */
  readonly now: number | undefined
  /** Settings of the database and of the way to it that matter for safety. */
  readonly findings: readonly Finding[]
}
