import type { Problem } from '../problem/problem.js'

export type { Problem }

/** A user as served. Every collection's own fields come besides; instants are ISO 8601 in UTC. */
export interface UserAnswer {
  readonly id: string
  readonly email: string
  readonly verified: boolean
  readonly created_at: string
  readonly updated_at: string
  readonly [field: string]: unknown
}

/** A user of the built-in collection. */
export interface BuiltInUserAnswer extends UserAnswer {
  readonly user_id: string
  readonly username: string | null
  readonly name: string | null
  /** The label of the first role, and its id; null without a role. */
  readonly role: string | null
  readonly role_id: string | null
  readonly roles: readonly string[]
}

/** A user as the routes serve it that administer users. */
export interface AdministeredUserAnswer extends BuiltInUserAnswer {
  readonly status: 'active' | 'disabled'
  /** As `created_at` and `updated_at`, under the names of ModulaCMS. */
  readonly date_created: string
  readonly date_modified: string
}

/** A user with all that hangs on it; no secret. */
export interface UserProfileAnswer extends AdministeredUserAnswer {
  /** As `role`. */
  readonly role_label: string | null
  readonly oauth: readonly IdentityLinkAnswer[]
  readonly ssh_keys: readonly SshKeyAnswer[]
  /** Those that still count, the newest first. */
  readonly sessions: readonly UserSessionAnswer[]
  readonly tokens: readonly ApiKeyAnswer[]
}

/** An account at a provider that signs a user in, without the provider's tokens. */
export interface IdentityLinkAnswer {
  readonly id: string
  /** As `id`, under the name of ModulaCMS; so are the others that begin with `oauth` and `date`. */
  readonly user_oauth_id: string
  readonly user_id: string
  readonly provider: string
  readonly oauth_provider: string
  /** The provider's name for the account. */
  readonly subject: string
  readonly oauth_provider_user_id: string
  /** As the provider last gave it. */
  readonly email: string | null
  readonly created_at: string
  readonly date_created: string
  readonly updated_at: string
}

/** What deleting a user answers with whose rows went to another one. */
export interface ReassignedAnswer {
  readonly deleted_user_id: string
  readonly reassigned_to: string
  /** How many rows of each table that the option `ownership` names. */
  readonly reassigned: Readonly<Record<string, number>>
}

/** What a sign-in answers with. The tokens are absent with `delivery: 'cookie'`. */
export interface AuthAnswer<User extends object = UserAnswer> {
  readonly access_token?: string
  readonly refresh_token?: string
  readonly token_type?: 'bearer'
  /** Life of the access token in seconds, and its end. */
  readonly expires_in: number
  readonly expires_at: string
  readonly session_id: string
  readonly user: User
}

/** What a registration answers with that signs nobody in: one of the first two is there. */
export interface WaitingAnswer<User extends object = UserAnswer> {
  /** The address has to be verified first. */
  readonly verification_required?: true
  /** The collection's sign-in rule does not let the new account in, or not yet. */
  readonly sign_in_not_allowed?: true
  readonly user: User
  /** As with a sign-in, for `users` alone. */
  readonly user_id?: string
  readonly email?: string
  readonly username?: string | null
  readonly created_at?: string
}

/** What a sign-in of `users` says beside that. */
export interface BuiltInAuthAnswer extends AuthAnswer<BuiltInUserAnswer> {
  readonly user_id: string
  readonly email: string
  readonly username: string | null
  readonly created_at: string
}

/** A session as the auth routes list it. */
export interface SessionAnswer {
  readonly id: string
  readonly created: string
  readonly created_at: string
  readonly last_used: string
  readonly last_used_at: string
  readonly expires_at: string
  readonly user_agent: string | null
  readonly ip_address: string | null
  /** Browser and system, such as `Firefox on Windows`; null where neither is known. */
  readonly device: string | null
  /** The id of whoever acts as the user here; null for the user's own sessions. */
  readonly actor_id: string | null
  /** Whether it is the one that asks. */
  readonly current: boolean
}

