import { boolean, integer, json, longText, nullable, references, text, withDefault } from './column.js'
import { defineTable } from './table.js'

/** Ids are UUIDs in text form. */
const id = () => text(36)
const principalId = () => references(id(), 'cardea_principals', 'id', 'cascade')

/** One row: the versions that tell every node, within the read it does anyway, whether its caches are current. */
export const authz = defineTable('cardea_authz', {
  columns: {
    id: text(16),
    /** Counts changes of roles, permissions, grants and inheritance. Its increment is the policy mutex. */
    policy_version: integer(),
    /** Counts changes of settings and collection definitions. */
    config_version: integer(),
  },
  primaryKey: ['id'],
  initialRows: [{ id: 'authz', policy_version: 0, config_version: 0 }],
})

/** The security state of everything that can be authenticated. */
export const principals = defineTable('cardea_principals', {
  columns: {
    id: id(),
    collection: text(64),
    /** The id of its row in the collection's table, as text. */
    record_key: text(255),
    /** `active` or `disabled`. */
    status: text(16),
    /** Its change kills every session and pending secret issued before. */
    epoch: withDefault(integer(), 0),
    /** Counts changes of the principal's own role assignments. */
    authz_version: withDefault(integer(), 0),
    /** How many second factors are in use; a sign-in asks for one where there is any. */
    second_factors: withDefault(integer(), 0),
    /** Wrong guesses since somebody last proved to be this principal, from everywhere and of every kind. */
    failed_attempts: withDefault(integer(), 0),
    /** Whether the owner was told that they have locked the account. */
    lock_told: withDefault(boolean(), false),
    /** Whether the address is verified, where the row is one of the app's own table that does not say so; else null. */
    verified: nullable(boolean()),
    created_at: integer(),
  },
  primaryKey: ['id'],
  unique: { record: ['collection', 'record_key'] },
})

/** At most one password hash per principal. */
export const credentials = defineTable('cardea_credentials', {
  columns: {
    principal_id: principalId(),
    /** A PHC string. */
    hash: longText(),
    changed_at: integer(),
  },
  primaryKey: ['principal_id'],
  references: { principal: { table: principals, on: { column: 'principal_id', target: 'id' } } },
})

/** The values by which principals sign in. */
export const identifiers = defineTable('cardea_identifiers', {
  columns: {
    collection: text(64),
    /** `email`, `username`, `phone`, … */
    kind: text(32),
    /** The normalised value, compared byte by byte. */
    key: text(255),
    principal_id: principalId(),
  },
  primaryKey: ['collection', 'kind', 'key'],
  indexes: { principal: ['principal_id'] },
  references: {
    principal: { table: principals, on: { column: 'principal_id', target: 'id' } },
    credential: { table: credentials, on: { column: 'principal_id', target: 'principal_id' }, optional: true },
    authz: { table: authz },
  },
})

/** Server-side sessions: the truth behind cookies, access tokens and refresh tokens. */
export const sessions = defineTable('cardea_sessions', {
  columns: {
    id: id(),
    principal_id: principalId(),
    /** SHA-256 of the cookie token; null when no cookie was given. */
    token_hash: nullable(text(43)),
    /** The counter of the refresh token that is current. */
    refresh_counter: withDefault(integer(), 0),
    /** Goes into every refresh token's MAC; fixed for the session's life. */
    refresh_salt: text(43),
    /** When the counter last moved, by the database's clock. */
    rotated_at: integer(),
    /** How the principal proved who it is, as in RFC 8176. */
    amr: json<readonly string[]>(),
    /** Authenticator assurance level, 1 to 3, as in NIST SP 800-63B. */
    aal: integer(),
    /** When the principal last proved who it is. */
    auth_time: integer(),
    ip: nullable(text(45)),
    user_agent: nullable(longText()),
    created_at: integer(),
    last_used_at: integer(),
    cookie_expires_at: integer(),
    /** Moved by use and by refreshing. */
    idle_expires_at: integer(),
    /** Never moved. */
    absolute_expires_at: integer(),
    /** The principal's epoch that the proof was made under. */
    epoch: integer(),
    /** How long the cookie lives when it is given anew, in seconds; 0 for as long as the browser is open, null for the usual time. */
    cookie_seconds: nullable(integer()),
    /** Who acts as the principal, where somebody does. */
    actor_id: nullable(text(36)),
  },
  primaryKey: ['id'],
  unique: { token: ['token_hash'] },
  indexes: { principal: ['principal_id'], actor: ['actor_id'], expiry: ['absolute_expires_at'] },
  references: {
    principal: { table: principals, on: { column: 'principal_id', target: 'id' } },
    authz: { table: authz },
  },
})

