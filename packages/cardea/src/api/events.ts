/** Something that happened to an account, a session, the policy or a collection. */
export interface CardeaEvent {
  readonly type:
    | 'user.registered'
    | 'sign_in.succeeded'
    | 'sign_in.failed'
    | 'session.refresh_token_reused'
    | 'session.ended'
    | 'session.reauthenticated'
    | 'password.changed'
    | 'identity.linked'
    | 'identity.unlinked'
    | 'mfa.enabled'
    | 'mfa.disabled'
    | 'mfa.backup_codes_renewed'
    | 'mfa.failed'
    | 'principal.disabled'
    | 'principal.enabled'
    | 'principal.deleted'
    | 'collection.created'
  readonly at: number
  readonly collection: string
  /** Null where nobody is known, as for a sign-in with an unknown identifier. */
  readonly principalId: string | null
  readonly sessionId?: string
  /** For logs only; never shown to the client. */
  readonly reason?: string
}
