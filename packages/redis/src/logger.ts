/** Where a change of state is told; `console` and Cardea's own loggers are such. */
export interface RedisLogger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): unknown
  warn(message: string, fields?: Readonly<Record<string, unknown>>): unknown
}

/** What a logger throws or rejects with is lost. */
export function safely(work: () => unknown): void {
  try {
    void Promise.resolve(work()).catch(() => undefined)
  } catch {
    // As above.
  }
}
