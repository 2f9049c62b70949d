/** What can happen; docs/events.md says when. */
export const eventTypes = [
  'user.registered',
  'user.registration_failed',
  'sign_in.succeeded',
  'sign_in.mfa_required',
  'sign_in.failed',
  'session.refresh_token_reused',
  'session.ended',
  'session.revoked',
  'session.reauthenticated',
  'session.reauthentication_failed',
  'impersonation.started',
  'impersonation.refused',
  'password.changed',
  'password.reset',
  'email.verified',
  'email.changed',
  'identifier.changed',
  'mfa.enabled',
  'mfa.disabled',
  'mfa.backup_codes_renewed',
  'mfa.failed',
  'identity.linked',
  'identity.unlinked',
  'role.assigned',
  'role.unassigned',
  'principal.disabled',
  'principal.enabled',
  'principal.deleted',
  'collection.created',
  'api_key.created',
  'api_key.revoked',
  'ssh_key.added',
  'ssh_key.removed',
] as const

/**
 * Something that happened to an account, a session, the policy or a collection. It holds no secret, no e-mail address and
 * nothing that somebody typed in, but for the reason of acting as somebody else.
 */
export interface CardeaEvent {
  readonly type: (typeof eventTypes)[number]
  readonly at: number
  /** Null where whoever asked named none, as for `session.revoked` and roles. */
  readonly collection: string | null
  /** Null where nobody is known, as for a sign-in with an unknown identifier. */
  readonly principalId: string | null
  /** Absent for `session.revoked` where all of a principal's were, but perhaps the one that asked. */
  readonly sessionId?: string
  /** Who acts as `principalId`, or wanted to. */
  readonly actorId?: string
  /** Of an API key or an SSH key; `principalId` is then its owner. */
  readonly keyId?: string
  /** The role's label or id, as it was named. */
  readonly role?: string
  /** For logs only; never shown to the client. For `impersonation.started` what was given as the reason. */
  readonly reason?: string
}
