/** Sign-ins over HTTP without a pause, until the process is told to end. */
export interface FloodOrder {
  readonly url: string
  readonly connections: number
  /** Whether whoever is answered 503 waits as long as the answer says, rather than come back at once. */
  readonly patient?: boolean
  readonly bodies: readonly string[]
}

/** What became of them. */
export interface FloodReport {
  readonly answers: number
  /** Those that were answered with 503: come back later. */
  readonly shed: number
  readonly failures: number
}

/** Single requests at even intervals, each timed. */
export interface ProbeOrder {
  readonly urls: readonly string[]
  /** Headers of the requests, in turn. */
  readonly headers: readonly Readonly<Record<string, string>>[]
  readonly seconds: number
  readonly everyMilliseconds: number
}

/** How long each request took, in milliseconds, by its URL. */
export type ProbeReport = Readonly<Record<string, readonly number[]>>
