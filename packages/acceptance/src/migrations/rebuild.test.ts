import { DatabaseSync } from 'node:sqlite'
import { rounds } from '@cardea/storage/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../seed.js'
import { timeLimit } from '../time-limit.js'
import { type Migrator, startMigrator } from './migrator.js'
import { dialects, type Target } from './targets.js'
import { versions } from './versions.js'

const kills = rounds({ test: 1, ci: 2, long: 60 })
const random = seededRandom()

/** What an app has around a table of ours: references with cascade, triggers in both directions, an index, a view. */
const appSchema = [
  `create table app_favourites (id integer primary key, note_id text not null references cardea_notes (id) on delete cascade) strict`,
  `create table app_log (id integer primary key, what text not null) strict`,
  `alter table cardea_notes add column app_rating integer not null default 5`,
  `alter table cardea_notes add column app_shout text generated always as (upper(body)) virtual`,
  `create index app_notes_rating on cardea_notes (app_rating)`,
  `create view app_loud as select id, app_shout from cardea_notes where app_rating > 3`,
  `create trigger app_on_note after update of app_rating on cardea_notes begin insert into app_log (what) values (new.id); end`,
  `create trigger app_on_favourite after insert on app_favourites begin update cardea_notes set app_rating = app_rating + 1 where id = new.note_id; end`,
]

const writers: Writer[] = []
afterEach(() => {
  for (const writer of writers.splice(0)) writer.close()
})

/** An app that goes on reading and writing while others migrate. */
interface Writer {
  /** How many rows of each table it was told are written. */
  readonly written: { notes: number; favourites: number }
  step(): void
  close(): void
}

function startWriter(path: string): Writer {
  const database = new DatabaseSync(path, { timeout: 0 })
  database.exec('pragma foreign_keys = on')
  const written = { notes: 0, favourites: 0 }
  const writer: Writer = {
    written,
    step: () => {
      try {
        const id = `n${written.notes}`
        database.exec(`insert into cardea_notes (id, principal_id, body) values ('${id}', 'p', 'body ${id}')`)
        written.notes += 1
        database.exec(`insert into app_favourites (note_id) values ('${id}')`)
        written.favourites += 1
      } catch (error) {
        // Whoever migrates has the file for itself for a moment.
        if (!String(error).includes('locked')) throw error
      }
      database.prepare('select count(*) from app_loud').all()
    },
    close: () => database.close(),
  }
  writers.push(writer)
  return writer
}

describe.each(dialects.filter(({ isServer }) => !isServer))(
  'migrate() that writes a table of $name anew',
  (dialect) => {
    const { driver } = dialect
    let migrator: Migrator
    beforeAll(async () => {
      migrator = await startMigrator()
    })
    afterAll(() => migrator.stop())

    async function createWithApp(): Promise<Target> {
      const target = await dialect.create()
      await target.open().migrate(versions[1])
      await target.execute(
        `insert into cardea_principals (id, collection, record_key, status, created_at) values ('p', 'users', 'p', 'active', 1)`,
      )
      for (const statement of appSchema) await target.execute(statement)
      return target
    }

    /** That nothing was lost, and everything still does what it did. */
    async function check(target: Target, { notes, favourites }: Writer['written'], seed: string): Promise<void> {
      const counts =
        'select (select count(*) from cardea_notes) as notes, (select count(*) from app_favourites) as favourites'
      const [found] = await target.query(counts)
      // The last one may have been written by a process that was not told any more.
      expect({ ...found }, seed).toEqual({ notes, favourites })
      expect(await target.query('pragma foreign_key_check'), seed).toEqual([])
      expect(await target.query('pragma integrity_check'), seed).toMatchObject([{ integrity_check: 'ok' }])
      const names = (await target.query('select name from sqlite_master')).map(({ name }) => name)
      expect(names, seed).toEqual(
        expect.arrayContaining(['app_notes_rating', 'app_loud', 'app_on_note', 'app_on_favourite']),
      )
      expect(
        names.filter((name) => String(name).includes('rebuilt')),
        seed,
      ).toEqual([])
      const writer = startWriter(target.url)
      Object.assign(writer.written, { notes, favourites })
      writer.step()
      expect(
        await target.query(`select app_rating, app_shout from cardea_notes where id = 'n${notes}'`),
        seed,
      ).toMatchObject([{ app_rating: 6, app_shout: `BODY N${notes}` }])
      expect(await target.query(`select what from app_log where what = 'n${notes}'`), seed).toHaveLength(1)
      const database = new DatabaseSync(target.url, { timeout: 1_000 })
      database.exec(`pragma foreign_keys = on; delete from cardea_notes where id = 'n${notes}'`)
      database.close()
      expect({ ...(await target.query(counts))[0] }, seed).toEqual({ notes, favourites })
      expect(await target.query('select status, epoch from cardea_principals'), seed).toMatchObject([
        { status: "gone's", epoch: 1 },
      ])
    }

    it('loses nothing of an app that refers to it by cascade, while the app reads and writes', async () => {
      const target = await createWithApp()
      const writer = startWriter(target.url)
      for (let count = 0; count < 50; count += 1) writer.step()
      let over = false
      const migrating = migrator.migrate({ driver, url: target.url, version: 2 }).finally(() => {
        over = true
      })
      while (!over) {
        writer.step()
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect((await migrating).error).toBeUndefined()
      expect(await target.open().verify(versions[2])).toEqual([])
      await check(target, writer.written, '')
      await target.drop()
    })

    it(
      'loses nothing either when it is killed, wherever that is',
      async () => {
        const clean = await createWithApp()
        const { statements } = await migrator.migrate({ driver, url: clean.url, version: 2 })
        await clean.drop()
        // From where the table is first touched.
        const first = statements.findIndex((sql) => sql.includes('$rebuilt'))
        expect(first).toBeGreaterThan(0)
        for (let round = 0; round < kills; round += 1) {
          const statement =
            first +
            (kills >= statements.length - first
              ? round % (statements.length - first)
              : random.below(statements.length - first))
          const moment = random.pick(['before', 'after'] as const)
          const target = await createWithApp()
          const writer = startWriter(target.url)
          for (let count = 0; count < 20; count += 1) writer.step()
          const victim = await startMigrator()
          await victim.die({ driver, url: target.url, version: 2, kill: { statement, moment } })
          for (let count = 0; count < 5; count += 1) writer.step()
          expect(writer.written.notes).toBe(25)
          expect((await migrator.migrate({ driver, url: target.url, version: 2 })).error).toBeUndefined()
          await check(target, writer.written, `seed ${random.seed}: killed ${moment} statement ${statement}`)
          await target.drop()
        }
      },
      timeLimit,
    )
  },
)
