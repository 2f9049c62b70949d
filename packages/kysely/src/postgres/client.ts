/** A statement as the driver takes it. */
export interface PostgresQuery {
  readonly text: string
  readonly values: (string | number | boolean | null)[]
  readonly rowMode: 'array'
  readonly name?: string
  readonly types: { getTypeParser(): (text: string) => unknown }
}

/** The part of a `pg` client, taken from a pool, that is used here. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<{
    readonly command: string
    readonly rowCount: number | null
    readonly rows: readonly (readonly unknown[])[]
  }>
  query(text: string): Promise<{ readonly command: string }>
  /** Gives the client back; `true` ends it. */
  release(destroy?: boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** The part of a `pg` pool that is used here. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>
}
