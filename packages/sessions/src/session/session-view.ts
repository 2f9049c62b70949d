/** What the owner of a session may know of it: no secret, and nothing that one could be found by. */
export interface SessionView {
  readonly id: string
  readonly principalId: string
  /** Instants are milliseconds since 1970. */
  readonly createdAt: number
  /** Exact to a minute. */
  readonly lastUsedAt: number
  /** The earlier of the idle and the absolute limit. */
  readonly expiresAt: number
  readonly ip: string | null
  readonly userAgent: string | null
  /** The id of the principal who acts as this one here; null for its own sessions. */
  readonly actorId: string | null
  /** How the principal proved who it is, as in RFC 8176. */
  readonly amr: readonly string[]
  /** Authenticator assurance level, 1 to 3, as in NIST SP 800-63B. */
  readonly aal: number
  /** When the principal last proved who it is. */
  readonly authTime: number
}
