import type { AnyCollection, AuthCollection, CollectionMapping, PatchInput, RegisterInput } from '@cardea/collections'
import type { RateLimitStore } from '@cardea/core/limits'
import type { NoRows } from '@cardea/permissions'
import type { ClientDetails, SessionView } from '@cardea/sessions'
import type { RequestInfo } from '../audit/request-context.js'
import type { ChangedCollection } from '../collections/change-collection.js'
import type { CollectionChangePlan } from '../collections/change-plan.js'
import type { CollectionInfo } from '../collections/collection-snapshot.js'
import type { DoctorReport } from '../doctor/examine.js'
import type { MailJobs } from '../mail/jobs.js'
import type { AuthCollectionName, KnownName } from '../options/known-name.js'
import type { ResolvedConfig } from '../options/resolve.js'
import type { InstanceMigration, InstanceMigrationOptions } from '../setup/migrate-all.js'
import type { AppTypes } from './app-types.js'
import type { AuditApi } from './audit.js'
import type { NewEvent } from './events.js'
import type { Impersonate } from './impersonation.js'
import type { InvitationOperations } from './invitations.js'
import type { ApiKeysApi, SshKeysApi } from './keys.js'
import type { ListedSession } from './listed-session.js'
import type { MappedOperations } from './mapping.js'
import type { MfaApi, Reauthentication, RenewedSession } from './mfa.js'
import type { OAuthApi } from './oauth.js'
import type { OtpOperations } from './otp.js'
import type { PermissionsApi } from './permissions.js'
import type { AnyRecordsApi, ListedMember, RecordsByCollection } from './records.js'
import type { RecoveryOperations } from './recovery.js'
import type { SettingsApi } from './settings.js'
import type {
  Authentication,
  AuthenticationResult,
  Refreshed,
  Registered,
  SessionAuthentication,
  SignIn,
  SignInContext,
} from './sign-in.js'
import type { SigningKeysApi } from './signing-keys.js'
import type { UserTransfer } from './transfer.js'
import type { UserOf } from './user-of.js'
import type { CreateOptions, UserAdministration } from './users.js'

/** What signs in: one of the collection's identifiers, and the password. */
export type LoginInput = { readonly password: string } & Readonly<Record<string, string>>

