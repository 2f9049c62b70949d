import type { TestDatabase } from '../databases.js'

const collections = { users: 'auth_users', customers: 'auth_customers' } as const

/** What must find nothing in the tables of collections: rows without those that were written in the same transaction. */
const queriesOf = (names: readonly (keyof typeof collections)[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const table = collections[name]
      return [
        [
          `principals of ${name} without a record`,
          `select p.id from cardea_principals p left join ${table} r on r.id = p.record_key where p.collection = '${name}' and r.id is null`,
        ],
        [
          `records of ${name} without a principal`,
          `select r.id from ${table} r left join cardea_principals p on p.id = r.id and p.collection = '${name}' where p.id is null`,
        ],
        [
          `records of ${name} whose e-mail address is not the one they sign in with`,
          `select r.id from ${table} r join cardea_identifiers i on i.principal_id = r.id and i.kind = 'email' where i.key <> r.email`,
        ],
      ]
    }),
  )

/** The same in the tables that all collections share. */
const sharedQueries: Readonly<Record<string, string>> = {
  'principals without a password':
    'select p.id from cardea_principals p left join cardea_credentials c on c.principal_id = p.id where c.principal_id is null',
  'principals without an e-mail address':
    "select p.id from cardea_principals p left join cardea_identifiers i on i.principal_id = p.id and i.kind = 'email' where i.principal_id is null",
  'users without a user name':
    "select p.id from cardea_principals p left join cardea_identifiers i on i.principal_id = p.id and i.kind = 'username' where p.collection = 'users' and i.principal_id is null",
  'users without a role':
    "select p.id from cardea_principals p left join cardea_role_assignments a on a.principal_id = p.id where p.collection = 'users' and a.id is null",
  ...Object.fromEntries(
    ['cardea_credentials', 'cardea_identifiers', 'cardea_sessions', 'cardea_role_assignments'].map((table) => [
      `rows of ${table} without a principal`,
      `select x.principal_id as id from ${table} x left join cardea_principals p on p.id = x.principal_id where p.id is null`,
    ]),
  ),
  'sessions of an epoch that never was':
    'select s.id from cardea_sessions s join cardea_principals p on p.id = s.principal_id where s.epoch > p.epoch',
  'migrations that are not finished': "select number as id from cardea_migrations where state <> 'applied'",
}

/**
 * Halves of what belongs together, found in the database itself.
 *
 * @param names The collections that there are.
 */
export async function findHalves(
  database: Pick<TestDatabase, 'query'>,
  names: readonly (keyof typeof collections)[] = ['users', 'customers'],
): Promise<readonly string[]> {
  const halves: string[] = []
  for (const [name, sql] of Object.entries({ ...queriesOf(names), ...sharedQueries })) {
    const rows = await database.query(sql)
    if (rows.length > 0) halves.push(`${name}: ${rows.map(({ id }) => id).join(', ')}`)
  }
  return halves
}
