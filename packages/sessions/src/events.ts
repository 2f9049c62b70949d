/** Something that happened to a session and that somebody should know about. */
export interface SessionEvent {
  /**
   * `refresh_token_reused`: a refresh token came back after its successor was in use, so one of the two is in the wrong
   * hands. The session was ended.
   */
  readonly type: 'refresh_token_reused'
  /** Milliseconds since 1970. */
  readonly at: number
  readonly principalId: string
  readonly collection: string
  readonly sessionId: string
}
