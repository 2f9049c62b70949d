import { eq } from '@cardea/core'
import { defineTable, integer, mapped, nullable, references, text, withDefault } from '@cardea/storage'
import { describe, expect, it, type TestContext } from 'vitest'
import {
  children,
  openMysqlTarget,
  openPostgresTarget,
  openSqliteTarget,
  parents,
  type Target,
  widerChildren,
} from './migration-target.fixture.js'

const tables = [parents, widerChildren]

const kinds: readonly { readonly name: string; readonly open: () => Promise<Target | undefined> }[] = [
  { name: 'SQLite', open: openSqliteTarget },
  { name: 'PostgreSQL', open: openPostgresTarget },
  { name: 'MySQL', open: openMysqlTarget },
]

/** A database with the tables. */
async function opened(context: TestContext, open: () => Promise<Target | undefined>): Promise<Target> {
  const target = await open()
  if (target === undefined) return context.skip('no server of this kind answers')
  await target.migrate(tables)
  return target
}

const problemsOf = async (target: Target) =>
  (await target.storage().verify(tables)).map(({ table, problem, severity }) => `${table} ${problem} ${severity}`)

/** As an app has made it: no field of ours fills in `theirs`. */
const shops = defineTable('shops', {
  mapped: true,
  columns: { id: mapped(text(20), { name: 'id', type: 'plain' }) },
  primaryKey: ['id'],
})

describe.each(kinds)('a column of others without a default on $name', ({ name, open }) => {
  it('is warned of, and named with a way out by what is thrown when a row is added', async (context) => {
    const target = await opened(context, open)
    await target.execute('create table shops (id varchar(20) primary key, theirs varchar(20) not null)')
    // SQLite adds no such column to a table that is there.
    const isAdded = name !== 'SQLite'
    if (isAdded) {
      // For the rows that are there; later ones have none.
      await target.execute("alter table cardea_parents add column theirs varchar(20) not null default 'x'")
      await target.execute('alter table cardea_parents alter column theirs drop default')
    }
    const storage = target.storage()
    const found = await storage.verify([...tables, shops])
    expect(found.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      ...(isAdded
        ? ['warning: column cardea_parents.theirs, which no migration made, cannot be null and may have no default']
        : []),
      "warning: the app's column shops.theirs is in no field, cannot be null and may have no default",
    ])
    await expect(storage.insert(shops, { id: 'a' })).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: 'shops.theirs, which no field fills in, refused a row: give the column a default',
    })
    if (!isAdded) return
    await expect(storage.insert(parents, { id: 'a', name: 'a' })).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: 'cardea_parents.theirs, which no field fills in, refused a row: give the column a default',
    })
  })
})

