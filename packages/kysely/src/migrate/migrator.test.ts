import { eq } from '@cardea/core'
import { defineTable, integer, longText, nullable, references, text, withDefault } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { sqlite } from '../sqlite/sqlite.js'
import {
  children,
  cleanups,
  openMysqlTarget,
  openPostgresTarget,
  openSqliteTarget,
  parents,
  widerChildren,
  withoutTransactions,
} from './migration-target.fixture.js'

describe('migrate()', () => {
  const plain = (columns = children.columns) => defineTable('cardea_children', { columns, primaryKey: ['id'] })

  it('refuses to go on where somebody changed the table that a migration broke off in, and names the difference', async () => {
    const target = await openSqliteTarget(withoutTransactions)
    // The ledger, its row and the table are there, the index is not.
    let statement = 1
    const isMade = async () => JSON.stringify(await target.dump().catch(() => '')).includes('cardea_parents$pkey')
    while (!(await isMade())) {
      await target.crash([parents], statement)
      statement += 1
    }
    const storage = target.storage()
    expect(await storage.verify([parents])).toMatchObject([{ table: 'cardea_parents', problem: 'unfinished' }])
    await target.execute('alter table cardea_parents add column theirs text')
    await expect(target.migrate([parents])).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('theirs'),
    })
  })

  it('lists at a dry run what is left of a migration that broke off', async () => {
    const target = await openSqliteTarget(withoutTransactions)
    const made = async () => (await target.query('select name from sqlite_master')).map(({ name }) => name)
    for (let statement = 1; !(await made()).includes('cardea_parents$name_key'); statement += 1) {
      await target.crash([parents], statement)
    }
    const storage = target.storage()
    const { steps } = await storage.migrate([parents], { dryRun: true })
    expect(steps.map(({ summary }) => summary)).toEqual(['write the first row of cardea_parents'])
    expect((await storage.migrate([parents])).steps).toEqual(steps)
  })

  it('takes a table with the ledger’s name for somebody else’s when it is no ledger', async () => {
    const target = await openSqliteTarget()
    await target.execute('create table cardea_migrations (id integer primary key)')
    await expect(target.migrate([parents])).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('prefix'),
    })
  })

  it('refuses somebody else’s table before it makes another, and at a dry run', async () => {
    const target = await openSqliteTarget()
    await target.execute('create table cardea_children (id text primary key)')
    for (const dryRun of [true, false]) {
      await expect(target.storage().migrate([parents, children], { dryRun })).rejects.toMatchObject({
        code: 'configuration_invalid',
        message: expect.stringContaining('choose another prefix'),
      })
    }
    expect(await target.query("select name from sqlite_master where type = 'table'")).toEqual([
      { name: 'cardea_children' },
    ])
  })

  it('writes nothing at a dry run, and tells the statements that the run then runs', async () => {
    const target = await openSqliteTarget()
    const storage = target.storage()
    const planned = await storage.migrate([parents, children], { dryRun: true })
    expect(await target.query('select name from sqlite_master')).toEqual([])
    expect(planned.steps[0]).toMatchObject({ number: 0, table: 'cardea_migrations' })
    expect(planned.steps.map(({ sql }) => sql).join()).toContain('create unique index "cardea_parents$name_key"')
    expect((await storage.migrate([parents, children])).steps).toEqual(planned.steps)
  })

  it('refuses what adding cannot make up for, before it changes anything', async () => {
    const target = await openSqliteTarget()
    await target.migrate([parents, children])
    const before = await target.dump()
    const other = defineTable('cardea_other', { columns: { id: text() }, primaryKey: ['id'] })
    for (const [table, reason] of [
      [plain({ ...children.columns, at: text() as never }), 'kind'],
      [plain({ ...children.columns, parent_id: text(36) }), 'foreign key'],
      [plain({ ...children.columns, more: integer() } as never), 'nullable or have a default'],
      [
        plain({
          ...children.columns,
          more: references(withDefault(text(), 'x'), 'cardea_parents', 'id', 'cascade'),
        } as never),
        'nullable',
      ],
      [defineTable('cardea_children', { columns: children.columns, primaryKey: ['parent_id'] }), 'primary key'],
      [
        defineTable('cardea_children', { columns: children.columns, primaryKey: ['id'], indexes: { parent: ['at'] } }),
        'other columns',
      ],
      [
        defineTable('cardea_lost', {
          columns: { id: references(text(), 'cardea_nowhere', 'id', 'cascade') },
          primaryKey: ['id'],
        }),
        'cardea_nowhere',
      ],
    ] as const) {
      await expect(target.migrate([other, table]), reason).rejects.toMatchObject({
        code: 'configuration_invalid',
        message: expect.stringContaining(reason),
      })
    }
    expect(await target.dump()).toEqual(before)
  })

  it('puts everything under the prefix, next to another Cardea in the same database', async () => {
    const target = await openSqliteTarget()
    await target.migrate([parents, children])
    const storage = sqlite(target.path, { prefix: 'tenant_' })
    cleanups.push(() => storage.close())
    await storage.migrate([parents, children])
    await storage.insert(children, { id: 'c', parent_id: 'first', at: 1 })
    await storage.delete(children, eq('id', 'c'))
    expect(await storage.findOne(parents, { where: eq('id', 'first') })).toMatchObject({ epoch: 1 })
    expect(await target.storage().findOne(parents, { where: eq('id', 'first') })).toMatchObject({ epoch: 0 })
    const names = (await target.query("select name from sqlite_master where type = 'table'")).map((row) => row['name'])
    expect(names).toEqual(expect.arrayContaining(['tenant_migrations', 'tenant_parents', 'cardea_migrations']))
  })

  it('reports a column and a table that are gone', async () => {
    const target = await openSqliteTarget()
    await target.migrate([parents, widerChildren])
    await target.execute('drop index cardea_children$level_idx')
    await target.execute('alter table cardea_children drop column level')
    const storage = target.storage()
    expect(await storage.verify([parents, widerChildren])).toMatchObject([
      { table: 'cardea_children', problem: 'missing_column', severity: 'error' },
      { table: 'cardea_children', problem: 'missing_index', severity: 'warning' },
    ])
    await target.execute('drop table cardea_children')
    expect(await storage.verify([parents, widerChildren])).toMatchObject([
      { table: 'cardea_children', problem: 'missing_table' },
    ])
    await expect(storage.count(widerChildren)).rejects.toMatchObject({ code: 'schema_outdated' })
  })

  it('lets four processes begin at once on an empty file', async () => {
    const target = await openSqliteTarget()
    await Promise.all([1, 2, 3, 4].map(() => target.migrate([parents, children])))
    expect(await target.storage().verify([parents, children])).toEqual([])
    expect(await target.query('select count(*) as rows from cardea_migrations')).toEqual([{ rows: 2 }])
  })

  it('lets four processes begin at once on an empty PostgreSQL schema', async (context) => {
    const target = await openPostgresTarget()
    if (target === undefined) return context.skip('no PostgreSQL answers at TEST_POSTGRES_URL')
    await Promise.all([1, 2, 3, 4].map(() => target.migrate([parents, children])))
    expect(await target.storage().verify([parents, children])).toEqual([])
  })

  it('lets four processes begin at once on an empty MySQL database', async (context) => {
    const target = await openMysqlTarget()
    if (target === undefined) return context.skip('no MySQL or MariaDB answers at TEST_MYSQL_URL')
    await Promise.all([1, 2, 3, 4].map(() => target.migrate([parents, children])))
    expect(await target.storage().verify([parents, children])).toEqual([])
    expect(await target.query('select count(*) as migrations from cardea_migrations')).toEqual([{ migrations: 2 }])
  })

  it('keeps no migration in MySQL whose first statement was refused, so that others can go on', async (context) => {
    const target = await openMysqlTarget()
    if (target === undefined) return context.skip('no MySQL or MariaDB answers at TEST_MYSQL_URL')
    await target.migrate([parents, children])
    await target.query("insert into cardea_children (id, parent_id, at) values ('1', 'first', 0), ('2', 'first', 0)")
    const columns = { ...children.columns, note: nullable(text()) }
    const options = { columns, primaryKey: ['id'] } as const
    const doubled = defineTable('cardea_children', { ...options, columns: children.columns, unique: { at: ['at'] } })
    await expect(target.migrate([doubled])).rejects.toMatchObject({ code: 'unique_violation' })
    await target.migrate([defineTable('cardea_children', options)])
    expect(await target.query('select name, state from cardea_migrations order by number')).toEqual([
      { name: 'create cardea_parents', state: 'applied' },
      { name: 'create cardea_children', state: 'applied' },
      { name: 'widen cardea_children', state: 'applied' },
    ])
  })

  it('refuses a key that MySQL has no room for, before it makes anything', async (context) => {
    const target = await openMysqlTarget()
    if (target === undefined) return context.skip('no MySQL or MariaDB answers at TEST_MYSQL_URL')
    const columns = { id: text(36), long: text(800), body: longText(), a: text(400), b: text(400) }
    for (const unique of [{ long: ['long'] }, { body: ['body'] }, { both: ['a', 'b'] }] as const) {
      const table = defineTable('cardea_long', { columns, primaryKey: ['id'], unique })
      await expect(target.migrate([parents, table])).rejects.toMatchObject({
        code: 'configuration_invalid',
        message: expect.stringContaining('too long'),
      })
    }
    expect(await target.query('show tables')).toEqual([])
    const fits = defineTable('cardea_long', {
      columns: { ...columns, b: text(368) },
      primaryKey: ['id'],
      unique: { both: ['a', 'b'] },
    })
    await target.migrate([fits])
    expect(await target.storage().verify([fits])).toEqual([])
  })

  it('waits in MySQL for a table that somebody uses, but never for long at a time', async (context) => {
    const target = await openMysqlTarget()
    if (target === undefined) return context.skip('no MySQL or MariaDB answers at TEST_MYSQL_URL')
    await target.migrate([parents, children])
    const storage = target.storage()
    const read = Promise.withResolvers<void>()
    const done = Promise.withResolvers<void>()
    const reading = storage.transaction(async (transaction) => {
      await transaction.count(children)
      read.resolve()
      await done.promise
    })
    await read.promise
    const migrating = target.migrate([parents, widerChildren])
    const waiting =
      "select count(*) as waiting from information_schema.processlist where db = database() and state like 'Waiting for table metadata%'"
    await expect.poll(() => target.query(waiting), { timeout: 10_000, interval: 20 }).toEqual([{ waiting: 1 }])
    // Stands behind the statement that waits, and is let through when that gives up, while the transaction is still open.
    expect(await target.query('select count(*) as children from cardea_children')).toEqual([{ children: 0 }])
    done.resolve()
    await Promise.all([reading, migrating])
    expect(await storage.verify([widerChildren])).toEqual([])
  })

  it('makes a required column nullable, and keeps rows, references, indexes and triggers, also those of the app', async () => {
    const target = await openSqliteTarget()
    await target.migrate([parents, children])
    await target.execute(
      'create table app (id integer primary key, parent text references cardea_parents (id) on delete cascade) strict',
    )
    await target.execute('alter table cardea_parents add column app_note text')
    await target.execute('create index app_index on cardea_parents (app_note)')
    await target.execute("insert into app values (1, 'first')")
    await target.execute("update cardea_parents set app_note = 'kept'")
    const optional = defineTable('cardea_parents', {
      columns: { id: text(36), name: nullable(text()), epoch: nullable(integer()), extra: nullable(text()) },
      primaryKey: ['id'],
      unique: { name: ['name'] },
    })
    const storage = target.storage()
    await storage.insert(children, { id: 'c', parent_id: 'first', at: 1 })
    await storage.migrate([optional])
    expect(await target.query('select * from app')).toEqual([{ id: 1, parent: 'first' }])
    expect(await target.query('select id, app_note, extra from cardea_parents')).toEqual([
      { id: 'first', app_note: 'kept', extra: null },
    ])
    expect(await storage.insert(optional, { id: 'null', name: null, epoch: null })).toBe(1)
    await expect(storage.insert(optional, { id: 'twin', name: "it's" })).rejects.toMatchObject({
      code: 'unique_violation',
      constraint: { key: 'name' },
    })
    await storage.delete(children, eq('id', 'c'))
    expect(await storage.findOne(optional, { where: eq('id', 'first') })).toMatchObject({ epoch: 1, name: "gone's" })
    expect(await target.query("select name from sqlite_master where name = 'app_index'")).toHaveLength(1)
    // Cascades hold as before, for the app's table and on the connection that migrated.
    await storage.delete(optional, eq('id', 'first'))
    expect(await target.query('select * from app')).toEqual([])
    expect(await target.query('pragma foreign_key_check')).toEqual([])
    expect((await storage.migrate([optional])).steps).toEqual([])
  })
})
