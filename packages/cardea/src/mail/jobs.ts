/** What became of jobs. */
export interface JobsReport {
  readonly sent: number
  /** To be tried again, or given up. */
  readonly failed: number
  /** Those that there was nothing to send for, such as a reset for an address without an account. */
  readonly dropped: number
  /** How many are waiting now, those to be tried again included. */
  readonly remaining: number
}

/** A mail that was given up. What it said is gone. */
export interface DeadLetter {
  readonly id: string
  readonly kind: string
  readonly collection: string
  /** The address that it was meant for. */
  readonly recipient: string
  readonly attempts: number
  /** Why, as a code. */
  readonly lastError: string
  readonly createdAt: number
}

/** Mails that wait to be sent. */
export interface MailJobs {
  /**
   * Sends what is due. Every node does so by itself after each request that wants a mail; where processes do not live on
   * (serverless), or to send again what failed while none lived, call it every minute.
   *
   * It also removes what is over, whether there is mail or not: pending secrets and counters an hour after they expired,
   * sessions a week after their last day, dead letters after 30 days, devices that were not seen for 400 days, events of the audit when they are as old as its option says, key pairs a week after they were retired; and it makes the next key pair when `sessions.accessTokens.rotateEverySeconds` says so. Nothing else does, so call it once a day
   * in any case. It may run on several nodes at once and be interrupted; one call removes at most 50,000 rows of each kind, by
   * statements of 500, and the next goes on.
   *
   * A timer that calls it must not keep the process alive: `setInterval(run, 60_000).unref()`.
   *
   * @param options.limit How many jobs at most. Default 100.
   * @throws CardeaError `unavailable` when storage cannot be reached.
   */
  run(options?: { readonly limit?: number }): Promise<JobsReport>
  /**
   * Mails that were given up after eight attempts, the last first. They are deleted after 30 days.
   *
   * @param options.limit How many at most. Default 100.
   */
  deadLetters(options?: { readonly limit?: number }): Promise<readonly DeadLetter[]>
  /**
   * Tries a mail again. Links and codes are made anew; a notice no longer knows of the device.
   *
   * @returns Whether there was one.
   */
  retryDead(id: string): Promise<boolean>
  /** @returns Whether there was one. */
  discardDead(id: string): Promise<boolean>
}
