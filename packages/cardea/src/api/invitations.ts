import type { SignIn, SignInContext } from './sign-in.js'
import type { AskedBy } from './users.js'

/** Somebody was invited, and has not come yet. */
export interface Invitation {
  /** Another one once it is sent again. It is no secret: the token in the mail has 256 random bits besides. */
  readonly id: string
  /** Normalised. */
  readonly email: string
  /** Fields of the account that whoever invited has decided. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The label of the role that was named; null where none was. */
  readonly role: string | null
  /** Null for the app's code. */
  readonly invitedBy: string | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly expiresAt: number
  /**
   * Whether it can be accepted still: false once it is over, and once whoever invited was disabled or has ended all its sessions.
   * To send it again makes it one's own.
   */
  readonly holds: boolean
}

/** How somebody is invited. */
export interface InviteOptions extends AskedBy {
  /** The role of a user of `users`, by label or id; null for none. Default: the `defaultRole` of the app. */
  readonly role?: string | null | undefined
  /** How long the link holds, 60 seconds to 30 days. Default 7 days. */
  readonly lifetimeSeconds?: number | undefined
}

/**
 * Invitations to an auth collection: links by mail that set a password, and so make an account.
 *
 * With `by`, all but `accept` need `users:create` (of another collection, `create` of its name). Who invites with a role gives
 * it: it needs all rights of the role, at once and still when the invitation is accepted. Whatever ends all sessions of who
 * invited ends the invitations, too.
 */
export interface InvitationOperations<User, Fields> {
  /**
   * Sends an invitation. The one to the same address before is worth nothing from then on.
   *
   * @param input The address, and what fields are decided already: whoever accepts fills in the others.
   * @throws CardeaError `invalid_request`, `unknown_field`; `email_taken` for an address that an account has proved to own;
   * `rate_limited` after three to one address in an hour; `method_disabled` where no mail can be sent, or there are no passwords;
   * `forbidden`, `session_revoked`, `unavailable`.
   */
  create(input: { readonly email: string } & Fields, options?: InviteOptions): Promise<Invitation>

  /** Those that wait, in the order of their addresses; what is over is cleared away an hour later. @param query.limit 1 to 1,001; default 100. */
  list(query?: {
    readonly limit?: number | undefined
    readonly offset?: number | undefined
    /** The address of the last one before. */
    readonly after?: string | undefined
  }): Promise<readonly Invitation[]>
  count(): Promise<number>

  /**
   * Sends an invitation once more, with a new link, a new id and as much time again; whoever does so invites from then on.
   *
   * @throws CardeaError as {@link InvitationOperations.create}; `not_found`.
   */
  resend(id: string, options?: Omit<InviteOptions, 'role'>): Promise<Invitation>

  /** @throws CardeaError `not_found`, `forbidden`, `session_revoked`. */
  revoke(id: string, options?: AskedBy): Promise<void>

  /**
   * Makes the account by the token of an invitation, and signs in. The address counts as verified. An account that somebody
   * has made with the address without proving it is taken over clean.
   *
   * @param input The password, and the fields that the invitation leaves open.
   * @param input.email Where it is given, it has to be the address of the invitation.
   * @throws CardeaError `token_invalid` for a link that is over, used, revoked or for another collection, and where whoever
   * invited may no longer; `email_taken`; whatever `register` throws for the input, which leaves the link good; `mfa_required`.
   */
  accept(
    token: string,
    input: { readonly password: string; readonly email?: string } & Fields,
    context?: SignInContext,
  ): Promise<SignIn<User>>
}
