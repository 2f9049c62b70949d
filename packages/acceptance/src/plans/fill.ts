import type { ObservedDatabase } from './observed-database.js'

/** How many rows of each kind: enough that reading all of a table costs more than an index. */
const filled = 6_000

const at = 1_767_000_000_000
/** When what is filled in ends: after all flows, so that nobody clears it away. */
const later = at + 365 * 86_400_000

/** Rows `i` from 0 on. Without recursion, which MariaDB limits. */
const numbers = (() => {
  const digits = Array.from({ length: 10 }, (_, digit) => `select ${digit} as n`).join(' union all ')
  const thousands = Array.from({ length: filled / 1_000 }, (_, digit) => `select ${digit} as n`).join(' union all ')
  const parts = ['a', 'b', 'c'].map((name) => `(${digits}) as ${name}`)
  return `(select d.n * 1000 + c.n * 100 + b.n * 10 + a.n as i from ${parts.join(', ')}, (${thousands}) as d) as numbers`
})()

/**
 * Makes many accounts, sessions, roles of tenants and custom permissions, as a large app has them. All accounts are viewers,
 * so that the most common role says nothing about how rare the others are.
 */
export async function fill(database: ObservedDatabase, viewerId: string): Promise<void> {
  const from = (columns: string): string => `select ${columns} from ${numbers}`
  const key = database.name === 'MySQL' ? '`key`' : '"key"'
  const stamps = `${at}, ${at}`
  await database.run(
    `insert into cardea_principals (id, collection, record_key, status, created_at)
      ${from(`concat('p', i), 'users', concat('p', i), 'active', ${at}`)}`,
    `insert into auth_users (id, email, verified, username, name, created_at, updated_at)
      ${from(`concat('p', i), concat('p', i, '@filled.test'), false, concat('name', i), 'N', ${stamps}`)}`,
    `insert into cardea_principals (id, collection, record_key, status, created_at)
      ${from(`concat('c', i), 'customers', concat('c', i), 'active', ${at}`)}`,
    `insert into auth_customers (id, email, verified, phone, badge, manager, created_at, updated_at)
      ${from(`concat('c', i), concat('c', i, '@filled.test'), false, concat('+', i), concat('b', i), null, ${stamps}`)}`,
    `insert into cardea_principals (id, collection, record_key, status, created_at)
      ${from(`concat('m', i), 'members', concat('m', i), 'active', ${at}`)}`,
    `insert into auth_notes (id, title, slug, author, topic, created_at, updated_at)
      ${from(`concat('n', i), 'A note', concat('slug', i), concat('p', i), null, ${stamps}`)}`,
    `insert into auth_members (id, email, verified, created_at, updated_at)
      ${from(`concat('m', i), concat('m', i, '@filled.test'), false, ${stamps}`)}`,
    `insert into cardea_identifiers (collection, kind, ${key}, principal_id)
      ${from(`'members', 'email', concat('m', i, '@filled.test'), concat('m', i)`)}`,
    `insert into cardea_identifiers (collection, kind, ${key}, principal_id)
      ${from(`'users', 'email', concat('p', i, '@filled.test'), concat('p', i)`)}`,
    `insert into cardea_identifiers (collection, kind, ${key}, principal_id)
      ${from(`'users', 'username', concat('name', i), concat('p', i)`)}`,
    `insert into cardea_identifiers (collection, kind, ${key}, principal_id)
      ${from(`'customers', 'email', concat('c', i, '@filled.test'), concat('c', i)`)}`,
    `insert into cardea_credentials (principal_id, hash, changed_at)
      ${from(`concat('p', i), 'hash', ${at}`)}`,
    `insert into cardea_sessions (id, principal_id, token_hash, refresh_salt, rotated_at, amr, aal, auth_time,
      created_at, last_used_at, cookie_expires_at, idle_expires_at, absolute_expires_at, epoch)
      ${from(`concat('s', i), concat('p', i), concat('t', i), 'salt', ${at}, '["pwd"]', 1, ${at},
      ${stamps}, ${later} + i, ${later} + i, ${later} + i, 0`)}`,
    // Every other key was made with the one before it.
    `insert into cardea_api_keys (id, principal_id, secret_hash, created_at)
      ${from(`concat('k', i), concat('p', i), concat('h', i), ${at}`)}`,
    `insert into cardea_api_keys (id, principal_id, secret_hash, parent_id, created_at)
      ${from(`concat('l', i), concat('p', i), concat('h', i), concat('k', i), ${at}`)}`,
    `insert into cardea_ssh_keys (id, principal_id, type, public_key, fingerprint, created_at)
      ${from(`concat('h', i), concat('p', i), 'ssh-ed25519', concat('ssh-ed25519 ', i), concat('f', i), ${at}`)}`,
    `insert into cardea_role_assignments (id, principal_id, role_id, created_at)
      ${from(`concat('a', i), concat('p', i), '${viewerId}', ${at}`)}`,
    `insert into cardea_roles (id, tenant, label, created_at, updated_at)
      ${from(`concat('r', i), concat('tenant', i), 'editor', ${stamps}`)}`,
    `insert into cardea_permissions (id, label, created_at, updated_at)
      ${from(`concat('m', i), concat('filled', i, ':read'), ${stamps}`)}`,
    `insert into cardea_role_permissions (id, role_id, permission_id, fingerprint, created_at)
      ${from(`concat('g', i), concat('r', i), concat('m', i), concat('f', i), ${at}`)}`,
    `insert into cardea_identities (id, principal_id, collection, provider, subject, created_at, updated_at)
      ${from(`concat('i', i), concat('p', i), 'users', 'company', concat('filled', i), ${stamps}`)}`,
    `insert into cardea_outbox (id, kind, collection, recipient, state, due_at, created_at)
      ${from(`concat('o', i), 'new_device', 'users', concat('p', i, '@filled.test'),
      case when i < ${filled / 2} then 'dead' else 'pending' end, ${later} + i, ${at}`)}`,
    `insert into cardea_verifications (id, purpose, collection, principal_id, epoch, subject, flow_id, secret_hash,
      attempts_left, created_at, expires_at)
      ${from(`concat('v', i), concat('purpose', i % 20), 'users', concat('p', i), 0, concat('p', i), concat('v', i), concat('h', i),
      5, ${at}, ${later} + i`)}`,
    `insert into cardea_limits (${key}, expires_at)
      ${from(`concat('l', i), ${later} + i`)}`,
    `insert into cardea_devices (principal_id, device_hash, first_seen_at, last_seen_at)
      ${from(`concat('p', i), concat('h', i), ${stamps}`)}`,
    `insert into cardea_audit (id, type, outcome, at, collection, principal_id, actor_id, session_id, ip)
      ${from(`concat('e', i), case when i < ${filled / 2} then 'sign_in.succeeded' else 'sign_in.failed' end,
      case when i < ${filled / 2} then 'success' else 'failure' end, ${at} + i, 'users', concat('p', i),
      case when i < ${filled / 2} then null else concat('p', i) end, concat('s', i), concat('192.0.2.', i)`)}`,
    `insert into cardea_factors (id, principal_id, kind, code_hash, secret, confirmed_at, created_at)
      ${from(`concat('x', i), concat('p', i), 'totp', '', 'sealed', ${at}, ${at}`)}`,
    `insert into cardea_factors (id, principal_id, kind, code_hash, confirmed_at, created_at)
      ${from(`concat('y', i), concat('p', i), 'backup_code', concat('h', i), ${at}, ${at}`)}`,
    `insert into cardea_role_parents (role_id, parent_id)
      select concat('r', i), concat('r', i - 1) from ${numbers} where i > 0`,
    // Of states that nobody serves, so that they need not be definitions: begun and left, or being removed.
    `insert into cardea_collections (id, name, table_name, definition, state, created_at, updated_at)
      ${from(`concat('d', i), concat('stored', i), concat('stored', i), '{}',
      case when i < ${filled / 2} then 'pending' else 'removing' end, ${stamps}`)}`,
  )
  await database.analyze()
}
