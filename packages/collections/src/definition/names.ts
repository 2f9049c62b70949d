/** How many fields a collection can have. */
export const maxFields = 100

/** Names of collections and fields: they become names of tables, columns, permissions, cookies and URL segments. */
const namePattern = /^[a-z][a-z0-9_]{0,47}$/

/** The grammar of names, for messages. */
export const nameGrammar = 'must be 1 to 48 lower-case letters, digits and _, and begin with a letter'

export const isName = (value: string): boolean => namePattern.test(value)

/** The collection that always exists. */
export const usersName = 'users'

/** Mean something to every JavaScript object, so that `record[name]` would find it where nothing was set. */
const objectMembers = ['constructor', 'prototype']

const reservedCollectionNames: ReadonlySet<string> = new Set([
  ...objectMembers,
  // Segments of paths.
  'admin',
  'all',
  'api',
  'docs',
  'health',
  'me',
  'migrate',
  'new',
  // The session cookie of a collection is `session_<name>`; these are kept for cookies of Cardea's own.
  'mfa',
  'oauth',
  'otp',
  'session',
  // Resources of Cardea's own permissions: `<name>:read` must not mean two things.
  'audit',
  'impersonation',
  'auth',
  'cardea',
  'collections',
  'config',
  'permissions',
  'records',
  'roles',
  'sessions',
  'settings',
  'ssh_keys',
  'tokens',
])

/** Why a collection cannot have a name, or undefined. Says nothing of `users`, whose definition is special. */
export function refuseCollectionName(name: string): string | undefined {
  if (!isName(name)) return nameGrammar
  if (reservedCollectionNames.has(name) || name.startsWith('cardea_')) return 'is a reserved name'
  return undefined
}

/** Whether a text can be the name of a collection at all, so that it is worth looking for. */
export const isCollectionName = (name: string): boolean => refuseCollectionName(name) === undefined

const everywhere: ReadonlySet<string> = new Set([
  ...objectMembers,
  // Columns and members of every record.
  'id',
  'created_at',
  'updated_at',
  'created',
  'updated',
  'date_created',
  'date_modified',
  'collection',
  'collection_id',
  'collection_name',
  // Secrets have tables of their own; a collection's table never holds one.
  'hash',
  'password',
  'password_confirm',
  'password_hash',
  'secret',
  'token',
  'token_key',
  'tokens',
  // The primary key, where keys are named.
  'primary',
  // System columns of PostgreSQL, SQLite and InnoDB.
  'cmax',
  'cmin',
  'ctid',
  'db_roll_ptr',
  'db_row_id',
  'db_trx_id',
  'fts_doc_id',
  'oid',
  'rowid',
  'tableoid',
  'xmax',
  'xmin',
])

/** What Cardea itself knows of a principal. */
const ofPrincipals: ReadonlySet<string> = new Set([
  'access_token',
  'authz_version',
  'backup_codes',
  'banned',
  'disabled',
  'email',
  'email_verified',
  'email_visibility',
  'epoch',
  'mfa',
  'mfa_enabled',
  'mfa_secret',
  'permission',
  'permissions',
  'principal',
  'principal_id',
  'record_key',
  'refresh_token',
  'role',
  'role_id',
  'role_ids',
  'roles',
  'session',
  'session_id',
  'sessions',
  'setup_code',
  'status',
  'totp_secret',
  'verified',
])

/** What the routes of the built-in users say beside the record, or take and ignore. */
const ofUsers: ReadonlySet<string> = new Set([
  'issued_at',
  'oauth',
  'revoked',
  'role_label',
  'ssh_keys',
  'user',
  'user_id',
])

/** Why a collection cannot have a field of a name, or undefined. */
export function refuseFieldName(
  name: string,
  collection: { readonly name: string; readonly type: unknown },
): string | undefined {
  if (!isName(name)) return nameGrammar
  if (
    everywhere.has(name) ||
    name.startsWith('cardea_') ||
    (collection.type === 'auth' && ofPrincipals.has(name)) ||
    (collection.name === usersName && ofUsers.has(name))
  ) {
    return 'is a reserved name'
  }
  return undefined
}

/** Why a table cannot have a name, or undefined. At most 63 bytes, the shortest limit among the databases. */
export function refuseTableName(name: string): string | undefined {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) {
    return 'must be 1 to 63 lower-case letters, digits and _, and begin with a letter'
  }
  // Cardea's own tables and those of SQLite and PostgreSQL.
  return /^(?:cardea|sqlite|pg)_/.test(name) ? 'must not begin with cardea_, sqlite_ or pg_' : undefined
}
