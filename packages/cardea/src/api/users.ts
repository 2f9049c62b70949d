import type { ApiKeyView, SshKeyView } from '@cardea/identity'
import type { ListedSession } from './listed-session.js'
import type { Authentication } from './sign-in.js'

/**
 * How a field of a list is compared; all that is given has to hold. Values are as the API shows them, or texts that say the
 * same, such as `true`.
 */
export interface FieldFilter {
  readonly eq?: string | number | boolean | undefined
  /** Also true of an empty field. */
  readonly ne?: string | number | boolean | undefined
  /** Texts are compared by their bytes. */
  readonly lt?: string | number | undefined
  readonly lte?: string | number | undefined
  readonly gt?: string | number | undefined
  readonly gte?: string | number | undefined
  /** One of at most 100 values, as a list or with commas. */
  readonly in?: readonly (string | number | boolean)[] | string | undefined
  /** For texts: a part of it, in the same case. */
  readonly contains?: string | undefined
  /** Whether the field is empty. */
  readonly null?: boolean | 'true' | 'false' | undefined
}

/** Where a record stands in a list: to be handed back, and nothing to rely on. */
export type ListPlace = readonly (string | number | boolean | null)[]

/** Which records of a collection are wanted. Names are those of fields that are shown, but JSON, roles and status. */
export interface ListFilter<Listed extends string = string> {
  readonly filter?: { readonly [Name in Listed]?: FieldFilter | undefined } | undefined
  /**
   * A text, at most 200 characters, that the address or a field of text holds: as it is written, in lower case, or with a
   * capital at its beginning.
   */
  readonly search?: string | undefined
}

/** Which part of a list is wanted, and in which order. */
export interface ListQuery<Listed extends string = string> extends ListFilter<Listed> {
  /** At most five; `-` before a name is for descending. Default: by id, which is in the order of their making. */
  readonly sort?: readonly string[] | undefined
  /** 1 to 1,000; default 100. */
  readonly limit?: number | undefined
  /** Default 0. Beside `after` it counts from there. */
  readonly offset?: number | undefined
  /** Goes on after a page, whose `next` it is. */
  readonly after?: ListPlace | undefined
}

/** A part of a list. */
export interface ListPage<Item> {
  readonly items: readonly Item[]
  /** What to go on after; null where there is no more. */
  readonly next: ListPlace | null
}

/** A user as those see it who administer users. */
export type AdministeredUser<User> = User & {
  /** Whether it may sign in. */
  readonly status: 'active' | 'disabled'
}

/** Who asks for a change. */
export interface AskedBy {
  /**
   * Nobody gives what it does not have itself, and an account changes hands only where whoever does it has all rights of its
   * owner: with this, that is looked at as the change is made. Without it the app's code asks, which may all; undefined is refused.
   */
  readonly by?: Authentication
}

/** How an account is made for somebody else. */
export interface CreateOptions extends AskedBy {
  /** Whether the address is known to be theirs. Default false. With `by`, true needs `users:admin`. */
  readonly verified?: boolean | undefined
  /** The role of a user of `users`, by label or id; null for none. Default: the `defaultRole` of the app. */
  readonly role?: string | null | undefined
}

/** What can be changed of a user beside the fields of its collection. */
export interface AccountChange {
  /** All sessions end, and the old address is told. */
  readonly email?: string | undefined
  /** All sessions end, and the owner is told. An empty one changes nothing. */
  readonly password?: string | undefined
  /** Of users of `users`: the one role that it has from then on, everywhere, by label or id; null for none. */
  readonly role?: string | null | undefined
  /** Whether the address is known to be theirs; with `by` it needs `users:admin`. A new address is not, unless this is true. */
  readonly verified?: boolean | undefined
  readonly status?: 'active' | 'disabled' | undefined
}

/** An account at a provider that signs somebody in. */
export interface IdentityLinkView {
  readonly id: string
  readonly principalId: string
  readonly provider: string
  /** The provider's name for the account. */
  readonly subject: string
  /** As the provider last gave it. */
  readonly email: string | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly updatedAt: number
}

/** All that is known of a user; no secret. */
export interface UserProfile<User> {
  readonly user: AdministeredUser<User>
  /** Those that it has everywhere, by label. */
  readonly roles: readonly { readonly id: string; readonly label: string }[]
  readonly identityLinks: readonly IdentityLinkView[]
  readonly sshKeys: readonly SshKeyView[]
  /** Those that still count, the newest first. */
  readonly sessions: readonly ListedSession[]
  readonly apiKeys: readonly ApiKeyView[]
}

