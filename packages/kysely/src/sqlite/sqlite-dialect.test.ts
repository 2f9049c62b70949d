import { DatabaseSync } from 'node:sqlite'
import { type Generated, Kysely, sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { createTestFile } from '../testkit/test-file.js'
import { sqliteDialect } from './sqlite-dialect.js'

interface AppDatabase {
  posts: { id: Generated<number>; title: string }
  comments: { id: Generated<number>; post_id: number }
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function openApp(source?: string): Promise<{ readonly app: Kysely<AppDatabase>; readonly path: string }> {
  const file = createTestFile()
  cleanups.push(() => file.remove())
  const app = new Kysely<AppDatabase>({ dialect: sqliteDialect(source ?? file.path) })
  cleanups.push(() => app.destroy())
  await app.schema
    .createTable('posts')
    .ifNotExists()
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('title', 'text', (column) => column.notNull())
    .execute()
  await app.schema
    .createTable('comments')
    .ifNotExists()
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('post_id', 'integer', (column) => column.references('posts.id').onDelete('cascade'))
    .execute()
  return { app, path: file.path }
}

describe('sqliteDialect', () => {
  it('runs what Kysely builds, in a file and in memory', async () => {
    for (const source of [undefined, ':memory:']) {
      const { app } = await openApp(source)
      const inserted = await app.insertInto('posts').values({ title: 'first' }).executeTakeFirst()
      expect([inserted.insertId, inserted.numInsertedOrUpdatedRows]).toEqual([1n, 1n])
      expect(await app.insertInto('posts').values({ title: 'second' }).returningAll().execute()).toEqual([
        { id: 2, title: 'second' },
      ])
      const updated = await app.updateTable('posts').set({ title: 'x' }).executeTakeFirst()
      expect(updated.numUpdatedRows).toBe(2n)
      // The same statement again, from the cache.
      for (const id of [1, 2, 3]) {
        expect(await app.selectFrom('posts').select('id').where('id', '=', id).execute()).toHaveLength(id < 3 ? 1 : 0)
      }
    }
  })

  it('knows the new columns of a table that changed since a statement was prepared', async () => {
    const { app } = await openApp()
    await app.insertInto('posts').values({ title: 'first' }).execute()
    expect(await app.selectFrom('posts').selectAll().execute()).toEqual([{ id: 1, title: 'first' }])
    await app.schema.alterTable('posts').addColumn('extra', 'integer').execute()
    expect(await app.selectFrom('posts').selectAll().execute()).toEqual([{ id: 1, title: 'first', extra: null }])
  })

  it('streams while other statements run', async () => {
    const { app } = await openApp()
    await app
      .insertInto('posts')
      .values([{ title: 'a' }, { title: 'b' }])
      .execute()
    const query = app.selectFrom('posts').select('title')
    const titles: string[] = []
    for await (const { title } of query.stream()) titles.push(title)
    expect(titles).toEqual(['a', 'b'])
    expect(await query.execute()).toHaveLength(2)
  })

  it('commits, rolls back, and nests by savepoints', async () => {
    const { app } = await openApp()
    const failed = app.transaction().execute(async (transaction) => {
      await transaction.insertInto('posts').values({ title: 'gone' }).execute()
      throw new Error('changed its mind')
    })
    await expect(failed).rejects.toThrow('changed its mind')
    const transaction = await app.startTransaction().execute()
    await transaction.insertInto('posts').values({ title: 'kept' }).execute()
    const inner = await transaction.savepoint('in"ner').execute()
    await inner.insertInto('posts').values({ title: 'gone' }).execute()
    await inner.rollbackToSavepoint('in"ner').execute()
    await transaction.commit().execute()
    expect(await app.selectFrom('posts').select('title').execute()).toEqual([{ title: 'kept' }])
  })

  it('begins transactions so that a read before the write cannot make them fail', async () => {
    const { app, path } = await openApp()
    await app.insertInto('posts').values({ title: '0' }).execute()
    const others = [1, 2, 3].map(() => new Kysely<AppDatabase>({ dialect: sqliteDialect(path) }))
    await Promise.all(
      [app, ...others].flatMap((each) =>
        Array.from({ length: 10 }, () =>
          each.transaction().execute(async (transaction) => {
            const { title } = await transaction.selectFrom('posts').select('title').executeTakeFirstOrThrow()
            await transaction
              .updateTable('posts')
              .set({ title: String(Number(title) + 1) })
              .execute()
          }),
        ),
      ),
    )
    expect(await app.selectFrom('posts').select('title').execute()).toEqual([{ title: '40' }])
    for (const other of others) await other.destroy()
  })

  it('lets a transaction that only reads begin while another writes', async () => {
    const { app, path } = await openApp()
    const writer = new DatabaseSync(path)
    writer.exec('begin immediate')
    const read = await app
      .transaction()
      .setAccessMode('read only')
      .execute((transaction) => transaction.selectFrom('posts').selectAll().execute())
    expect(read).toEqual([])
    writer.exec('rollback')
    writer.close()
  })

  it('enforces foreign keys', async () => {
    const { app } = await openApp()
    await app.insertInto('posts').values({ title: 'first' }).execute()
    await app.insertInto('comments').values({ post_id: 1 }).execute()
    await expect(app.insertInto('comments').values({ post_id: 9 }).execute()).rejects.toThrow('FOREIGN KEY')
    await app.deleteFrom('posts').execute()
    expect(await app.selectFrom('comments').selectAll().execute()).toEqual([])
  })

  it('answers introspection, and leaves a database in memory that it was handed open', async () => {
    const database = new DatabaseSync(':memory:')
    const app = new Kysely<AppDatabase>({ dialect: sqliteDialect(database) })
    await sql`create table posts (id integer primary key, title text not null)`.execute(app)
    expect((await app.introspection.getTables()).map(({ name }) => name)).toEqual(['posts'])
    await app.destroy()
    expect(database.prepare('select count(*) as rows from posts').get()).toMatchObject({ rows: 0 })
    database.close()
  })
})
