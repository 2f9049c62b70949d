import type { Access, Executed, Plan } from './observed-database.js'

/** What a statement may read whole, and why. */
export interface Allowance {
  readonly table: string | RegExp
  /** The end of the statement, from the table on, without quotes. */
  readonly statement: RegExp
  readonly why: string
}

/** Tables that do not grow with users or sessions, in the statements that mean to read all of them. */
const allowances: readonly Allowance[] = [
  { table: 'cardea_authz', statement: /cardea_authz/, why: 'It has one row.' },
  {
    table: 'cardea_keys',
    statement: /cardea_keys/,
    why: 'It has a few rows: the keys that sign, and for a week those that did.',
  },
  {
    table: 'cardea_migrations',
    statement: /^(cardea_migrations as t0 order by t0\.number asc|update cardea_migrations set .* where number = \S+)$/,
    why: 'It has a row for each migration of a table, and is read and written where tables are made.',
  },
  {
    table: 'cardea_collections',
    statement: /^cardea_collections as t0 where t0\.state = \S+ order by t0\.id( collate \w+)? asc$/,
    why: 'It has a row for each collection of run time, and is read once for each change of them.',
  },
  {
    table: /^auth_made_\w+$/,
    statement:
      /^auth_made_\w+ as t0 where \(t0\.badge is null and not \(t0\.code is null\)\) order by t0\.id( collate \w+)? asc$/,
    why: 'A field that is renamed is copied for every record, a batch at a time along the key.',
  },
  {
    table: 'cardea_settings',
    statement: /cardea_settings/,
    why: 'It has a row for each collection whose settings were changed, and is read whole once for each change.',
  },
  {
    table: 'cardea_audit',
    statement: /^cardea_audit as t0 order by t0\.at desc, t0\.id( collate \w+)? desc$/,
    why: 'The newest of all are read along the index, as many as are asked for; where that is much of a table, MariaDB sorts it.',
  },
  {
    table: 'cardea_audit',
    statement: /^select count\(\*\) as c0 from cardea_audit$|^cardea_audit$/,
    why: 'How many there are of all is counted for whoever asks for a page. A cursor needs no count.',
  },
  {
    table: 'auth_notes',
    statement: /^auth_notes as t0 order by t0\.id( collate \w+)? asc$/,
    why: 'Records are read along the key, as many as are asked for; where that is much of a table, a database may sort it.',
  },
  {
    table: 'auth_notes',
    statement: /^select count\(\*\) as c0 from auth_notes$|^auth_notes$/,
    why: 'How many there are of all is counted for whoever asks for a page. A cursor needs no count.',
  },
  {
    table: 'auth_users',
    statement: /^auth_users as t0 order by t0\.id( collate \w+)? asc$/,
    why: 'The list of all is read along the key, as many as are asked for; where that is much of a table, a database may sort it.',
  },
  {
    table: 'auth_users',
    statement: /^select count\(\*\) as c0 from auth_users$|^auth_users$/,
    why: 'How many there are of all is counted for whoever asks for a page. A cursor needs no count.',
  },
  {
    table: 'auth_users',
    statement: /^auth_users as t0 where \((instr|strpos)\(/,
    why: 'What is searched for may stand anywhere in a text.',
  },
  ...['role_assignments', 'principals', 'identities', 'ssh_keys', 'api_keys', 'sessions'].map((name) => ({
    table: `cardea_${name}`,
    statement: new RegExp(`^cardea_${name} as t0 .*t0\\.(principal_)?id in \\([^)]{50,}\\)`),
    why: 'With as many principals as a page of a list has, reading 6,000 rows whole is what a database may find cheaper.',
  })),
  {
    table: 'cardea_identities',
    statement: /^cardea_identities as t0 where t0\.collection = \S+ order by t0\.id( collate \w+)? asc$/,
    why: 'The list of a collection is read along its index, as many as are asked for.',
  },
  {
    table: 'cardea_principals',
    statement: /^cardea_principals as t0 where t0\.collection = \S+ order by t0\.record_key( collate \w+)? asc$/,
    why: 'All of a collection that is removed are disabled, page by page along the key.',
  },
  {
    table: 'cardea_outbox',
    statement: /^cardea_outbox where state = \S+$/,
    why: 'What waits is counted for operators. Most often that is little; where it is half of all, no index is cheaper.',
  },
  {
    table: 'cardea_permissions',
    statement: /^cardea_permissions as t0( order by t0\.label( collate \w+)? asc)?$/,
    why: 'The catalogue is loaded once for each change of the policy.',
  },
  {
    table: 'cardea_permissions',
    statement: /^cardea_role_permissions as t0 left join cardea_permissions as t1 on t1\.id = t0\.permission_id where/,
    why: 'With as many grants as a role of an editor has, reading the catalogue once is what PostgreSQL finds cheaper.',
  },
  {
    table: 'cardea_role_permissions',
    statement: /^select count\(\*\) as c0 from cardea_role_permissions$|^cardea_role_permissions$/,
    why: 'How many there are of all is counted for whoever asks for a page. A cursor needs no count.',
  },
  {
    table: 'cardea_principals',
    statement:
      /^cardea_role_assignments as t0 inner join cardea_principals as t1 .* where \(t0\.principal_id in \([^)]{200,}\)/,
    why: 'With as many principals as one look for holders takes, reading a table of 18,000 whole is what PostgreSQL finds cheaper.',
  },
  {
    table: 'cardea_roles',
    statement: /^cardea_roles as t0 where \(t0\.tenant = \S+ and t0\.label in \([^)]*\)\)$/,
    why: 'The roles that a separation of duty names are looked up among the global ones.',
  },
  {
    table: 'cardea_role_assignments',
    statement: /^cardea_role_assignments as t0 order by t0\.principal_id( collate \w+)? asc$/,
    why: 'Whoever holds anything is read along the index of principals, no more than a call looks at, where most have the permission.',
  },
  {
    table: 'cardea_role_assignments',
    statement: /^select count\(\*\) as c0 from cardea_role_assignments$|^cardea_role_assignments$/,
    why: 'How many there are of all is counted for whoever asks for a page. A cursor needs no count.',
  },
  {
    table: 'cardea_role_permissions',
    statement:
      /^cardea_role_permissions as t0 left join cardea_permissions as t1 .* t2\.id = t0\.role_id order by t0\.id( collate \w+)? asc$/,
    why: 'Grants of all roles are read along the index of their ids, as many as are asked for.',
  },
  {
    table: 'cardea_role_assignments',
    statement:
      /^cardea_role_assignments as t0 inner join cardea_roles as t1 on t1\.id = t0\.role_id order by t0\.id( collate \w+)? asc$/,
    why: 'Assignments of everybody are read along the index of their ids, as many as are asked for.',
  },
  {
    table: 'cardea_role_permissions',
    statement: /^cardea_role_permissions as t0$/,
    why: 'A report on permissions looks at all grants.',
  },
  {
    table: 'cardea_role_assignments',
    statement:
      /^cardea_role_assignments as t0 inner join cardea_roles as t1 on t1\.id = t0\.role_id where t0\.role_id = \S+ order by t0\.id( collate \w+)? asc$/,
    why: 'Where nearly everybody has a role, they are read along the index of all ids, as many as are asked for.',
  },
  {
    table: 'cardea_role_assignments',
    statement: /^(select count\(\*\) as c0 from )?cardea_role_assignments where role_id = \S+$/,
    why: 'How many have a role is counted for whoever asks for a page. Where nearly everybody has it, no index is cheaper.',
  },
  {
    table: 'cardea_role_permissions',
    statement: /^cardea_role_permissions as t0 where t0\.role_id in \([^)]*\)$/,
    why: 'The grants of global roles are loaded with the policy. Where they are much of all grants, no index is cheaper.',
  },
  {
    table: 'cardea_role_parents',
    statement: /^cardea_role_parents as t0 where t0\.role_id in \([^)]*\)$/,
    why: 'What global roles inherit is loaded with the policy, as their grants are.',
  },
  {
    table: 'cardea_role_parents',
    statement: /^cardea_role_parents as t0$/,
    why: 'A report on permissions looks at all inheritance.',
  },
  {
    table: 'cardea_role_assignments',
    statement:
      /^cardea_role_assignments as t0 inner join cardea_principals as t1 .* where \(t0\.principal_id in \([^)]{200,}\)/,
    why: 'With as many principals as are looked at in one go, reading a table of 6,000 whole is what a database finds cheaper.',
  },
  {
    table: 'cardea_principals',
    statement:
      /^cardea_role_assignments as t0 inner join cardea_principals as t1 .* where \(t0\.principal_id in \([^)]{200,}\)/,
    why: 'The same, for the principals themselves.',
  },
  {
    table: 'cardea_roles',
    statement: /^cardea_roles as t0 where \(t0\.tenant = \S+ and t0\.label in \([^)]*\)\)$/,
    why: 'The roles that a separation of duty keeps apart are found among the global ones.',
  },
  {
    table: 'cardea_role_assignments',
    statement: /^cardea_role_assignments as t0 order by t0\.principal_id( collate \w+)? asc$/,
    why: 'Where most people may hold a permission, they are looked at along the index of principals, as many as are asked for.',
  },
  {
    table: 'cardea_roles',
    statement: /^cardea_roles as t0 where t0\.tenant = \S+( order by t0\.label( collate \w+)? asc)?$/,
    why: 'The global roles are loaded with the policy.',
  },
  {
    table: 'cardea_principals',
    statement: /^cardea_role_assignments as t0 .* where \(t0\.role_id in \(\S+\) and .* t1\.bypass = /,
    why: 'How many hold a role PostgreSQL reckons by the average of all roles. Few have full access; where many did, it would be right.',
  },
  {
    table: 'cardea_roles',
    statement: /^cardea_roles as t0 where \(?t0\.tenant = \S+ and t0\.bypass = \S+$/,
    why: 'The roles with full access are found among the global ones.',
  },
  {
    table: 'cardea_roles',
    statement: /^cardea_role_assignments as t0 inner join cardea_roles as t1 .* t1\.bypass = .* t1\.tenant = /,
    why: 'The roles with full access are found among the global ones; then who holds them, by role.',
  },
]

/** Columns with few values, or one that most rows have: to look up by them alone is to read the table. */
const coarse: ReadonlySet<string> = new Set([
  'collection',
  'kind',
  'tenant',
  'status',
  'epoch',
  'bypass',
  'effect',
  'resource_type',
  'resource_id',
])

/** What is wrong with a plan: tables that it reads whole, and sorts of what no index bounds. */
export function findingsOf({ sql }: Executed, plan: Plan): readonly string[] {
  const plain = sql.replaceAll(/["`]/g, '').replaceAll(/\s+/g, ' ').trim()
  const tail = plain.replace(/^select .*? from /, '').replace(/ limit (\d+|\?|\$\d+)$/, '')
  const tables = new Map([...plain.matchAll(/(\w+) as (t\d)\b/g)].map(([, table = '', alias = '']) => [alias, table]))
  const wide = plan.accesses
    .filter(isWide)
    .map(({ table }) => tables.get(table) ?? table)
    .filter((table) => !isAllowed(table, tail))
  const endless = plan.sorts && plan.accesses.some(({ kind }) => kind === 'range')
  return [...wide.map((table) => `reads ${table} whole`), ...(endless ? ['sorts a range'] : [])].map(
    (finding) => `${finding}: ${plain}\n${plan.text}`,
  )
}

const isWide = ({ kind, columns }: Access): boolean => kind === 'whole' || columns.every((column) => coarse.has(column))

const isAllowed = (table: string, tail: string): boolean =>
  allowances.some(
    (allowance) =>
      (typeof allowance.table === 'string' ? allowance.table === table : allowance.table.test(table)) &&
      allowance.statement.test(tail),
  )
