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
  },
  primaryKey: ['id'],
  unique: { token: ['token_hash'] },
  indexes: { principal: ['principal_id'], expiry: ['absolute_expires_at'] },
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
  indexes: { role: ['role_id'] },
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
] as const
