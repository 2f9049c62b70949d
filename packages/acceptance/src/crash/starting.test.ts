import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { clientOf } from '../client.js'
import { databaseKinds, type TestDatabase } from '../databases.js'
import { adminCredentials, killStarting, startDemo, temporaryFolder } from '../demo-server.js'
import { seededRandom } from '../seed.js'
import { timeLimit } from '../time-limit.js'
import { findHalves } from './rows.js'

/** How many databases are begun with, and how often each start is killed before one may go through. */
const databases = rounds({ test: 1, ci: 1, long: 15 })
const kills = rounds({ test: 2, ci: 2, long: 4 })
const kinds = databaseKinds.slice(0, rounds({ test: 1, ci: 2, long: 3 }))

/** What the first start writes, without ids and instants. */
const firstRows = [
  'select label, system_protected, bypass from cardea_roles order by label',
  'select label, system_protected from cardea_permissions order by label',
  'select r.label as role, p.label as permission, g.wildcard, g.effect from cardea_role_permissions g join cardea_roles r on r.id = g.role_id left join cardea_permissions p on p.id = g.permission_id order by 1, 2, 3',
  'select r.label as role, i.key as name from cardea_role_assignments a join cardea_roles r on r.id = a.role_id join cardea_identifiers i on i.principal_id = a.principal_id order by 1, 2',
  'select number, name, state from cardea_migrations order by number',
  'select email from auth_users',
]

describe('a demo server that is killed while it starts for the first time', () => {
  it.each(kinds)(
    'is complete after the next start, on $name',
    async ({ create }) => {
      const random = seededRandom()
      const contents = async (database: TestDatabase): Promise<unknown> => {
        const rows: unknown[] = []
        for (const sql of firstRows) rows.push(await database.query(sql))
        return rows
      }
      const clean = await create()
      const startedAt = performance.now()
      const first = await startDemo({ DATABASE_URL: clean.url })
      const wholeStart = performance.now() - startedAt
      await first.stop()
      const wanted = await contents(clean)
      await clean.drop()
      for (let count = 0; count < databases; count += 1) {
        const database = await create()
        const folder = temporaryFolder()
        const delays: number[] = []
        for (let kill = 0; kill < kills; kill += 1) {
          // The first third passes before the database is reached.
          const delay = Math.round(wholeStart * (0.3 + random.below(80) / 100))
          delays.push(delay)
          await killStarting({ DATABASE_URL: database.url }, folder, delay)
        }
        const place = `seed ${random.seed}, killed after ${delays.join(', ')} of ${Math.round(wholeStart)} ms`
        const server = await startDemo({ DATABASE_URL: database.url }, folder)
        expect(await contents(database), place).toEqual(wanted)
        expect(await findHalves(database, ['users']), place).toEqual([])
        const { status } = await clientOf(server.url).post('/api/v1/auth/login', adminCredentials)
        expect(status, place).toBe(200)
        expect(await server.stop()).toBe(0)
        await database.drop()
      }
    },
    timeLimit,
  )
})
