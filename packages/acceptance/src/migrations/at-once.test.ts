import { rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timeLimit } from '../time-limit.js'
import { type Migrator, startMigrator } from './migrator.js'
import { dialects } from './targets.js'
import { versions } from './versions.js'

const repeats = rounds({ test: 1, ci: 2, long: 50 })

describe('migrate() in four processes at once', () => {
  let migrators: readonly Migrator[] = []

  beforeAll(async () => {
    migrators = await Promise.all([1, 2, 3, 4].map(startMigrator))
  })

  afterAll(() => {
    for (const migrator of migrators) migrator.stop()
  })

  it.each(dialects)(
    'makes on an empty database what one makes alone, and widens it, on $name',
    async (dialect) => {
      const { driver } = dialect
      const clean = await dialect.create()
      const wanted = new Map<number, unknown>()
      for (const version of [1, 2] as const) {
        await migrators[0]?.migrate({ driver, url: clean.url, version })
        wanted.set(version, await clean.dump())
      }
      for (let round = 0; round < repeats; round += 1) {
        const target = await dialect.create()
        for (const version of [1, 2] as const) {
          const outcomes = await Promise.all(
            migrators.map((migrator) => migrator.migrate({ driver, url: target.url, version })),
          )
          expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined])
          expect(outcomes.filter(({ steps }) => steps > 0)).toHaveLength(1)
          expect(await target.dump()).toEqual(wanted.get(version))
          expect(await target.open().verify(versions[version])).toEqual([])
        }
        await target.drop()
      }
      await clean.drop()
    },
    timeLimit,
  )
})