/** Named sets of permissions. */
export const roles = defineTable('cardea_roles', {
  columns: {
    id: id(),
    /** Empty for a global role. */
    tenant: withDefault(text(64), ''),
    label: text(64),
    description: withDefault(text(1_000), ''),
    /** Whether the role is built in and takes no change at run time. */
    system_protected: withDefault(boolean(), false),
    /** Whether its holders are not checked against permissions at all. */
    bypass: withDefault(boolean(), false),
    /** The policy version at which the role, its grants or its parents last changed. */
    changed_version: withDefault(integer(), 0),
    /** Whether code has declared it: what code declares no more can be told from what was made at run time. */
    declared: withDefault(boolean(), false),
    created_at: integer(),
    updated_at: integer(),
  },
  primaryKey: ['id'],
  unique: { label: ['tenant', 'label'] },
})

/** The catalogue: what can be granted. */
export const permissions = defineTable('cardea_permissions', {
  columns: {
    id: id(),
    /** `resource:operation`. */
    label: text(129),
    description: withDefault(text(1_000), ''),
    system_protected: withDefault(boolean(), false),
    /** Whether code has declared it, rather than somebody made it or a collection brought it along at run time. */
    declared: withDefault(boolean(), false),
    created_at: integer(),
    updated_at: integer(),
  },
  primaryKey: ['id'],
  unique: { label: ['label'] },
})

/** What a role grants or denies: a permission, or a wildcard over the catalogue. */
export const rolePermissions = defineTable('cardea_role_permissions', {
  columns: {
    id: id(),
    role_id: references(id(), 'cardea_roles', 'id', 'cascade'),
    /** Null for a wildcard. */
    permission_id: nullable(references(id(), 'cardea_permissions', 'id', 'cascade')),
    /** `*`, `resource:*` or `*:operation`; null for a permission. */
    wildcard: nullable(text(129)),
    /** `allow` or `deny`. */
    effect: withDefault(text(8), 'allow'),
    /** When the grant holds; null for always. */
    condition: nullable(json()),
    /** Which fields it covers; null for all. */
    fields: nullable(json<readonly string[]>()),
    /** SHA-256 of the five columns before, so that the same grant cannot exist twice. */
    fingerprint: text(43),
    /** Whether code has declared it. */
    declared: withDefault(boolean(), false),
    created_at: integer(),
  },
  primaryKey: ['id'],
  unique: { grant: ['role_id', 'fingerprint'] },
  indexes: { permission: ['permission_id'] },
})

/** Inheritance: a role has all that its parents grant. */
export const roleParents = defineTable('cardea_role_parents', {
  columns: {
    role_id: references(id(), 'cardea_roles', 'id', 'cascade'),
    parent_id: references(id(), 'cardea_roles', 'id', 'restrict'),
    /** Whether code has declared it. */
    declared: withDefault(boolean(), false),
  },
  primaryKey: ['role_id', 'parent_id'],
  indexes: { parent: ['parent_id'] },
})

