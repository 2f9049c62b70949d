/** An event as it was kept. Its kind may be one that this version does not know. */
export interface AuditEntry {
  readonly id: string
  /** One of docs/events.md. */
  readonly type: string
  readonly outcome: 'success' | 'failure'
  /** Milliseconds since 1970. */
  readonly at: number
  readonly collection: string | null
  /** Whom it is about. */
  readonly principalId: string | null
  /** Who did it, where that was somebody else. */
  readonly actorId: string | null
  readonly sessionId: string | null
  readonly keyId: string | null
  readonly ip: string | null
  readonly userAgent: string | null
  readonly requestId: string | null
  /** How many such failures it stands for; 1 for any other event. What they do not have in common is null then. */
  readonly count: number
  /** What its kind says besides, such as `reason`. */
  readonly details: Readonly<Record<string, unknown>>
}

/** Which events are meant: those that meet all that is given. Each is looked up by an index. */
export interface AuditFilter {
  readonly type?: string | undefined
  readonly outcome?: 'success' | 'failure' | undefined
  readonly principalId?: string | undefined
  readonly actorId?: string | undefined
  readonly sessionId?: string | undefined
  readonly ip?: string | undefined
  /** From this instant on, in milliseconds. */
  readonly from?: number | undefined
  /** Before this instant. */
  readonly to?: number | undefined
}

/** A part of the list of events. */
export interface AuditQuery extends AuditFilter {
  /** 1 to 1,001. Default 100. */
  readonly limit?: number
  /** How many to leave out; `after` costs less. */
  readonly offset?: number
  /** The last entry of the part before. */
  readonly after?: Pick<AuditEntry, 'at' | 'id'> | undefined
  /** Default `newest`. */
  readonly first?: 'newest' | 'oldest'
}

/** Events that were kept. Who may see them is for the caller to decide: `GET /audit` asks for `audit:read`. */
export interface AuditApi {
  /**
   * Lists events, the newest first.
   *
   * @throws CardeaError `invalid_request` for a limit, an offset or an instant that is none; `unavailable`.
   */
  list(query?: AuditQuery): Promise<readonly AuditEntry[]>
  /** How many there are: as many rows are read. */
  count(filter?: AuditFilter): Promise<number>
  /** Writes what waits. Outside `inRequest` events are written soon after they happen; this waits for it. */
  flush(): Promise<void>
}
