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
/** How often each of these has to succeed. A flow that waits for its own connection never does. */
const successes = rounds({ test: 5, ci: 20, long: 500 })
const essential = ['register 201', 'login 200', 'refresh 200', 'me 200', 'change password 204', 'logout 200']
const poolSizes = [1, 2].slice(0, rounds({ test: 1, ci: 2, long: 2 }))

/** How the storage of each kind is opened with so many connections at most. */
const openers: Readonly<Record<string, (url: string, poolSize: number) => Storage>> = {
  PostgreSQL: (url, poolSize) => postgres(url, { poolSize }),
  MySQL: (url, poolSize) => mysql(url, { poolSize }),
}

const cases = databaseKinds.flatMap((kind) => {
  const open = openers[kind.name]
  return open === undefined ? [] : poolSizes.map((poolSize) => ({ ...kind, open, poolSize }))
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
      // Of a queue that is too long, those at the end are answered 503; the others go on.
      const rarest = (): number => Math.min(...essential.map((result) => history.counts()[result] ?? 0))
      await expect.poll(rarest, { timeout: 500_000, interval: 100 }).toBeGreaterThanOrEqual(successes)
      await workload.stop()
      const place = `seed ${random.seed}, ${JSON.stringify(history.counts(), null, 1)}`
      for (const account of workload.accounts) await probe(surroundings, account)
      expect(history.violations, place).toEqual([])
      expect(await findHalves(database), place).toEqual([])
      await auth.close()
      await database.drop()
    },
  )
})