/** Who holds which role, and where. */
export const roleAssignments = defineTable('cardea_role_assignments', {
  columns: {
    id: id(),
    principal_id: principalId(),
    role_id: references(id(), 'cardea_roles', 'id', 'restrict'),
    /** Empty for everywhere. */
    tenant: withDefault(text(64), ''),
    /** Empty for all resources. */
    resource_type: withDefault(text(64), ''),
    resource_id: withDefault(text(255), ''),
    expires_at: nullable(integer()),
    created_at: integer(),
  },
  primaryKey: ['id'],
  unique: { assignment: ['principal_id', 'role_id', 'tenant', 'resource_type', 'resource_id'] },
  // With the id, so that the holders of a role can be read in pages however many they are.
  // In a tenant also with the principal, so that they can be found in the order of principals, each once.
  // By the role alone, which is so much smaller that PostgreSQL takes it where it would else read the table: for whether anybody
  // has a role that few have.
  indexes: { role: ['role_id'], holders: ['role_id', 'id'], members: ['role_id', 'tenant', 'principal_id'] },
  references: {
    role: { table: roles, on: { column: 'role_id', target: 'id' } },
    principal: { table: principals, on: { column: 'principal_id', target: 'id' } },
  },
})

/**
 * Collections that were defined at run time. `pending` ones are being made, or their making broke off: nobody is served
 * from them. `removing` ones are on their way out.
 */
export const collections = defineTable('cardea_collections', {
  columns: {
    id: id(),
    name: text(64),
    /** The collection's table, named when it was defined: another prefix later does not lose it. */
    table_name: text(63),
    /** As an app would write it in code: type, fields, settings. */
    definition: json(),
    /** `pending`, `ready` or `removing`. */
    state: withDefault(text(16), 'pending'),
    /** Counts changes of the definition. */
    version: withDefault(integer(), 1),
    /** Who is making it, empty for nobody, and since when, by the database's clock. */
    claim: withDefault(text(36), ''),
    claimed_at: withDefault(integer(), 0),
    /** Whether making the table has begun: from then on the table of that name is this collection's. */
    table_begun: withDefault(boolean(), false),
    created_at: integer(),
    updated_at: integer(),
  },
  primaryKey: ['id'],
  unique: { name: ['name'], table_name: ['table_name'] },
  indexes: { state: ['state'] },
})

/** Settings that were changed at run time: a row for each collection that has any, and one for what all inherit. */
export const settings = defineTable('cardea_settings', {
  columns: {
    /** The name of a collection; empty for what all inherit. */
    scope: text(64),
    /** As code would write them, in groups; what was never set is not in it. */
    content: json(),
    updated_at: integer(),
  },
  primaryKey: ['scope'],
})

/**
 * Pending single-use secrets: links and codes sent by mail, tickets for a second factor, OAuth transactions. A new one for the
 * same purpose, subject and flow takes the place of the old.
 */
export const verifications = defineTable('cardea_verifications', {
  columns: {
    id: id(),
    purpose: text(32),
    collection: text(64),
    /** Null where nobody is known yet, as before an OAuth sign-in. */
    principal_id: nullable(principalId()),
    /** The principal's epoch when the secret was made: once that has passed, the secret is worth nothing. */
    epoch: nullable(integer()),
    /** What it is about: a principal's id or the key of an address. */
    subject: text(255),
    /** Tells several at the same time apart; empty where there can be only one. */
    flow_id: withDefault(text(64), ''),
    /** What the secret was made for and counts for alone, such as a new address. Never a secret in the clear. */
    bound: nullable(json()),
    /** HMAC-SHA-256 of the secret, under a key that is not in the database. */
    secret_hash: text(43),
    /** How many tries are left; counted down before a guess is compared. */
    attempts_left: integer(),
    created_at: integer(),
    expires_at: integer(),
  },
  primaryKey: ['id'],
  unique: { flow: ['purpose', 'collection', 'subject', 'flow_id'] },
  indexes: { principal: ['principal_id'], expiry: ['expires_at'] },
  references: {
    principal: { table: principals, on: { column: 'principal_id', target: 'id' }, optional: true },
    authz: { table: authz },
  },
})

