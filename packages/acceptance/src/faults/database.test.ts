import { rounds } from '@cardea/storage/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { clientOf } from '../client.js'
import { History } from '../crash/history.js'
import { probe } from '../crash/probe.js'
import { Pulse } from '../crash/pulse.js'
import { findHalves } from '../crash/rows.js'
import { Workload } from '../crash/workload.js'
import { defineCustomers } from '../define-customers.js'
import { adminCredentials, type DemoServer, startDemo } from '../demo-server.js'
import { patience } from '../patience.js'
import { seededRandom } from '../seed.js'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.js'
import { timeLimit } from '../time-limit.js'
import { faults } from './faults.js'
import { type PrivateServer, serverKinds } from './private-server.js'

const api = '/api/v1'
const repeats = rounds({ test: 1, ci: 1, long: 5 })
const tiers = ['test', 'ci', 'long'] as const
const chosen = faults.filter(({ since }) => tiers.indexOf(since) <= rounds({ test: 0, ci: 1, long: 2 }))
const lanes = 5
const kinds = serverKinds.slice(0, rounds({ test: 1, ci: 1, long: 2 }))

describe.each(kinds)('a demo server on $name under load', (kind) => {
  let database: PrivateServer
  let proxy: TcpProxy
  let demo: DemoServer
  let accounts = 0

  beforeAll(async () => {
    database = await kind.create()
    proxy = await startTcpProxy({ host: '127.0.0.1', port: database.port })
    demo = await startDemo({ DATABASE_URL: database.url(proxy.port) })
    await defineCustomers(clientOf(demo.url))
  })

  afterEach(() => proxy.set('pass'))

  afterAll(async () => {
    await demo?.stop()
    await proxy?.close()
    await database?.remove()
  })

  /** Whether it serves, as a client sees it. */
  async function serves(): Promise<boolean> {
    const client = clientOf(demo.url)
    const ready = await client.get('/health/ready')
    const signedIn = await client.post(`${api}/auth/login`, adminCredentials)
    return ready.status === 200 && signedIn.status === 200
  }

  it.each(chosen)(
    'answers in time and with 503 at worst, loses nothing and recovers when $name',
    async (fault) => {
      const random = seededRandom()
      const history = new History()
      const pulse = new Pulse(clientOf(demo.url))
      pulse.start()
      onTestFinished(() => pulse.stop())
      let limit = Number.POSITIVE_INFINITY
      // Whatever needs no database at that moment is late as well on a machine that is busy.
      const limitMilliseconds = (startedAt: number): number => limit + 2 * pulse.slowestSince(startedAt)
      const workload = new Workload(
        { client: () => clientOf(demo.url), mayLose: () => false, limitMilliseconds, history, random },
        // Accounts of earlier faults are there already.
        accounts,
      )
      onTestFinished(async () => {
        // What comes next begins with accounts of its own, whatever became of these.
        await workload.stop()
        accounts += workload.accounts.length
      })
      const requests = async (count: number): Promise<void> => {
        const target = history.entries.length + count
        await expect.poll(() => history.entries.length, patience).toBeGreaterThan(target)
      }
      for (let round = 0; round < repeats; round += 1) {
        const begin = history.entries.length
        workload.start(lanes)
        await requests(60)
        // A busy machine is slow in peace as well: a database that is gone costs two seconds more than that.
        limit = Math.max(2_500, 2_000 + history.slowest(begin))
        const before = history.entries.length
        const failed = (): number =>
          history.entries.slice(before).filter(({ result }) => result?.startsWith('503')).length
        await fault.run({ server: database, proxy, random })
        if (fault.failures === 'some') await expect.poll(failed, patience).toBeGreaterThan(0)
        proxy.set('pass')
        if (fault.failures === 'none') expect(failed()).toBe(0)
        await expect.poll(serves, patience).toBe(true)
        await requests(60)
        await workload.stop()
        limit = Number.POSITIVE_INFINITY
        for (const account of workload.accounts) await probe(workload.surroundings, account)
        const place = `seed ${random.seed}, round ${round + 1}, ${JSON.stringify(history.counts(), null, 1)}`
        expect(history.violations, place).toEqual([])
        expect(await findHalves(database), place).toEqual([])
        expect(demo.output(), place).not.toMatch(/unhandled|uncaught|internal_error|TypeError/i)
      }
    },
    timeLimit,
  )
})
