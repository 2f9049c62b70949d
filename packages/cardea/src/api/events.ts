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
    | 'password.reset'
    | 'email.verified'
    | 'email.changed'
    | 'mfa.enabled'
    | 'mfa.disabled'
    | 'mfa.backup_codes_renewed'
    | 'mfa.failed'
    | 'identity.linked'
    | 'identity.unlinked'
    | 'principal.disabled'
    | 'principal.enabled'
    | 'principal.deleted'
    | 'collection.created'
    | 'api_key.created'
    | 'api_key.revoked'
    | 'ssh_key.added'
    | 'ssh_key.removed'
  readonly at: number
  readonly collection: string
  /** Null where nobody is known, as for a sign-in with an unknown identifier. */
  readonly principalId: string | null
  readonly sessionId?: string
  /** Of an API key or an SSH key; `principalId` is then its owner. */
  readonly keyId?: string
  /** For logs only; never shown to the client. */
  readonly reason?: string
}