/** A session as `/sessions` lists it. */
export interface UserSessionAnswer {
  readonly session_id: string
  readonly user_id: string
  readonly created_at: string
  readonly expires_at: string
  readonly last_access: string
  readonly ip_address: string | null
  readonly user_agent: string | null
  readonly device: string | null
  readonly actor_id: string | null
  readonly current: boolean
}

/** Somebody was invited, and has not come yet. */
export interface InvitationAnswer {
  /** Another one once it is sent again. */
  readonly id: string
  readonly email: string
  /** Fields of the account that are decided already. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The label of the role that was named; null where none was. */
  readonly role: string | null
  /** Null for the app's code. */
  readonly invited_by: string | null
  readonly created_at: string
  readonly expires_at: string
  /** False once it is over, and once whoever invited was disabled or has ended all its sessions: send it again. */
  readonly holds: boolean
}

/** What somebody who acts as a user gets: an access token, and nothing to renew it with. */
export interface ImpersonationAnswer {
  readonly access_token: string
  readonly token_type: 'bearer'
  /** Life of the access token in seconds, and its end. */
  readonly expires_in: number
  readonly expires_at: string
  readonly session_id: string
  readonly actor_id: string
  /** As {@link UserAnswer}. */
  readonly user: Readonly<Record<string, unknown>>
}

/** An API key as `/tokens` shows it. */
export interface ApiKeyAnswer {
  readonly id: string
  readonly user_id: string
  readonly token_type: 'api_key'
  readonly label: string
  /** Permissions and wildcards that it is limited to; null for all that its owner may. */
  readonly scopes: readonly string[] | null
  readonly issued_at: string
  readonly expires_at: string | null
  readonly revoked: boolean
  /** Exact to a minute. */
  readonly last_used_at: string | null
  /** Where that use came from; null where that is not known. */
  readonly last_used_ip: string | null
  readonly created_at: string
}

/** A new API key, with the key itself, which is never shown again. */
export interface CreatedApiKeyAnswer extends ApiKeyAnswer {
  readonly raw_token: string
}

/** An SSH key as `/ssh-keys` shows it. */
export interface SshKeyAnswer {
  readonly id: string
  readonly user_id: string
  readonly label: string
  readonly type: string
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string
  readonly public_key: string
  readonly created_at: string
}

/** A role as `/roles` shows it. Ids and instants under all names that clients know. */
export interface RoleAnswer {
  readonly role_id: string
  readonly id: string
  readonly label: string
  readonly description: string
  /** Whether it takes no change here. */
  readonly system_protected: boolean
  /** Labels of the roles whose permissions it has too. */
  readonly inherits: readonly string[]
  /** The tenant that it is for; null for a role that counts everywhere. */
  readonly tenant: string | null
  readonly date_created: string
  readonly date_modified: string
  readonly created_at: string
  readonly updated_at: string
}

/** A permission as `/permissions` shows it. */
export interface PermissionAnswer {
  readonly permission_id: string
  readonly id: string
  /** `resource:operation`. */
  readonly label: string
  readonly description: string
  /** Whether code declares it, so that it takes no change here. */
  readonly system_protected: boolean
  /** Declared by the app or its preset, needed by Cardea's own routes alone, of a collection, or made here. */
  readonly origin: 'app' | 'cardea' | 'collection' | 'custom'
  readonly date_created: string
  readonly date_modified: string
  readonly created_at: string
  readonly updated_at: string
}

/** A permission of a role as `/role-permissions` shows it. */
export interface RolePermissionAnswer {
  readonly id: string
  readonly role_id: string
  /** Null for a wildcard. */
  readonly permission_id: string | null
  /** The label, or the wildcard. */
  readonly permission: string
  readonly effect: 'allow' | 'deny'
  /** When it holds; null for always. */
  readonly condition: unknown
  /** Which fields it covers; null for all. */
  readonly fields: readonly string[] | null
  readonly date_created: string
  readonly created_at: string
}