/** What can be done with the principals of one auth collection. */
export interface AccountOperations<User, Register, Patch, Login = LoginInput, Listed extends string = string>
  extends RecoveryOperations,
    OtpOperations<User>,
    UserAdministration<User, Patch, Listed>,
    UserTransfer<Listed> {
  /**
   * Creates a principal with its record, password and (where configured) default role, and signs it in.
   *
   * @throws CardeaError `invalid_request`, `unknown_field`, `weak_password`, `email_taken`, `username_taken`, `conflict`,
   * `method_disabled`, `forbidden` (a set-up code that is not right), `unavailable`.
   */
  register(input: Register, context?: SignInContext): Promise<Registered<User>>

  /**
   * Creates a principal for somebody else, as `register` does, and signs nobody in: for scripts, imports, tests, and with `by`
   * for those who administer users. It is not asked whether registration is open, and no hook is called.
   *
   * With `by`, this needs `users:create` (of another collection, `create` of its name), and of a role that is named all rights.
   *
   * @throws CardeaError `invalid_request`, `unknown_field`, `weak_password`, `email_taken`, `username_taken`, `conflict`,
   * `forbidden`, `session_revoked`, `unavailable`.
   */
  create(input: Register, options?: CreateOptions): Promise<User>

  /**
   * Signs in with a password.
   *
   * @throws CardeaError `invalid_credentials` for every reason that an outsider must not tell apart; `mfa_required`, whose
   * `mfa` is what to go on with; `method_disabled`, `email_not_verified` and `sign_in_not_allowed` (after the right password),
   * `forbidden` (by a hook), `invalid_request`, `unavailable`.
   */
  login(input: Login, context?: SignInContext): Promise<SignIn<User>>

  /**
   * Rotates a refresh token.
   *
   * @param cookieToken The session cookie that came with the request, if any: when it is valid its life is extended.
   * @throws CardeaError `token_invalid`, `token_expired`, `token_reused`, `session_revoked`, `unavailable`.
   */
  refresh(refreshToken: string, options?: { readonly cookieToken?: string }): Promise<Refreshed<User>>

  /** The principal's record, or undefined. */
  find(principalId: string): Promise<User | undefined>

  /** The record of whoever has an address, verified or not; undefined for nobody. */
  findByEmail(email: string): Promise<User | undefined>

  /** The record of whoever made the request; undefined when it is gone. One statement while roles are cached. */
  me(authentication: Authentication): Promise<User | undefined>

  /**
   * Changes editable fields of a record.
   *
   * @throws CardeaError `invalid_request`, `unknown_field`, `username_taken`, `conflict`, `not_found`.
   */
  update(principalId: string, patch: Patch): Promise<User>

  /**
   * Changes one's own password, to another one. All other sessions end; the one that asks goes on, with a new cookie token if
   * it has one. The owner is told by mail. Of the devices that the account knows, the one that asks stays known.
   *
   * @throws CardeaError `invalid_credentials`, `weak_password`, `rate_limited`, `session_revoked`, `unavailable`; `forbidden` for
   * an API key.
   */
  changePassword(
    authentication: Authentication,
    input: { readonly currentPassword: string; readonly newPassword: string },
    context?: SignInContext,
  ): Promise<{ readonly cookieToken?: string; readonly cookieMaxAgeSeconds: number | null }>

  /**
   * Makes a session fresh for what wants a proof of a moment ago, such as setting a second factor up. Its cookie gets a new
   * token; the refresh token stays.
   *
   * @throws CardeaError `invalid_credentials`, `mfa_invalid`, `method_disabled`, `rate_limited`, `session_revoked`,
   * `unavailable`.
   */
  reauthenticate(
    authentication: SessionAuthentication,
    proof: Reauthentication,
    context?: ClientDetails,
  ): Promise<RenewedSession>

  /** Second factors. */
  readonly mfa: MfaApi<User>

  /**
   * Sets a password without asking for the old one; every session ends, and the owner is told by mail.
   *
   * @throws CardeaError `weak_password`, `not_found`, `unavailable`.
   */
  setPassword(principalId: string, newPassword: string): Promise<void>

  /**
   * Sets the hash of a password that another system has made: Argon2, bcrypt, scrypt (PHC, better-auth's, or Firebase's
   * as an import makes it) or PBKDF2 (PHC, passlib's, Django's). It is replaced by one of Cardea's own at the next sign-in; every
   * session ends. For imports, never for a route: no policy can judge a password that nobody sees.
   *
   * @throws CardeaError `invalid_request` for a hash of another kind, or one that costs too much to check; `not_found`.
   */
  setPasswordHash(principalId: string, passwordHash: string): Promise<void>

  /** Accounts at OAuth providers. */
  readonly oauth: OAuthApi<User>

  /** Invitations to make an account. */
  readonly invitations: InvitationOperations<User, Patch>
}

/** What lists of principals are filtered by; any text for a collection that is not known to the compiler. */
type FilteredMember<C extends AnyCollection> = string extends C['name'] ? string : ListedMember<C>

/** The principals of one auth collection. */
export interface AuthCollectionApi<C extends AnyCollection>
  extends AccountOperations<UserOf<C>, RegisterInput<C>, PatchInput<C>, LoginInput, FilteredMember<C>> {
  readonly collection: C
}

/** The same, and what a collection over a table of the app's has besides. */
export type AuthCollectionApiOf<C extends AnyCollection> = AuthCollectionApi<C> &
  (C extends { readonly mapping: CollectionMapping } ? MappedOperations<UserOf<C>> : unknown)

