/** The part of a `pg` client, taken from a pool, that hints need. */
export interface ListeningClient {
  query(text: string, values?: string[]): Promise<unknown>
  /** Gives the client back; `true` ends it. */
  release(destroy?: boolean): void
  on(event: 'error' | 'end', listener: () => void): unknown
  on(
    event: 'notification',
    listener: (message: { readonly channel: string; readonly payload?: string | undefined }) => void,
  ): unknown
  removeListener(event: 'error', listener: () => void): unknown
  /** Lets the process end in spite of the connection. */
  unref?(): void
}

/** The part of a `pg` pool that hints need. */
export interface ListeningPool {
  connect(): Promise<ListeningClient>
}
