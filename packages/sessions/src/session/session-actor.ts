/** Somebody who acts as another principal. */
export interface SessionActor {
  readonly id: string
  /** The actor's epoch as its rights were looked at, and the versions of both: with others no session begins. */
  readonly epoch: number
  readonly authz: number
  readonly targetAuthz: number
  /** How long the session lives, in milliseconds since 1970; earlier where its usual limits are. */
  readonly notAfter: number
}