/**
 * The same for a collection that is only known by name: input is checked at run time, as all input is. One over a table of the
 * app's has {@link MappedOperations}.
 */
export interface AnyAuthCollectionApi
  extends AccountOperations<Readonly<Record<string, unknown>>, unknown, unknown, unknown>,
    Partial<MappedOperations<Readonly<Record<string, unknown>>>> {
  readonly collection: AuthCollection
}

/** A credential as it came with a request: a bearer token may be an access token or an API key. */
export type PresentedCredential =
  | {
      readonly bearerToken: string
      /** The address that the request came from: kept as where an API key was used last. What is no address is none. */
      readonly ip?: string | null | undefined
    }
  | { readonly cookieToken: string }

/** Finds who is behind a credential. */
export type Verify<Known extends string = string> = <Named extends string = never>(
  credential: PresentedCredential,
  options?: { readonly collections?: readonly KnownName<Known, Named>[] },
) => Promise<AuthenticationResult>

/** A credential of a session. */
export type Credential = { readonly accessToken: string } | { readonly cookieToken: string }

export interface SessionsApi<Known extends string = string> {
  /**
   * Finds whose session a credential belongs to, by one statement in strict mode. API keys are none: `auth.verify` takes both.
   *
   * @param options.collections Whose principals are accepted. Default `['users']`.
   */
  verify<Named extends string = never>(
    credential: Credential,
    options?: { readonly collections?: readonly KnownName<Known, Named>[] },
  ): Promise<AuthenticationResult<SessionAuthentication>>
  /** The sessions of a principal that still count, the newest first; at most 1,000. */
  list(principalId: string): Promise<readonly ListedSession[]>
  /** A session by its id, whoever's it is. */
  find(sessionId: string): Promise<SessionView | undefined>
  /** @returns Whether there was such a session of this principal. */
  revoke(principalId: string, sessionId: string): Promise<boolean>
  /** @returns How many ended. */
  revokeAll(principalId: string, options?: { readonly except?: string }): Promise<number>
  /**
   * Ends the session behind a credential, for a logout: a valid signature suffices, expired or not.
   *
   * @returns Whether a session ended.
   */
  end(
    credential: Credential | { readonly refreshToken: string },
    options: { readonly collection: string },
  ): Promise<boolean>
}

/** Definitions of collections: those of code, and those made at run time. */
export interface DefinitionsApi {
  /**
   * Defines a collection at run time: makes its table and its permissions, and every node serves it with its next request.
   *
   * @param input The definition as JSON: `name`, `type`, `fields` (by name, or as a list), `auth`, `rules`, `table`.
   * @throws CardeaError `invalid_request` and `unknown_field`, which name the places of the input; `conflict` for a name, a
   * table or permissions that exist; `unavailable` when the database is being migrated or used otherwise: nothing was
   * changed then, or the same definition goes on with what was.
   */
  create(input: unknown): Promise<CollectionInfo>
  /**
   * Changes a collection that was defined at run time, as every node serves it with its next request.
   *
   * @param input `fields` or `schema`: fields to add, or to take the place of those of the same name. `drop`: names of fields
   * that go, with what is in them. `rename`: new names of fields by old ones. `auth`: settings to change, one by one. `rules`: those
   * to change, operation by operation; null is `locked`. Nothing else changes; of an empty object, what an earlier change could
   * not put away is dropped.
   * @returns The collection, and what was done.
   * @throws CardeaError `invalid_request` and `unknown_field`, which name the places of the input; `conflict` where records are
   * in the way, with how many for each field, and while somebody else changes the collection; `not_found`; `protected` for a
   * collection of code; `unavailable` when its table was not to be had within 2 seconds. Nothing was changed then.
   */
  change(name: string, input: unknown): Promise<ChangedCollection>
  /** What {@link change} would do, with its statements and what is in the way. Throws as it does, but for records in the way. */
  plan(name: string, input: unknown): Promise<CollectionChangePlan>
  /**
   * Takes a collection that was defined at run time out of service, and disables its principals with all their sessions and
   * keys. Its table, its permissions and its name stay.
   *
   * @param options.drop Whether to drop its table with all records, its principals and its permissions with their grants, too;
   * also for one that was taken out of service before. Default false.
   * @throws CardeaError `not_found`, `protected`, `last_admin`; `conflict` while another collection or a table of the app refers
   * to it, or somebody is just changing it; `unavailable` when its table was not to be had within 2 seconds: then it is out of
   * service, and the same call goes on.
   */
  remove(name: string, options?: { readonly drop?: boolean }): Promise<void>
  /**
   * All collections, those of code first.
   *
   * @param seen Who asks: with the versions of that read, no statement is needed. Without it, there is one.
   */
  list(seen?: Authentication): Promise<readonly CollectionInfo[]>
  find(name: string, seen?: Authentication): Promise<CollectionInfo | undefined>
  /** Takes over what other nodes have defined: one read by a key while nothing has changed. @returns Whether anything has. */
  refresh(): Promise<boolean>
}

