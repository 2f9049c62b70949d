import { collectionRegistry } from '@cardea/collections'
import {
  credentials,
  identifiers,
  type NewRowOf,
  permissions,
  principals,
  roleAssignments,
  roleParents,
  rolePermissions,
  roles,
  type Storage,
  sessions,
  type Table,
} from '@cardea/storage'
import { builtInUsers } from 'cardea'
import { collections } from './plan-app.js'

/** So many that no planner takes a table for one that is read at a glance. */
const accounts = 6_000
const sessionsEach = 2
const rolesMade = 1_500
const permissionsMade = 2_000

/** The tables that have rows for each account, by their names in the database: these are never read whole. */
export const grown = [
  'cardea_principals',
  'cardea_identifiers',
  'cardea_credentials',
  'cardea_sessions',
  'cardea_role_assignments',
  'auth_users',
  'auth_customers',
]

/** The tables of roles, which grow with tenants. They are read whole when the policy is loaded, and at no other time. */
export const policyTables = ['cardea_roles', 'cardea_permissions', 'cardea_role_permissions', 'cardea_role_parents']

/** Fills the tables as a busy app would have them. */
export async function fill(storage: Storage, now: number): Promise<void> {
  const registry = collectionRegistry([builtInUsers(), ...collections])
  const tables = new Map(registry.tables().map((table) => [table.name, table]))
  const id = (kind: string, index: number) => `${kind}-${String(index).padStart(6, '0')}`
  const times = <T extends Table>(count: number, row: (index: number) => NewRowOf<T>) =>
    Array.from({ length: count }, (_, index) => row(index))
  const collectionOf = (index: number) => (index % 3 === 0 ? 'customers' : 'users')

  await storage.insert(
    roles,
    times<typeof roles>(rolesMade, (index) => ({
      id: id('role', index),
      label: id('role', index),
      created_at: now,
      updated_at: now,
    })),
  )
  await storage.insert(
    rolePermissions,
    times<typeof rolePermissions>(rolesMade, (index) => ({
      id: id('grant', index),
      role_id: id('role', index),
      wildcard: 'content:*',
      fingerprint: id('grant', index),
      created_at: now,
    })),
  )
  await storage.insert(
    roleParents,
    times<typeof roleParents>(rolesMade - 1, (index) => ({ role_id: id('role', index + 1), parent_id: id('role', 0) })),
  )
  await storage.insert(
    permissions,
    times<typeof permissions>(permissionsMade, (index) => ({
      id: id('permission', index),
      label: `things_${index}:read`,
      created_at: now,
      updated_at: now,
    })),
  )
  await storage.insert(
    principals,
    times<typeof principals>(accounts, (index) => ({
      id: id('account', index),
      collection: collectionOf(index),
      record_key: id('account', index),
      status: 'active',
      created_at: now,
    })),
  )
  await storage.insert(
    identifiers,
    times<typeof identifiers>(accounts, (index) => ({
      collection: collectionOf(index),
      kind: 'email',
      key: `${id('account', index)}@example.test`,
      principal_id: id('account', index),
    })),
  )
  await storage.insert(
    credentials,
    times<typeof credentials>(accounts, (index) => ({
      principal_id: id('account', index),
      hash: 'none',
      changed_at: now,
    })),
  )
  await storage.insert(
    roleAssignments,
    times<typeof roleAssignments>(accounts, (index) => ({
      id: id('assignment', index),
      principal_id: id('account', index),
      role_id: id('role', index % rolesMade),
      created_at: now,
    })),
  )
  await storage.insert(
    sessions,
    times<typeof sessions>(accounts * sessionsEach, (index) => ({
      id: id('session', index),
      principal_id: id('account', index % accounts),
      token_hash: id('token', index),
      refresh_salt: 'salt',
      rotated_at: now,
      amr: ['pwd'],
      aal: 1,
      auth_time: now,
      created_at: now,
      last_used_at: now,
      cookie_expires_at: now + 86_400_000,
      idle_expires_at: now + 86_400_000,
      absolute_expires_at: now + 86_400_000,
      epoch: 0,
    })),
  )
  for (const name of ['users', 'customers']) {
    const table = tables.get(`auth_${name}`)
    if (table === undefined) throw new Error(`no table for ${name}`)
    const own = Array.from({ length: accounts }, (_, index) => index).filter((index) => collectionOf(index) === name)
    await storage.insert(
      table,
      own.map((index) => recordOf(table, id('account', index), index, now)),
    )
  }
}

/** A row of a collection: its own values where they are needed, null or the default elsewhere. */
function recordOf(table: Table, id: string, index: number, now: number): NewRowOf<Table> {
  const known: Readonly<Record<string, unknown>> = {
    id,
    email: `${id}@example.test`,
    verified: true,
    username: `name${index}`,
    name: `Name ${index}`,
    phone: `+49 ${index}`,
    created_at: now,
    updated_at: now,
  }
  const columns = Object.keys(table.columns).filter((name) => Object.hasOwn(known, name))
  return Object.fromEntries(columns.map((name) => [name, known[name]]))
}
