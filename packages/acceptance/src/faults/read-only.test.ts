import { execFileSync } from 'node:child_process'
import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clientOf } from '../client.js'
import { History } from '../crash/history.js'
import { probe } from '../crash/probe.js'
import { findHalves } from '../crash/rows.js'
import { Workload } from '../crash/workload.js'
import { databaseKinds } from '../databases.js'
import { defineCustomers } from '../define-customers.js'
import { startDemo } from '../demo-server.js'
import { patience } from '../patience.js'
import { seededRandom } from '../seed.js'
import { timeLimit } from '../time-limit.js'
import { serverKinds } from './private-server.js'

/** A database that takes no more writes for a while. */
interface Case {
  readonly name: string
  readonly open: () => Promise<{
    readonly url: string
    query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
    refuseWrites(refuse: boolean, processId: number | undefined): Promise<void>
    remove(): Promise<unknown>
  }>
}

const canLimit = (() => {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

const fullDisk: Case = {
  name: 'SQLite whose disk is full',
  open: async () => {
    const database = await (databaseKinds.find(({ name }) => name === 'SQLite')?.create() ?? expect.fail('no SQLite'))
    return {
      url: database.url,
      query: (sql) => database.query(sql),
      // The process may write to no file any more, the parts of the log included that are used anew: as on a full disk that
      // copies what it writes.
      refuseWrites: async (refuse, processId) => {
        const limit = refuse ? '0' : 'unlimited'
        execFileSync('prlimit', ['--pid', String(processId), `--fsize=${limit}:`])
      },
      remove: () => database.drop(),
    }
  },
}

const cases: readonly Case[] = [
  ...(canLimit ? [fullDisk] : []),
  // Servers of their own take their time to start.
  ...serverKinds.slice(0, rounds({ test: 0, ci: 1, long: 2 })).map((kind) => ({
    name: `${kind.name} that can only be read`,
    open: async () => {
      const server = await kind.create()
      return {
        url: server.url(),
        query: (sql: string) => server.query(sql),
        refuseWrites: (refuse: boolean) => server.setReadOnly(refuse),
        remove: () => server.remove(),
      }
    },
  })),
]

describe('a demo server that cannot write', () => {
  it.each(cases)(
    'answers 503 to writes, goes on reading, and leaves nothing half done, on $name',
    async ({ open }) => {
      const database = await open()
      onTestFinished(async () => {
        await database.remove()
      })
      const demo = await startDemo({ DATABASE_URL: database.url })
      await defineCustomers(clientOf(demo.url))
      const history = new History()
      const random = seededRandom()
      const surroundings = {
        client: () => clientOf(demo.url),
        mayLose: () => false,
        limitMilliseconds: () => Number.POSITIVE_INFINITY,
        history,
        random,
      }
      const workload = new Workload(surroundings)
      const resultsSince = (start: number) =>
        history.entries.slice(start).map(({ operation, result }) => `${operation} ${result}`)
      workload.start(4)
      await expect.poll(() => history.entries.length, patience).toBeGreaterThan(80)

      const client = clientOf(demo.url)
      const reader = { email: 'reader@example.com', password: 'only reads from now on' }
      const path = '/api/v1/collections/customers/auth'
      const { body } = await client.post(`${path}/register`, reader)
      const start = history.entries.length
      await database.refuseWrites(true, demo.processId)
      await expect
        .poll(() => resultsSince(start), patience)
        .toEqual(expect.arrayContaining(['register 503 unavailable', 'login 503 unavailable']))
      // From here on nothing can be written any more, so whatever still succeeds only reads.
      const settled = history.entries.length + 10
      await expect.poll(() => history.entries.length, patience).toBeGreaterThan(settled + 20)
      for (let count = 0; count < 20; count += 1) {
        expect((await client.get(`${path}/me`, { bearer: body['access_token'] })).status).toBe(200)
      }
      const wrong = await client.post(`${path}/login`, { ...reader, password: 'not the password' })
      // A guess that cannot be counted is not answered.
      expect([wrong.status, wrong.body['code']]).toEqual([503, 'unavailable'])
      const meanwhile = resultsSince(settled)
      await database.refuseWrites(false, demo.processId)
      expect(meanwhile.filter((result) => /^(register|login|logout|change password) 20/.test(result))).toEqual([])

      const after = history.entries.length
      await expect
        .poll(() => resultsSince(after), patience)
        .toEqual(expect.arrayContaining(['register 201', 'login 200']))
      await workload.stop()
      for (const account of workload.accounts) await probe(surroundings, account)
      expect(history.violations, `seed ${random.seed}`).toEqual([])
      expect(await findHalves(database), `seed ${random.seed}`).toEqual([])
      expect(await demo.stop()).toBe(0)
    },
    timeLimit,
  )
})