/** Whose rows went to whom. */
export interface Reassigned {
  /** How many rows of each table of the option `ownership`, by its name. */
  readonly reassigned: Readonly<Record<string, number>>
}

/**
 * Administration of the principals of one auth collection.
 *
 * @typeParam Listed The fields that lists are filtered by.
 */
export interface UserAdministration<User, Patch, Listed extends string = string> {
  /**
   * A part of a list, by three statements however long it is; four where an address is asked for.
   *
   * @throws CardeaError `unknown_field` for what cannot be sorted or filtered by, `invalid_request`, `unavailable`.
   */
  list(query?: ListQuery<Listed>): Promise<ListPage<AdministeredUser<User>>>

  /** How many there are in all. @throws CardeaError as {@link UserAdministration.list}. */
  count(query?: ListFilter<Listed>): Promise<number>

  /**
   * Lists as {@link UserAdministration.list} does, with all that hangs on each: keys, sessions, accounts at providers. Seven
   * statements, however many there are; at most 100.
   */
  profiles(query?: ListQuery<Listed>): Promise<ListPage<UserProfile<User>>>

  /**
   * Changes a user: fields of its record, and what an account is: address, password, role, status.
   *
   * With `by`, this needs `users:update` (of another collection, `update` of its name) and, but for fields that nobody signs in
   * by, all rights that the user has. One's own address or password needs a session that has proved itself a moment ago.
   *
   * @throws CardeaError `invalid_request`, `unknown_field`, `weak_password`, `email_taken`, `username_taken`, `conflict`,
   * `last_admin`, `forbidden`, `reauthentication_required`, `session_revoked`, `not_found`, `unavailable`.
   */
  change(principalId: string, change: Patch & AccountChange, options?: AskedBy): Promise<AdministeredUser<User>>

  /** Ends every session and every API key, and refuses new ones. @throws CardeaError `last_admin`, `not_found`, `forbidden`. */
  disable(principalId: string, options?: AskedBy): Promise<void>
  enable(principalId: string, options?: AskedBy): Promise<void>

  /**
   * Deletes the principal, its record and all that hangs on it.
   *
   * @throws CardeaError `last_admin`, `not_found`, `forbidden`; `conflict` where rows of the app refer to it.
   */
  delete(principalId: string, options?: AskedBy): Promise<void>

  /**
   * Deletes a principal and gives what it owned to another of the same collection: the rows of the tables that the option
   * `ownership` names, all in one transaction.
   *
   * @throws CardeaError as {@link UserAdministration.delete}; `invalid_request` where both are the same.
   */
  reassignAndDelete(principalId: string, reassignTo: string, options?: AskedBy): Promise<Reassigned>

  /**
   * The sessions of a principal that still count, the newest first; at most 1,000. With `by`, this needs `users:read` (of
   * another collection, `read` of its name).
   *
   * @throws CardeaError `not_found`, `forbidden`.
   */
  sessionsOf(principalId: string, options?: AskedBy): Promise<readonly ListedSession[]>

  /**
   * Ends all sessions of a principal, also those that are just being begun, or one. With `by`, this needs `users:update` and all
   * rights that the user has.
   *
   * @throws CardeaError `not_found`, also for a session that is another's; `forbidden`.
   */
  endSessions(principalId: string, options?: AskedBy & { readonly sessionId?: string | undefined }): Promise<void>

  /** Accounts at providers, of all principals of the collection, by id. */
  identityLinks(query?: {
    readonly principalId?: string | undefined
    readonly provider?: string | undefined
    /** 1 to 1,001; default 100. */
    readonly limit?: number | undefined
    readonly offset?: number | undefined
    /** The id of the last one before. */
    readonly after?: string | undefined
  }): Promise<readonly IdentityLinkView[]>
  countIdentityLinks(query?: {
    readonly principalId?: string | undefined
    readonly provider?: string | undefined
  }): Promise<number>

  /**
   * Takes an account at a provider from its owner.
   *
   * @throws CardeaError `not_found`; `conflict` when there would be no way in any more: give the user a password first;
   * `forbidden`, `reauthentication_required`.
   */
  removeIdentityLink(id: string, options?: AskedBy): Promise<void>
}
