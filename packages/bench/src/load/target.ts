/** A route under load. */
export interface LoadTarget {
  readonly url: string
  /** Headers of each request, in turn. */
  readonly headers: readonly Readonly<Record<string, string>>[]
  readonly connections: number
  readonly seconds: number
  /** For files that the tool needs. */
  readonly folder: string
}

/** What a server did under load. */
export interface Load {
  readonly requestsPerSecond: number
  readonly requests: number
}
