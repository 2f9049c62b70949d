import { createTestDatabase, createTestKysely, type TestServer } from '@cardea/kysely/testkit'
import { sql } from 'kysely'

const questions: Readonly<Record<TestServer, string>> = {
  postgres: `select 'PostgreSQL ' || current_setting('server_version') as version`,
  mysql: `select concat(if(locate('MariaDB', version()) > 0, 'MariaDB ', 'MySQL '), version()) as version`,
}

/** The servers that answer, such as `PostgreSQL 15.20`. */
export async function findServerVersions(): Promise<readonly string[]> {
  const found: string[] = []
  for (const server of ['postgres', 'mysql'] as const) {
    const database = await createTestDatabase(server)
    if ('skipped' in database) continue
    const kysely = createTestKysely<Record<string, never>>(server, database.url)
    const { rows } = await sql.raw<{ readonly version: string }>(questions[server]).execute(kysely)
    await kysely.destroy()
    await database.drop()
    // Name and number: who has built it says nothing to anybody else.
    found.push((rows[0]?.version ?? '').split(/[-(]/, 1)[0]?.trim() ?? '')
  }
  return found
}
