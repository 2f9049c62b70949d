import type { ObservedDatabase } from '../plans/observed-database.js'

/** How large a policy is. The roles are a multiple of 30. */
export interface PolicySize {
  readonly roles: number
  readonly permissions: number
  readonly users: number
}

/** What each role gives by itself. */
export const grantsPerRole = 20

const at = 1_767_000_000_000

/** Rows `i` from 0 on, fewer than a limit. Without recursion, which MariaDB limits. */
function numbers(limit: number): string {
  const digits = Array.from({ length: 10 }, (_, digit) => `select ${digit} as n`).join(' union all ')
  const places = Array.from({ length: String(limit - 1).length }, (_, place) => place)
  const sum = places.map((place) => `d${place}.n * ${10 ** place}`).join(' + ')
  const tables = places.map((place) => `(${digits}) as d${place}`).join(', ')
  return `(select i from (select ${sum} as i from ${tables}) as counted where i < ${limit}) as numbers`
}

/**
 * Makes roles on three levels (a tenth inherits nothing, the next three tenths one of those each, all others one of these),
 * `role0` and so on, permissions `filled0:read` and so on, and users with three of the roles each.
 */
export async function fillPolicy(database: ObservedDatabase, size: PolicySize): Promise<void> {
  const { roles, permissions, users } = size
  const [first, second] = [roles / 10, (roles * 3) / 10]
  const held = [0, roles / 3, (roles * 2) / 3].map(
    (offset, place) =>
      `insert into cardea_role_assignments (id, principal_id, role_id, created_at)
        select concat('a${place}-', i), concat('p', i), concat('r', (i + ${offset}) % ${roles}), ${at}
        from ${numbers(users)}`,
  )
  await database.run(
    `insert into cardea_roles (id, label, created_at, updated_at)
      select concat('r', i), concat('role', i), ${at}, ${at} from ${numbers(roles)}`,
    `insert into cardea_permissions (id, label, created_at, updated_at)
      select concat('m', i), concat('filled', i, ':read'), ${at}, ${at} from ${numbers(permissions)}`,
    `insert into cardea_role_permissions (id, role_id, permission_id, fingerprint, created_at)
      select concat('g', i), concat('r', i % ${roles}), concat('m', i % ${permissions}), concat('f', i), ${at}
      from ${numbers(roles * grantsPerRole)}`,
    `insert into cardea_role_parents (role_id, parent_id)
      select concat('r', i), concat('r', i % ${first}) from ${numbers(first + second)} where i >= ${first}`,
    `insert into cardea_role_parents (role_id, parent_id)
      select concat('r', i), concat('r', ${first} + i % ${second}) from ${numbers(roles)} where i >= ${first + second}`,
    `insert into cardea_principals (id, collection, record_key, status, created_at)
      select concat('p', i), 'users', concat('p', i), 'active', ${at} from ${numbers(users)}`,
    ...held,
    // Nodes that have read the policy already are to read what is new.
    'update cardea_authz set policy_version = policy_version + 1',
  )
  await database.analyze()
}