describe.each(kinds)('verify() on $name', ({ name, open }) => {
  const dropTrigger = `drop trigger cardea_children_after_delete${name === 'PostgreSQL' ? ' on cardea_children' : ''}`
  const dropIndex = (table: string, index: string) => `drop index ${index}${name === 'MySQL' ? ` on ${table}` : ''}`

  it('finds what was dropped, and migrate() makes the schema of before out of it', async (context) => {
    const target = await opened(context, open)
    const before = await target.dump()
    await target.execute(dropIndex('cardea_parents', 'cardea_parents$name_key'))
    await target.execute(dropIndex('cardea_children', 'cardea_children$level_idx'))
    await target.execute('alter table cardea_children drop column level')
    await target.execute(dropTrigger)
    expect((await problemsOf(target)).toSorted()).toEqual([
      'cardea_children missing_column error',
      'cardea_children missing_index warning',
      'cardea_children missing_trigger error',
      'cardea_parents missing_unique_key error',
    ])
    const storage = target.storage()
    const planned = await storage.migrate(tables, { dryRun: true })
    expect((await storage.migrate(tables)).steps).toEqual(planned.steps)
    expect(await problemsOf(target)).toEqual([])
    expect((await storage.migrate(tables)).steps).toEqual([])
    await storage.insert(widerChildren, { id: 'c', parent_id: 'first', at: 1 })
    await storage.delete(widerChildren, eq('id', 'c'))
    expect(await storage.findOne(parents, { where: eq('id', 'first') })).toEqual({
      id: 'first',
      name: "gone's",
      epoch: 1,
    })
    await storage.update(parents, { where: eq('id', 'first'), set: { name: "it's" }, increment: { epoch: -1 } })
    // All but the ledger, which tells of the repair.
    const withoutLedger = (dump: unknown) =>
      JSON.stringify(dump)
        .replaceAll(/\{"number":"?\d+"?,[^}]*\}/g, '')
        .replaceAll(/\[,*\]/g, '[]')
    expect(withoutLedger(await target.dump())).toBe(withoutLedger(before))
  })

  it('takes indexes for its own under the names that they had before, and makes them under the new ones', async (context) => {
    const target = await opened(context, open)
    const storage = target.storage()
    const former = [
      ['unique index', 'cardea_parents', 'name_key', 'name'],
      ['unique index', 'cardea_children', 'note_key', 'note'],
      ['index', 'cardea_children', 'level_idx', 'level'],
    ] as const
    for (const [kind, table, rest, column] of former) {
      await target.execute(dropIndex(table, `${table}$${rest}`))
      await target.execute(`create ${kind} ${table}_${rest} on ${table} (${column})`)
    }
    expect(await problemsOf(target)).toEqual([])
    expect((await storage.migrate(tables)).steps).toEqual([])
    await expect(storage.insert(parents, { id: 'second' })).rejects.toMatchObject({
      code: 'unique_violation',
      constraint: { table: 'cardea_parents', key: 'name' },
    })
    await target.execute(dropIndex('cardea_parents', 'cardea_parents_name_key'))
    expect(await problemsOf(target)).toEqual(['cardea_parents missing_unique_key error'])
    expect((await storage.migrate(tables)).steps).toMatchObject([{ sql: expect.stringContaining('parents$name_key') }])
    expect(await problemsOf(target)).toEqual([])
    // One that is not as it was made is told of under either name.
    await target.execute(dropIndex('cardea_children', 'cardea_children_note_key'))
    await target.execute('create index cardea_children_note_key on cardea_children (note)')
    expect(await problemsOf(target)).toEqual(['cardea_children different_key error'])
  })

  it('says of a column that is gone and cannot be added that it must be restored, and migrate() refuses', async (context) => {
    const target = await opened(context, open)
    // The others drop or change it with the column.
    if (name === 'SQLite') await target.execute('drop index cardea_children$parent_idx')
    await target.execute('alter table cardea_children drop column at')
    const problems = await target.storage().verify(tables)
    expect(problems[0]).toMatchObject({ problem: 'missing_column', advice: 'restore it' })
    await expect(target.migrate(tables)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('cardea_children.at'),
    })
  })

  it('says of a table that is gone that it must be restored, and migrate() refuses before it makes another', async (context) => {
    const target = await opened(context, open)
    await target.execute('drop table cardea_children')
    const storage = target.storage()
    const later = defineTable('cardea_later', { columns: { id: text(36) }, primaryKey: ['id'] })
    for (const dryRun of [true, false]) {
      await expect(storage.migrate([later, ...tables], { dryRun })).rejects.toMatchObject({
        code: 'configuration_invalid',
        message:
          'migrate: table cardea_children was migrated but is gone: restore it, or take its rows out of the ledger and migrate',
      })
    }
    expect(await storage.verify([later, ...tables])).toMatchObject([
      { table: 'cardea_later', advice: 'migrate' },
      { table: 'cardea_children', problem: 'missing_table', advice: expect.stringContaining('restore it') },
    ])
    // The way out that the message names.
    await target.execute("delete from cardea_migrations where table_name = 'cardea_children'")
    const planned = await storage.migrate(tables, { dryRun: true })
    expect((await storage.migrate(tables)).steps).toEqual(planned.steps)
    expect(await problemsOf(target)).toEqual([])
  })

  it('names the step where rows have the same key meanwhile, and goes on once they have not', async (context) => {
    const target = await opened(context, open)
    const storage = target.storage()
    await storage.insert(widerChildren, [
      { id: 'a', parent_id: 'first', at: 1, note: 'twin' },
      { id: 'b', parent_id: 'first', at: 1 },
    ])
    await target.execute(dropIndex('cardea_children', 'cardea_children$note_key'))
    await storage.update(widerChildren, { where: eq('id', 'b'), set: { note: 'twin' } })
    await expect(storage.migrate(tables)).rejects.toMatchObject({
      code: 'unique_violation',
      message: expect.stringContaining('migrate: add unique key cardea_children.note: '),
      cause: expect.any(Error),
    })
    await storage.update(widerChildren, { where: eq('id', 'b'), set: { note: 'other' } })
    await storage.migrate(tables)
    expect(await problemsOf(target)).toEqual([])
  })

  it('finds keys over other columns, and a unique key that is none any more', async (context) => {
    const target = await opened(context, open)
    await target.execute(dropIndex('cardea_parents', 'cardea_parents$name_key'))
    await target.execute('create index cardea_parents$name_key on cardea_parents (name)')
    await target.execute(dropIndex('cardea_children', 'cardea_children$level_idx'))
    await target.execute('create index cardea_children$level_idx on cardea_children (at)')
    expect(await problemsOf(target)).toEqual([
      'cardea_parents different_key error',
      'cardea_children different_key warning',
    ])
  })

  it('does not look at columns, keys and tables that the code does not know', async (context) => {
    const target = await opened(context, open)
    await target.execute('alter table cardea_parents add column theirs integer')
    await target.execute('create index theirs on cardea_parents (theirs)')
    await target.execute(dropIndex('cardea_children', 'cardea_children$level_idx'))
    await target.execute('alter table cardea_children drop column level')
    // The code of before widerChildren.
    expect(await target.storage().verify([parents, children])).toEqual([])
  })

  it('finds what a newer version of the code needs', async (context) => {
    const target = await opened(context, open)
    const newer = defineTable('cardea_children', {
      columns: {
        id: text(36),
        parent_id: references(text(36), 'cardea_parents', 'id', 'cascade'),
        at: nullable(integer()),
        level: withDefault(integer(), 3),
      },
      primaryKey: ['id'],
      unique: { at: ['at'] },
      indexes: { levels: ['level', 'at'] },
      afterDelete: {
        table: 'cardea_parents',
        where: { column: 'id', deleted: 'parent_id' },
        set: {},
        increment: { epoch: 2 },
      },
    })
    const storage = target.storage()
    const found = (await storage.verify([newer])).map(({ problem, severity }) => `${problem} ${severity}`)
    expect(found).toEqual([
      'missing_unique_key error',
      'missing_index warning',
      'different_column error',
      'missing_trigger error',
    ])
    await storage.migrate([newer])
    expect(await storage.verify([newer])).toEqual([])
    const impossible = defineTable('cardea_children', { columns: { id: integer() as never }, primaryKey: ['id'] })
    expect(await storage.verify([impossible])).toMatchObject([
      { problem: 'different_column', message: expect.stringContaining('cannot become integer') },
    ])
  })
})

