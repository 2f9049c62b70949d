import { isQuick, rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { clientOf } from '../client.js'
import { proofKinds } from '../databases.js'
import { defineCustomers } from '../define-customers.js'
import { betterSqlite3Server, type DemoServer, startDemo, temporaryFolder } from '../demo-server.js'
import { seededRandom } from '../seed.js'
import { timeLimit } from '../time-limit.js'
import { findUnaudited } from './audited.js'
import { History } from './history.js'
import { probe } from './probe.js'
import { findHalves } from './rows.js'
import { Workload } from './workload.js'

const kills = rounds({ test: 1, ci: 1, long: 50 })
/** So that the hasher, which is what takes long, is always busy. */
const lanes = 6
/** How many accounts of earlier rounds are looked at again after each kill. */
const earlier = 3

const cases = proofKinds.flatMap((kind) => [
  { ...kind, script: undefined },
  ...(kind.name === 'SQLite' && !isQuick()
    ? [{ ...kind, name: 'SQLite by better-sqlite3', script: betterSqlite3Server }]
    : []),
])

describe('a demo server that is killed at any moment', () => {
  it.each(cases)(
    'keeps what it acknowledged and leaves no half of the rest, on $name',
    async ({ create, script }) => {
      const random = seededRandom()
      const database = await create()
      const folder = temporaryFolder()
      const start = (): Promise<DemoServer> => startDemo({ DATABASE_URL: database.url }, folder, script)
      let server = await start()
      // The other server has them in code.
      if (script === undefined) await defineCustomers(clientOf(server.url))
      const history = new History()
      let dying = false
      const workload = new Workload({
        client: () => clientOf(server.url),
        mayLose: () => dying,
        // A server that has just started on a busy machine takes its time: how long is not what is looked at here.
        limitMilliseconds: () => Number.POSITIVE_INFINITY,
        history,
        random,
      })
      let looked = 0
      for (let round = 0; round < kills; round += 1) {
        await killAmid(async () => {
          dying = true
          await server.stop('SIGKILL')
        })
        server = await start()
        dying = false
        const known = workload.accounts.slice(0, looked)
        const again = known.length === 0 ? [] : Array.from({ length: earlier }, () => random.pick(known))
        for (const account of [...workload.accounts.slice(looked), ...again])
          await probe(workload.surroundings, account)
        looked = workload.accounts.length
        expect(history.violations, `seed ${random.seed}, kill ${round + 1}`).toEqual([])
        expect(await findHalves(database), `seed ${random.seed}, kill ${round + 1}`).toEqual([])
        expect(await findUnaudited(database, workload.accounts), `seed ${random.seed}, kill ${round + 1}`).toEqual([])
      }
      for (const account of workload.accounts.slice(-100)) await probe(workload.surroundings, account)
      expect(history.violations, `seed ${random.seed}`).toEqual([])
      expect(await server.stop()).toBe(0)
      await database.drop()

      // A rig that kills an idle server proves nothing.
      const results = history.entries.map(({ operation, result }) => `${operation} ${result}`)
      expect(results.filter((result) => result.endsWith(' lost')).length, 'requests cut off').toBeGreaterThan(kills)
      expect(results.filter((result) => result === 'register 201').length, 'registrations').toBeGreaterThan(kills)

      /** Lets the workload run and kills somewhere within it, after a number of requests rather than of milliseconds. */
      async function killAmid(kill: () => Promise<void>): Promise<void> {
        // Whoever works in a lane begins by registering.
        const target = history.entries.length + 4 * lanes + random.below(80)
        const reached = new Promise<void>((resolve) => {
          history.listen((count) => {
            if (count >= target) resolve()
          })
        })
        workload.start(lanes)
        await reached
        history.listen(undefined)
        await new Promise((resolve) => setTimeout(resolve, random.below(30)))
        const killed = kill()
        await workload.stop()
        await killed
      }
    },
    timeLimit,
  )
})