/** A role of a user as `/role-assignments` shows it. */
export interface RoleAssignmentAnswer {
  readonly id: string
  readonly user_id: string
  readonly role_id: string
  /** The label. */
  readonly role: string
  /** Where it counts; null for everywhere. */
  readonly scope: {
    readonly tenant: string | null
    readonly resource_type: string | null
    readonly resource_id: string | null
  } | null
  /** From when on it counts for nothing; null for never. */
  readonly expires_at: string | null
  readonly date_created: string
  readonly created_at: string
}

/** A field of a collection; its options besides, under the names that a definition has them. */
export interface FieldAnswer {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly [option: string]: unknown
}

/** A rule of records that is no list of others. */
export type SingleRuleAnswer =
  | string
  | { readonly authenticated: readonly string[] }
  /** Null for a field that is hidden. */
  | { readonly owner: string | null }

/** Who may do something with records, beside those who hold the permission for it. */
export type RuleAnswer = SingleRuleAnswer | { readonly any_of: readonly SingleRuleAnswer[] }

/** A collection as defined, without its hidden fields. */
export interface CollectionAnswer {
  /** Null for a collection that code defines, as are the instants. */
  readonly id: string | null
  readonly name: string
  readonly type: 'auth' | 'base'
  readonly fields: readonly FieldAnswer[]
  /** The same fields where clients of FastCMS look for them. */
  readonly schema: { readonly fields: readonly FieldAnswer[] }
  /** Null for the type `base`. */
  readonly auth: {
    readonly password: { readonly enabled: boolean }
    readonly registration: 'open' | 'closed' | 'invite'
    readonly require_verified: boolean
    readonly identifiers: readonly string[]
    /**
     * All settings as they are in force, by their names, for who may read settings, and where a single collection is asked for.
     * What stands beside it is what the definition says.
     */
    readonly effective?: Readonly<Record<string, unknown>>
  } | null
  readonly rules: {
    readonly list: RuleAnswer
    readonly view: RuleAnswer
    readonly create: RuleAnswer
    readonly update: RuleAnswer
    readonly delete: RuleAnswer
  }
  /** Whether code defines it, so that it cannot be changed here. */
  readonly system: boolean
  readonly version: number
  readonly created: string | null
  readonly created_at: string | null
  readonly updated: string | null
  readonly updated_at: string | null
}

/** Texts of a kind of mail that were stored, with `{{placeholders}}`. */
export interface MailTemplateAnswer {
  readonly subject: string
  readonly text: string
  readonly html?: string
}

