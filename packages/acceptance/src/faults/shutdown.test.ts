import { get } from 'node:http'
import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { clientOf } from '../client.js'
import { History } from '../crash/history.js'
import { probe } from '../crash/probe.js'
import { findHalves } from '../crash/rows.js'
import { Workload } from '../crash/workload.js'
import { databaseKinds } from '../databases.js'
import { defineCustomers } from '../define-customers.js'
import { startDemo, temporaryFolder } from '../demo-server.js'
import { patience } from '../patience.js'
import { seededRandom } from '../seed.js'
import { timeLimit } from '../time-limit.js'

/** Asks by a connection of its own whether a server lives. */
const healthBy = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    get(`${url}/health`, { agent: false }, (response) => response.resume().once('end', resolve)).once('error', reject)
  })

const repeats = rounds({ test: 1, ci: 1, long: 20 })
const kinds = databaseKinds.slice(0, rounds({ test: 1, ci: 2, long: 3 }))

describe('a demo server that is told to end under load', () => {
  it.each(kinds)(
    'finishes what it has begun, on $name',
    async ({ create }) => {
      const database = await create()
      const folder = temporaryFolder()
      const start = () => startDemo({ DATABASE_URL: database.url }, folder)
      const random = seededRandom()
      const history = new History()
      let server = await start()
      await defineCustomers(clientOf(server.url))
      let ending = false
      const workload = new Workload({
        client: () => clientOf(server.url),
        mayLose: () => ending,
        limitMilliseconds: () => Number.POSITIVE_INFINITY,
        history,
        random,
      })
      for (let round = 0; round < repeats; round += 1) {
        workload.start(6)
        const target = history.entries.length + 40 + random.below(40)
        await expect.poll(() => history.entries.length, { ...patience, interval: 5 }).toBeGreaterThan(target)
        const underWay = history.entries.filter(({ result }) => result === undefined)
        // The server takes connections in their order: what was sent before these two has arrived when they are answered.
        for (const _ of [1, 2]) await healthBy(server.url)
        const arrived = underWay.filter(({ result }) => result === undefined)
        const toldAt = performance.now()
        ending = true
        const ended = server.stop()
        await workload.stop()
        expect(await ended).toBe(0)
        expect(performance.now() - toldAt).toBeLessThan(20_000)
        expect(arrived.map(({ result }) => result)).not.toContain('lost')
        expect(history.entries.filter(({ result }) => result?.startsWith('50'))).toEqual([])
        server = await start()
        ending = false
        for (const account of workload.accounts) await probe(workload.surroundings, account)
        expect(history.violations, `seed ${random.seed}`).toEqual([])
        expect(await findHalves(database), `seed ${random.seed}`).toEqual([])
      }
      await server.stop()
      await database.drop()
    },
    timeLimit,
  )
})
