/** One request, as its client saw it. */
export interface Entry {
  readonly operation: string
  readonly account: string
  readonly startedAt: number
  endedAt?: number
  /** The status, with the code of an error; `lost` where no answer came. */
  result?: string
}

/** All requests of a run, in the order in which they began. */
export class History {
  readonly entries: Entry[] = []
  /** What must not have happened. */
  readonly violations: string[] = []
  #onBegin: ((count: number) => void) | undefined

  /** Hears of every request that begins. */
  listen(listener: ((count: number) => void) | undefined): void {
    this.#onBegin = listener
  }

  begin(operation: string, account: string): Entry {
    const entry: Entry = { operation, account, startedAt: performance.now() }
    this.entries.push(entry)
    this.#onBegin?.(this.entries.length)
    return entry
  }

  end(entry: Entry, result: string): void {
    entry.endedAt = performance.now()
    entry.result = result
  }

  /** Notes a violation, with what happened to the account before. */
  violate(account: string, what: string): void {
    const before = this.entries
      .filter((entry) => entry.account === account)
      .slice(-8)
      .map(({ operation, result = 'under way', startedAt, endedAt }) => {
        const time = endedAt === undefined ? '' : ` in ${Math.round(endedAt - startedAt)} ms`
        return `${Math.round(startedAt)}: ${operation} ${result}${time}`
      })
    this.violations.push([`${account}: ${what}`, ...before].join('\n    '))
  }

  /** The longest time that an answer took, in milliseconds, from one request on. */
  slowest(from: number): number {
    return Math.max(0, ...this.entries.slice(from).map(({ startedAt, endedAt = startedAt }) => endedAt - startedAt))
  }

  /** How many requests had which result. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { operation, result = 'under way' } of this.entries) {
      const key = `${operation} ${result}`
      counts[key] = (counts[key] ?? 0) + 1
    }
    return counts
  }
}