/** Settings of signing up and in, as they are in force. */
export interface SettingsAnswer {
  readonly password_auth_enabled: boolean
  readonly oauth_enabled: boolean
  readonly oauth_auto_create_user: boolean
  readonly oauth_link_by_email: boolean
  readonly otp_enabled: boolean
  readonly otp_create_user: boolean
  readonly mfa_enabled: boolean
  /** Whether everybody needs a second factor, or the labels of the roles whose holders do. */
  readonly mfa_required: boolean | readonly string[]
  readonly password_min_length: number
  readonly password_require_upper: boolean
  readonly password_require_number: boolean
  readonly password_require_special: boolean
  readonly registration: string
  readonly registration_answer: string
  readonly verification_required: boolean
  /** Hours and days need not be whole. */
  readonly token_expiry_hours: number
  readonly refresh_token_expiry_days: number
  readonly session_expiry_days: number
  /** In seconds. */
  readonly cookie_duration: number
  readonly remember_duration: number
  /** Of one collection: true for everybody, false for nobody, or comparisons by field. */
  readonly sign_in_rule: unknown
  readonly mail_template_verification: MailTemplateAnswer | null
  readonly mail_template_password_reset: MailTemplateAnswer | null
  readonly mail_template_email_change: MailTemplateAnswer | null
  readonly mail_template_invitation: MailTemplateAnswer | null
  readonly mail_template_otp: MailTemplateAnswer | null
  readonly mail_template_password_changed: MailTemplateAnswer | null
  readonly mail_template_email_changed: MailTemplateAnswer | null
  readonly mail_template_mfa_enabled: MailTemplateAnswer | null
  readonly mail_template_mfa_disabled: MailTemplateAnswer | null
  readonly mail_template_backup_code_used: MailTemplateAnswer | null
  readonly mail_template_new_device: MailTemplateAnswer | null
  readonly mail_template_identity_linked: MailTemplateAnswer | null
  readonly mail_template_api_key_created: MailTemplateAnswer | null
  readonly mail_template_ssh_key_added: MailTemplateAnswer | null
  readonly mail_template_registration_attempted: MailTemplateAnswer | null
  readonly mail_template_account_locked: MailTemplateAnswer | null
  /**
   * Where each comes from: `collection` and `global` were stored here, `definition` and `options` are what code says, and `default`
   * is what holds where nobody says anything.
   */
  readonly sources: Readonly<Record<string, 'collection' | 'definition' | 'global' | 'options' | 'default'>>
  /** Of what all collections inherit: the collections that have a value of their own, by setting. */
  readonly overrides?: Readonly<Record<string, readonly string[]>>
}

/** One setting, in the form of FastCMS. */
export interface SettingAnswer {
  readonly key: string
  readonly value: unknown
  readonly category: 'auth'
}

export interface MessageAnswer {
  readonly message: string
}

/** Public keys as RFC 7517 §5 has them. */
export interface KeySetAnswer {
  readonly keys: readonly {
    readonly kty: 'OKP' | 'EC'
    readonly crv: 'Ed25519' | 'P-256'
    readonly x: string
    readonly y?: string
    readonly kid: string
    readonly alg: 'EdDSA' | 'ES256'
    readonly use: 'sig'
  }[]
}

/** A record as whoever asks may see it: what `fields` names, or all; relations that `expand` names as records. */
export interface RecordAnswer {
  readonly id?: string
  /** Null in a table of the app's own that keeps no such instant. */
  readonly created_at?: string | null
  readonly updated_at?: string | null
  readonly [field: string]: unknown
}

/** What became of many records at once. */
export interface DeletedRecordsAnswer {
  readonly deleted: number
  /** How many had to stay, such as the last administrator, though a rule lets them go. */
  readonly kept: number
  /** Whether there are others: a call deletes so many at most. */
  readonly more: boolean
}

export interface HealthAnswer {
  readonly status: 'ok'
  /**
   * Of `/health/ready`, where limits are counted outside the process: `degraded` while they cannot be, and each node counts by
   * itself, more strictly.
   */
  readonly rate_limits?: 'ok' | 'degraded'
}

/** What a grant has to do with a question about a permission. */
export interface AuthzReason {
  /** The role that is held. Null for an API key, whose rights are what is left of its owner's. */
  readonly role: string | null
  /** The role that has the grant, where the one that is held inherits it. */
  readonly inherited_from: string | null
  /** Where the role is held; null for everywhere. */
  readonly scope: { readonly tenant: string; readonly resource_type: string; readonly resource_id: string } | null
  /** The permission or wildcard. */
  readonly grant: string
  readonly effect: 'allow' | 'deny'
  /** When it holds; null for always. */
  readonly condition: unknown
  /** The fields that it covers; null for all. */
  readonly fields: readonly string[] | null
  /**
   * `unknown`: the object lacks what the condition is about. `depends`: on the object or the field, which the question did not
   * name.
   */
  readonly result: 'holds' | 'fails' | 'unknown' | 'depends'
}

