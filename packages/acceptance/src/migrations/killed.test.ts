import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../seed.js'
import { timeLimit } from '../time-limit.js'
import { type Job, type Moment, startMigrator } from './migrator.js'
import { type Dialect, dialects, type Target } from './targets.js'
import { versions } from './versions.js'

/** How many kills there are for each version: all of them in the long tier. */
const limit = rounds({ test: 1, ci: 2, long: Number.POSITIVE_INFINITY })

const random = seededRandom()

/** A place to die in, and which statement it is. */
type Kill = NonNullable<Job['kill']> & { readonly sql: string }

/** Some of the places, spread over the whole; of a short list rather those that write. */
function choose(statements: readonly string[], moments: readonly Moment[]): readonly Kill[] {
  const all = statements.flatMap((sql, statement) => moments.map((moment) => ({ statement, moment, sql })))
  if (all.length <= limit) return all
  const writing = all.filter(({ sql }) => !/^\s*(select|pragma|set|show)\b/i.test(sql))
  const stride = writing.length / limit
  return Array.from(
    { length: limit },
    (_, index) => writing[Math.floor(index * stride) + random.below(Math.floor(stride))],
  ).filter((kill) => kill !== undefined)
}

/** A database that was migrated up to the version before. */
async function createBefore(dialect: Dialect, version: 1 | 2): Promise<Target> {
  const target = await dialect.create()
  if (version === 2) await target.open().migrate(versions[1])
  return target
}

/** Kills a process in the middle of a migration, lets another one finish it, and compares. */
async function killOnce(dialect: Dialect, version: 1 | 2, { sql, ...kill }: Kill, wanted: unknown): Promise<void> {
  const target = await createBefore(dialect, version)
  const migrator = await startMigrator()
  await migrator.die({ driver: dialect.driver, url: target.url, version, kill })
  const storage = target.open()
  // A server may still be at what was sent when the sender died.
  const planned = kill.moment === 'sent' ? undefined : await storage.migrate(versions[version], { dryRun: true })
  const { steps } = await storage.migrate(versions[version])
  const place = `seed ${random.seed}: killed ${kill.moment} statement ${kill.statement}, ${sql}`
  if (planned !== undefined) expect(steps, place).toEqual(planned.steps)
  expect(await target.dump(), place).toEqual(wanted)
  expect(await storage.verify(versions[version]), place).toEqual([])
  expect((await storage.migrate(versions[version])).steps, place).toEqual([])
  await target.drop()
}

describe('migrate() in a process that is killed', () => {
  const cases = dialects.flatMap((dialect) => ([1, 2] as const).map((version) => ({ ...dialect, dialect, version })))

  it.each(firstWhereQuick(cases, 2))(
    'is finished by the next one, at every statement, on $name to version $version',
    async ({ dialect, version }) => {
      const clean = await createBefore(dialect, version)
      const migrator = await startMigrator()
      const { statements, error } = await migrator.migrate({ driver: dialect.driver, url: clean.url, version })
      migrator.stop()
      expect(error).toBeUndefined()
      expect(statements.length).toBeGreaterThan(15)
      const wanted = await clean.dump()
      await clean.drop()
      const kills = choose(statements, dialect.isServer ? ['before', 'sent', 'after'] : ['before', 'after'])
      // Two at a time: what takes longest is to start a process.
      const lanes = [0, 1].map(async (lane) => {
        for (const [index, kill] of kills.entries()) {
          if (index % 2 === lane) await killOnce(dialect, version, kill, wanted)
        }
      })
      await Promise.all(lanes)
    },
    timeLimit,
  )
})