/** The services, on the storage itself or inside the app's transaction. */
export interface CardeaServices<
  Users extends AnyCollection,
  Others extends AnyCollection,
  Permission extends string,
  Role extends string = string,
  Rows = NoRows,
> {
  readonly users: AuthCollectionApi<Users>
  /** The app's auth collections by name. */
  readonly collections: {
    readonly [C in Others as C['type'] extends 'auth' ? C['name'] : never]: AuthCollectionApiOf<C>
  }
  /**
   * An auth collection by a name that comes from data; undefined when there is none that this node knows. `users` is one
   * of them, and so are those defined at run time, which {@link CardeaServices.findCollection} looks for.
   */
  collection(name: string): AnyAuthCollectionApi | undefined
  /**
   * The same, sure to find a collection that was defined a moment ago on another node. A name that this node does not
   * know costs one read by a key; inside a transaction of the app nothing is read. It goes by the definition that was found: look
   * it up for each request.
   */
  findCollection(name: string): Promise<AnyAuthCollectionApi | undefined>
  /** The records of the app's collections and of `users`, by the name of the collection. */
  readonly records: RecordsByCollection<Users, Others>
  /**
   * The records of a collection by a name that comes from data, sure to find one that was defined a moment ago on another
   * node; undefined when there is none.
   *
   * @param seen Who asks: with the versions of that read, no statement is needed. Without it, there is one for a collection of
   * run time.
   */
  recordsOf(name: string, seen?: Authentication): Promise<AnyRecordsApi | undefined>
  /** The names of all auth collections that this node knows, `users` among them. */
  collectionNames(): readonly string[]
  /**
   * Finds who is behind a credential, whether it is a session's or an API key: by one statement, or by none for an access
   * token in stateless mode. Whose principals are accepted: `options.collections`, by default `['users']`.
   */
  readonly verify: Verify<AuthCollectionName<Others>>
  readonly sessions: SessionsApi<AuthCollectionName<Others>>
  /** Lets somebody act as another principal for a while. */
  readonly impersonate: Impersonate
  readonly permissions: PermissionsApi<Permission, Role, Rows>
  readonly apiKeys: ApiKeysApi<Permission>
  readonly sshKeys: SshKeysApi
}

/** An instance of Cardea. */
export interface Cardea<
  Users extends AnyCollection = AnyCollection,
  Others extends AnyCollection = AnyCollection,
  Permission extends string = string,
  Role extends string = string,
  Rows = NoRows,