describe('verify()', () => {
  it('finds columns of another type, default, reference and nullability on PostgreSQL, and a trigger that was switched off', async (context) => {
    const target = await opened(context, openPostgresTarget)
    const change = (what: string) => target.execute(`alter table cardea_children ${what}`)
    await change('alter column note type varchar(20)')
    await change('alter column level set default 4')
    await change('alter column at drop not null')
    await change('drop constraint cardea_children$parent_id_fkey')
    await change('disable trigger cardea_children_after_delete')
    const messages = (await target.storage().verify(tables)).map(({ message }) => message)
    expect(messages).toHaveLength(5)
    expect(messages[0]).toContain('trigger')
    expect(messages.slice(1).toSorted().join('\n')).toMatch(
      /at whose nullable.*level whose default.*note whose type.*parent_id/s,
    )
  })

  it('finds columns of another type on SQLite, and a primary key that is gone', async (context) => {
    const target = await opened(context, openSqliteTarget)
    await target.execute('alter table cardea_children rename to before')
    await target.execute(
      'create table cardea_children (id text not null, parent_id text not null, at text not null, note text, level integer not null default 3) strict',
    )
    const found = await problemsOf(target)
    expect(found).toContain('cardea_children different_key error')
    expect(found.filter((problem) => problem === 'cardea_children different_column warning')).toHaveLength(2)
  })
})

describe('migrate() where a table was dropped on PostgreSQL and its function stayed', () => {
  const named = 'cardea_children_after_delete'
  /** What the table and the ledger say is as if there had been none. */
  const dropped = async (context: TestContext): Promise<Target> => {
    const target = await opened(context, openPostgresTarget)
    await target.execute('drop table cardea_children')
    await target.execute("delete from cardea_migrations where table_name = 'cardea_children'")
    return target
  }
  const nameAfterDelete = async (target: Target) => {
    const storage = target.storage()
    await storage.insert(widerChildren, { id: 'c', parent_id: 'first', at: 1 })
    await storage.delete(widerChildren, eq('id', 'c'))
    return (await storage.findOne(parents, { where: eq('id', 'first') }))?.name
  }

  it('has the function do what it is to do now, whatever it did before', async (context) => {
    const target = await dropped(context)
    const { afterDelete } = widerChildren
    if (afterDelete === undefined) throw new Error('nothing runs after a deletion')
    const other = { ...widerChildren, afterDelete: { ...afterDelete, set: { name: 'other' } } }
    await target.migrate([parents, other])
    expect(await nameAfterDelete(target)).toBe('other')
  })

  it.for([
    ['another body', `$$begin return old; end$$ language plpgsql`],
    [
      'one more statement',
      `$$ begin update "a" set "b" = 1 where "c" = old."d"; delete from "a"; return null; end $$ language plpgsql`,
    ],
    [
      'more rights',
      `$$ begin update "a" set "b" = 1 where "c" = old."d"; return null; end $$ language plpgsql security definer`,
    ],
  ])('leaves a function of somebody else alone: %s', async ([, body], context) => {
    const target = await dropped(context)
    await target.execute(`drop function ${named}`)
    await target.execute(`create function ${named}() returns trigger as ${body}`)
    await expect(target.migrate(tables)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining(named),
    })
  })

  it('leaves one alone that a table of the app has come to use', async (context) => {
    const target = await dropped(context)
    await target.execute('create table app (id text)')
    await target.execute(`create trigger own after delete on app for each row execute function ${named}()`)
    await expect(target.migrate(tables)).rejects.toMatchObject({ code: 'configuration_invalid' })
    await target.execute('drop table app')
    await target.migrate(tables)
    expect(await nameAfterDelete(target)).toBe("gone's")
  })
})