/** Second factors: one-time password generators and backup codes. */
export const factors = defineTable('cardea_factors', {
  columns: {
    id: id(),
    principal_id: principalId(),
    /** `totp` or `backup_code`. */
    kind: text(16),
    /** Empty for the one generator of a principal; HMAC-SHA-256 of a backup code. */
    code_hash: withDefault(text(43), ''),
    /** The generator's secret, encrypted. */
    secret: nullable(longText()),
    /** The last time step whose code was accepted: none at or before it is accepted again. */
    last_used_step: withDefault(integer(), 0),
    /** Null until the first right code: it does not count before. */
    confirmed_at: nullable(integer()),
    created_at: integer(),
  },
  primaryKey: ['id'],
  unique: { factor: ['principal_id', 'kind', 'code_hash'] },
  references: { principal: { table: principals, on: { column: 'principal_id', target: 'id' } } },
})

/** Accounts at OAuth providers that sign a principal in. */
export const identities = defineTable('cardea_identities', {
  columns: {
    id: id(),
    principal_id: principalId(),
    collection: text(64),
    provider: text(64),
    /** The provider's name for the account, which never changes; an address is none. */
    subject: text(255),
    /** As the provider last gave it, for people to recognise the account by. */
    email: nullable(text(255)),
    /** The provider's tokens, encrypted. */
    tokens: nullable(longText()),
    created_at: integer(),
    updated_at: integer(),
  },
  primaryKey: ['id'],
  unique: { subject: ['collection', 'provider', 'subject'] },
  indexes: { principal: ['principal_id'], list: ['collection', 'id'] },
  references: {
    principal: { table: principals, on: { column: 'principal_id', target: 'id' } },
    authz: { table: authz },
  },
})

/** Devices from which a principal has signed in. */
export const devices = defineTable('cardea_devices', {
  columns: {
    principal_id: principalId(),
    /** HMAC-SHA-256 of what tells the device: its cookie, or browser and network where it keeps none. */
    device_hash: text(43),
    user_agent: nullable(text(512)),
    ip: nullable(text(45)),
    first_seen_at: integer(),
    last_seen_at: integer(),
  },
  primaryKey: ['principal_id', 'device_hash'],
  indexes: { seen: ['last_seen_at'] },
})

/** Counters: wrong guesses by account and network, and how much was sent to whom. Keys are HMACs, so none names anybody. */
export const limits = defineTable('cardea_limits', {
  columns: {
    key: text(120),
    /** Attempts since the last success. */
    count: withDefault(integer(), 0),
    /** No attempt before this instant. */
    blocked_until: withDefault(integer(), 0),
    /** The theoretical arrival time of the generic cell rate algorithm. */
    arrival: withDefault(integer(), 0),
    /** From then on the row says nothing any more. */
    expires_at: integer(),
  },
  primaryKey: ['key'],
  indexes: { expiry: ['expires_at'] },
})

/** Keys for programs, each with a part of its owner's rights. */
export const apiKeys = defineTable('cardea_api_keys', {
  columns: {
    id: id(),
    principal_id: principalId(),
    /** SHA-256 of the secret, which has 256 random bits. */
    secret_hash: text(43),
    label: withDefault(text(200), ''),
    /** The permissions it is limited to; null for all that its owner has. */
    scopes: nullable(json<readonly string[]>()),
    /** The key that made it, and whose end is its own. */
    parent_id: nullable(references(id(), 'cardea_api_keys', 'id', 'cascade')),
    /** Who made it, where that was somebody else. */
    created_by: nullable(text(36)),
    expires_at: nullable(integer()),
    revoked_at: nullable(integer()),
    last_used_at: nullable(integer()),
    last_used_ip: nullable(text(45)),
    created_at: integer(),
  },
  primaryKey: ['id'],
  indexes: { principal: ['principal_id'], parent: ['parent_id'] },
  references: {
    principal: { table: principals, on: { column: 'principal_id', target: 'id' } },
    authz: { table: authz },
  },
})