> extends CardeaServices<Users, Others, Permission, Role, Rows> {
  /** Carries the shapes of the app's collections and its permissions to `createClient` of `@cardea/client`; holds nothing. */
  readonly $app?: AppTypes<Users, Others, Permission>

  /** Options after defaults, for adapters. */
  readonly config: ResolvedConfig

  /** Definitions of collections, also at run time. */
  readonly definitions: DefinitionsApi

  /** Settings of signing up and in, also at run time. */
  readonly settings: SettingsApi

  /** The key pairs that sign access tokens. */
  readonly keys: SigningKeysApi

  /**
   * Counts requests in the database, exactly for all nodes together, by the database's clock: what `rateLimits: { store:
   * 'database' }` of the HTTP options uses. Two statements for each request that passes, three for one that is refused.
   */
  readonly rateLimitStore: RateLimitStore

  /**
   * Checks secrets, base URL and schema, and writes what roles and permissions the code declares. Adapters await it
   * before their first request. A failure is not remembered: the next call tries again.
   *
   * @throws CardeaError `configuration_invalid`, `schema_outdated`, `unavailable`.
   */
  ready(): Promise<void>

  /**
   * Creates and widens the tables, also those of collections defined at run time. Run it on deployment, or at start.
   *
   * @param options.dryRun Whether only to say what would be done. Default false.
   * @param options.prune Whether to remove roles, permissions, grants and inheritance that code once declared and declares no
   *   more, and that nobody uses. Only once no node runs the code that did. Default false.
   * @throws CardeaError `configuration_invalid` for what adding cannot make up for, such as a table that was dropped, and for
   *   an option that is unknown or wrong.
   */
  migrate(options?: InstanceMigrationOptions): Promise<InstanceMigration>

  /**
   * Makes the first admin of `users`, once.
   *
   * @throws CardeaError `conflict` when there is an active admin; what `users.register` throws for the input.
   */
  createFirstAdmin(input: RegisterInput<Users>): Promise<UserOf<Users>>
  /**
   * Makes an admin of `users`, whether there are others or not: for tools of operators, never for a route. It is not
   * asked who calls, nor whether registration is open.
   *
   * @throws CardeaError what `users.register` throws for the input.
   */
  createAdmin(input: RegisterInput<Users>): Promise<UserOf<Users>>
  /**
   * Looks at settings, database, schema and roles, and tells what is wrong and what to do about it. `cardea doctor`
   * prints the same. It writes nothing and never throws for what it looks for: an unreachable database is a check
   * with the status `problem`. Nothing that it says is secret, but it is for operators, not for a public route.
   */
  doctor(): Promise<DoctorReport>

  /** Mails that wait to be sent, and those that could not be. */
  readonly jobs: MailJobs

  /** What has happened, as it is kept. */
  readonly audit: AuditApi

  /**
   * Runs work for a request: events that it leads to say where it came from and who asked, and are kept by the time it has
   * ended, so that what was answered is in the audit. The HTTP handler does so; where code of an app calls other methods for
   * a request, it may as well.
   *
   * ```ts
   * await auth.inRequest({ ip, userAgent, requestId, by: authentication }, () => auth.users.disable(id))
   * ```
   */
  inRequest<Result>(request: RequestInfo, work: () => Promise<Result>): Promise<Result>

  /**
   * Reports what an adapter has refused by itself.
   *
   * @param request Default: the one that `inRequest` was told of.
   */
  report(event: NewEvent<'access.denied' | 'request.forged' | 'request.limited'>, request?: RequestInfo): void

  /** Answers when the database does. @throws CardeaError `unavailable`. */
  ping(): Promise<void>

  /**
   * The same services inside a transaction that the app has open: they commit and roll back with it. Nothing is cached,
   * events, mails and hooks that come after wait for `committed()`.
   *
   * @param transaction The transaction object of the storage's library, such as Kysely's.
   */
  with(transaction: unknown): CardeaServices<Users, Others, Permission, Role, Rows> & {
    /** To be called after the app has committed: reports the events, sends the mails, calls hooks that come after. */
    committed(): void
  }

  /** Ends what was opened. Work in the background is awaited, and events that wait are written. */
  close(): Promise<void>
}