/** Whether somebody may do something, and why. */
export interface AuthzCheckAnswer {
  readonly allowed: boolean
  /** `conditional` when it depends on an object or a field that the question did not name. */
  readonly decision: 'allowed' | 'denied' | 'conditional'
  readonly explain: {
    /** Whether a role exempts from all checks. */
    readonly bypass: boolean
    readonly because: readonly AuthzReason[]
    /** What stands in the way, in sentences; empty when it is allowed. */
    readonly missing: readonly string[]
  }
}

/** What a change of a collection does, or would do. */
export interface CollectionChangeAnswer {
  readonly collection: string
  /** The version of the definition before the change. */
  readonly version: number
  /** Whether nothing was done. */
  readonly dry_run: boolean
  /** Names of fields. */
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly dropped: readonly string[]
  readonly renamed: readonly { readonly from: string; readonly to: string }[]
  /** The statements, in order. What is done some records at a time has none. */
  readonly steps: readonly { readonly summary: string; readonly sql: string }[]
  /** How many values go with each field that is dropped. */
  readonly lost: readonly { readonly field: string; readonly rows: number }[]
  /** How many records keep each field from changing; the change is refused unless there are none. */
  readonly obstacles: readonly {
    readonly path: string
    readonly field: string
    readonly rows: number
    readonly message: string
  }[]
}

/** The second factors of a user. */
export interface MfaStateAnswer {
  readonly enabled: boolean
  /** What it can present: `totp`, `backup_code`. */
  readonly methods: readonly string[]
  readonly backup_codes_remaining: number
  /** Whether it cannot do without. */
  readonly required: boolean
}

/** An authenticator app that is being set up. */
export interface TotpEnrollmentAnswer {
  /** In base 32, for typing it in. */
  readonly secret: string
  readonly otpauth_uri: string
  /** The same as a picture to scan. */
  readonly qr_svg: string
}

/** Codes that are shown this once. */
export interface BackupCodesAnswer {
  readonly backup_codes: readonly string[]
}

/** A code was sent, if an account has the address. */
export interface SentCodeAnswer extends MessageAnswer {
  readonly flow_id: string
}

export interface ConfirmedVerificationAnswer extends MessageAnswer {
  readonly verified: true
}

export interface ConfirmedEmailChangeAnswer extends MessageAnswer {
  readonly email: string
}

/** A provider to sign in through. */
export interface OAuthProviderAnswer {
  readonly name: string
  readonly label: string
  readonly kind: string
  /** A path of the site, for the browser to go to. */
  readonly login_url: string
}

/** An account at a provider, as its owner sees it. */
export interface OAuthConnectionAnswer {
  readonly id: string
  readonly provider: string
  readonly label: string
  readonly email: string | null
  readonly created_at: string
  readonly updated_at: string
}

/** Something that has happened. */
export interface AuditEntryAnswer {
  readonly id: string
  readonly type: string
  readonly outcome: 'success' | 'failure'
  readonly at: string
  readonly collection: string | null
  readonly user_id: string | null
  readonly actor_id: string | null
  readonly session_id: string | null
  readonly key_id: string | null
  readonly ip_address: string | null
  readonly user_agent: string | null
  readonly request_id: string | null
  /** How many events it stands for. */
  readonly count: number
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * What somebody may, as `subjectFromSnapshot` of `@cardea/permissions` and `usePermission` of `@cardea/client/react` take it: for
 * what is shown, never for decisions. Its members are the engine's own.
 */
export interface PermissionSnapshotAnswer {
  readonly version: 1
  readonly id: string
  readonly tenant?: string
  readonly roles: readonly { readonly id: string; readonly label: string }[]
  readonly bypass?: true
  /** Milliseconds since 1970. */
  readonly validUntil: number | null
  readonly allowed: readonly string[]
  readonly conditional: readonly (readonly [readonly string[], readonly number[], readonly number[]])[]
  readonly grants: readonly { readonly when?: unknown; readonly fields?: readonly string[] }[]
  readonly values: Readonly<Record<string, unknown>>
}