/** Public keys by which a principal is found, as by an app's SSH server. */
export const sshKeys = defineTable('cardea_ssh_keys', {
  columns: {
    id: id(),
    principal_id: principalId(),
    label: withDefault(text(200), ''),
    /** The algorithm, such as `ssh-ed25519`. */
    type: text(64),
    /** Algorithm and key, without the comment. */
    public_key: longText(),
    /** SHA-256 of the key, as `ssh-keygen -l` prints it without `SHA256:`. */
    fingerprint: text(43),
    created_at: integer(),
  },
  primaryKey: ['id'],
  unique: { fingerprint: ['fingerprint'] },
  indexes: { principal: ['principal_id'] },
  references: { principal: { table: principals, on: { column: 'principal_id', target: 'id' } } },
})

/** Mail that is still to be sent, or could not be. It refers to no principal, so that it outlives one. */
export const outbox = defineTable('cardea_outbox', {
  columns: {
    id: id(),
    kind: text(32),
    collection: text(64),
    /** The address it goes to, or the key by which the worker looks for an account. */
    recipient: text(255),
    flow_id: withDefault(text(64), ''),
    /** What the mail needs beside that, encrypted. */
    payload: nullable(longText()),
    /** `pending` or `dead`. */
    state: withDefault(text(16), 'pending'),
    attempts: withDefault(integer(), 0),
    /** Not before this instant; whoever works on it moves it ahead, so that nobody else does. */
    due_at: integer(),
    /** Why it was not sent: a code, never content. */
    last_error: nullable(text(64)),
    created_at: integer(),
  },
  primaryKey: ['id'],
  indexes: { due: ['state', 'due_at'] },
})

/** Keys that sign access tokens where services without the root secret verify them. */
export const keys = defineTable('cardea_keys', {
  columns: {
    /** Random; the `kid` of the tokens. */
    id: text(64),
    /** `EdDSA` or `ES256`. */
    algorithm: text(16),
    /** What it signs: `access-token`. */
    purpose: text(32),
    /** A public JWK without `kid`, `alg` and `use`. */
    public_key: json(),
    /** The private JWK, encrypted. */
    private_key: longText(),
    /** From then on it signs; published before, so that whoever verifies knows it by then. */
    not_before: integer(),
    /** From then on nothing that it signed is accepted; null while it is not known. */
    retire_at: nullable(integer()),
    created_at: integer(),
  },
  primaryKey: ['id'],
  indexes: { purpose: ['purpose', 'not_before'] },
})

/** What happened, for people to look into. It refers to no principal, so that it outlives one. */
export const audit = defineTable('cardea_audit', {
  columns: {
    id: id(),
    type: text(64),
    /** `success` or `failure`. */
    outcome: text(8),
    at: integer(),
    collection: nullable(text(64)),
    /** Whom it is about. */
    principal_id: nullable(text(36)),
    /** Who did it, where that was somebody else. */
    actor_id: nullable(text(36)),
    session_id: nullable(text(36)),
    key_id: nullable(text(36)),
    ip: nullable(text(45)),
    user_agent: nullable(text(512)),
    request_id: nullable(text(64)),
    /** What this kind of event says besides; never a secret. */
    details: nullable(json()),
  },
  primaryKey: ['id'],
  // One for each way to filter, in the order in which events are listed.
  indexes: {
    at: ['at', 'id'],
    principal: ['principal_id', 'at', 'id'],
    actor: ['actor_id', 'at', 'id'],
    session: ['session_id', 'at', 'id'],
    ip: ['ip', 'at', 'id'],
    type: ['type', 'at', 'id'],
    outcome: ['outcome', 'at', 'id'],
  },
})

/** Cardea's own tables, in an order in which each can be made after those it refers to. */
export const systemTables = [
  authz,
  principals,
  credentials,
  identifiers,
  sessions,
  roles,
  permissions,
  rolePermissions,
  roleParents,
  roleAssignments,
  collections,
  settings,
  verifications,
  factors,
  identities,
  devices,
  limits,
  apiKeys,
  sshKeys,
  outbox,
  keys,
  audit,
] as const
