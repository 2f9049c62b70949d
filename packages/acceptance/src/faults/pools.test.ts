import { createHandler } from '@cardea/http'
import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { rounds } from '@cardea/storage/testkit'
import { createCardea, defineCollection, type Storage, text } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import { describe, expect, it } from 'vitest'
import { clientOf } from '../client.js'
import { History } from '../crash/history.js'
import { probe } from '../crash/probe.js'
import { findHalves } from '../crash/rows.js'
import { Workload } from '../crash/workload.js'
import { databaseKinds } from '../databases.js'
import { seededRandom } from '../seed.js'

const flows = 100
const requests = rounds({ test: 600, ci: 2_000, long: 20_000 })

/** How the storage of each kind is opened with so many connections at most. */
const openers: Readonly<Record<string, (url: string, poolSize: number) => Storage>> = {
  PostgreSQL: (url, poolSize) => postgres(url, { poolSize }),
  MySQL: (url, poolSize) => mysql(url, { poolSize }),
}

const cases = databaseKinds.flatMap((kind) => {
  const open = openers[kind.name]
  return open === undefined ? [] : [1, 2].map((poolSize) => ({ ...kind, open, poolSize }))
})

const customers = defineCollection('customers', { type: 'auth', fields: { company: text({ optional: true }) } })

describe('Cardea on a small pool', () => {
  it.each(cases)(
    'never waits for itself: 100 flows at once on $name with $poolSize',
    async ({ create, open, poolSize }) => {
      const database = await create()
      const auth = createCardea({
        ...cmsPreset,
        storage: open(database.url, poolSize),
        secret: 'a secret for small pools: 5c1d7e90ab34f268',
        environment: 'test',
        collections: [customers],
        // The hasher is not what is to be waited for.
        passwords: { memoryKibibytes: 8, iterations: 1 },
        logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      })
      await auth.migrate()
      await auth.ready()
      const handler = createHandler(auth, { rateLimits: 'off' })
      const client = clientOf('http://localhost:3000', (url, init) => handler(new Request(url, init)))
      const history = new History()
      const random = seededRandom()
      const surroundings = { client: () => client, mayLose: () => false, limitMilliseconds: 5_000, history, random }
      const workload = new Workload(surroundings)
      workload.start(flows)
      await expect.poll(() => history.entries.length, { timeout: 300_000 }).toBeGreaterThan(requests)
      await workload.stop()
      const place = `seed ${random.seed}, ${JSON.stringify(history.counts(), null, 1)}`
      const failed = history.entries.filter(({ result }) => result?.startsWith('503'))
      // A queue that is too long is cut short; flows that wait for each other would leave nothing else.
      expect(failed.length, place).toBeLessThan(history.entries.length / 2)
      for (const account of workload.accounts) await probe(surroundings, account)
      expect(history.violations, place).toEqual([])
      expect(await findHalves(database), place).toEqual([])
      await auth.close()
      await database.drop()
    },
  )
})
