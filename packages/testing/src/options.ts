import type { AnyCollection, CardeaOptions, MailOptions, NoRows, Storage } from 'cardea'

type Replaced = 'clock' | 'mail' | 'storage' | 'timers'

/** The app's options; all can be left out. What a test needs is put in their place. */
export interface TestOptions<
  Collections extends readonly AnyCollection[],
  Permission extends string,
  Role extends string = string,
  Rows = NoRows,
> extends Omit<CardeaOptions<Collections, Permission, Role, Rows>, Replaced> {
  /** Where everything is kept. Default: the memory. Its tables are made. */
  readonly storage?: Storage | undefined
  /**
   * The app's mail options: its templates, its links. Nothing is sent: mails are captured, also where there are no options.
   * `false` for an app without mail.
   */
  readonly mail?: Partial<MailOptions> | false | undefined
  /** What the clock shows at first: a Date, or milliseconds since 1970. Default 15 January 2026, 10:00 UTC. */
  readonly startAt?: number | Date
}
