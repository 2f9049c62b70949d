import { and, eq, isNull, not } from '@cardea/core'
import { expect } from 'vitest'
import type { MigrateOptions } from '../../contract/migration.js'
import { boolean, integer, json, longText, nullable, references, text, withDefault } from '../../schema/column.js'
import { defineTable } from '../../schema/table.js'
import { systemTables } from '../../schema/tables.js'
import type { DeclareTest, Need } from '../subject.js'
import { kinds, settings, suiteTables } from '../tables.js'

const everything = [...systemTables, ...suiteTables]
const widerKinds = () =>
  defineTable('suite_kinds', { columns: { ...kinds.columns, extra: nullable(text()) }, primaryKey: ['id'] })
const plain = (name: string) => defineTable(name, { columns: { id: text(36), amount: integer() }, primaryKey: ['id'] })

/** What `migrate` and `verify` do. */
export function migrationTests(test: DeclareTest): void {
  const widening: readonly Need[] = ['widening']

  test('a second migration of the same tables has nothing to do', async ({ storage, second }) => {
    expect(await storage.migrate(everything)).toEqual({ steps: [], dryRun: false })
    expect((await second.migrate(everything)).steps).toEqual([])
    expect(await storage.verify(everything)).toEqual([])
  })

  test('migrating again changes no row, the first rows of a table included', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1 })
    await storage.update(settings, { where: eq('id', 'settings'), set: { version: 8 } })
    await storage.migrate(everything)
    expect(await storage.findOne(settings, { where: eq('id', 'settings') })).toMatchObject({ version: 8 })
    expect([await storage.count(settings), await storage.count(kinds)]).toEqual([1, 1])
    await storage.update(settings, { where: eq('id', 'settings'), set: { version: 7 } })
  })

  test('options that are wrong are refused by name, and nothing is done', async ({ storage }) => {
    const table = plain('suite_refused')
    const wrong: readonly (readonly [unknown, string])[] = [
      [{ dryRun: 'yes' }, 'dryRun'],
      [{ dryRun: 1 }, 'dryRun'],
      [{ dryRun: null }, 'dryRun'],
      [{ dryrun: true }, 'dryrun'],
      [{ patienceMilliseconds: '100' }, 'patienceMilliseconds'],
      [{ patienceMilliseconds: 0 }, 'patienceMilliseconds'],
      [{ patienceMilliseconds: 1.5 }, 'patienceMilliseconds'],
      [{ patienceMilliseconds: Number.POSITIVE_INFINITY }, 'patienceMilliseconds'],
      [{ exact: 'yes' }, 'exact'],
      [{ drop: 'suite_refused' }, 'drop'],
      [null, 'options'],
      ['yes', 'options'],
    ]
    for (const [options, name] of wrong) {
      // What plain JavaScript may hand in.
      await expect(storage.migrate([table], options as MigrateOptions)).rejects.toMatchObject({
        code: 'configuration_invalid',
        message: expect.stringMatching(new RegExp(`^migrate: ${name} `)),
      })
    }
    expect(await storage.verify([table])).toMatchObject([{ problem: 'missing_table' }])
  })

  test('an exact migration takes away what a table no longer has, and what was in it', async ({ storage, second }) => {
    const columns = { id: text(36), kept: nullable(longText()), gone: nullable(text()), also: nullable(integer()) }
    const before = defineTable('suite_exact', {
      columns: {
        ...columns,
        kept: nullable(text()),
        parent: nullable(references(text(36), 'suite_exact', 'id', 'set null')),
      },
      primaryKey: ['id'],
      unique: { kept: ['kept'], gone: ['gone'] },
      indexes: { parent: ['parent'], also: ['also'] },
    })
    await storage.migrate([before])
    await storage.insert(before, { id: 'a', kept: 'x', gone: 'y', also: 1, parent: null })
    const after = defineTable('suite_exact', {
      columns: { id: text(36), kept: nullable(longText()), also: nullable(integer()), more: nullable(text()) },
      primaryKey: ['id'],
      unique: { also: ['also'] },
    })
    const planned = await storage.migrate([after], { exact: true, dryRun: true })
    expect(planned.steps.map(({ summary }) => summary)).toEqual(
      expect.arrayContaining([
        'add column suite_exact.more',
        'drop column suite_exact.gone',
        'drop column suite_exact.parent',
      ]),
    )
    expect(await storage.findOne(before, { where: eq('id', 'a') })).toMatchObject({ gone: 'y' })
    const done = await storage.migrate([after], { exact: true })
    expect(done.steps.map(({ summary }) => summary)).toEqual(planned.steps.map(({ summary }) => summary))
    expect(await second.findOne(after, { where: eq('id', 'a') })).toEqual({ id: 'a', kept: 'x', also: 1, more: null })
    // Not unique any more, and as long as any text.
    await second.insert(after, { id: 'b', kept: 'x', also: 2, more: null })
    await second.insert(after, { id: 'c', kept: 'x'.repeat(2_000), also: 3, more: null })
    await expect(second.insert(after, { id: 'd', also: 3 })).rejects.toMatchObject({ code: 'unique_violation' })
    await expect(second.find(before, { limit: 'all' })).rejects.toMatchObject({ code: 'schema_outdated' })
    expect((await second.migrate([after], { exact: true })).steps).toEqual([])
    expect(await second.verify([after])).toEqual([])
    // It is a new column, whatever one of its name held before.
    await storage.migrate([before], { exact: true, dryRun: true })
    await storage.migrate([defineTable('suite_exact', { columns, primaryKey: ['id'] })], { exact: true })
    expect(await second.findOne(before, { where: eq('id', 'a') }).catch(() => 'outdated')).toBe('outdated')
    const widened = defineTable('suite_exact', { columns, primaryKey: ['id'] })
    expect(await second.findOne(widened, { where: eq('id', 'a') })).toMatchObject({ kept: 'x', gone: null })
    await storage.migrate([], { drop: [widened] })
  })

  test('a column mirrors another one, whichever of the two is written and by whom', async ({ storage, second }) => {
    const name = 'suite_mirrored'
    const shared = { id: text(36), label: nullable(text(40)) }
    const up = () => nullable(references(text(36), name, 'id', 'set null'))
    const before = defineTable(name, {
      columns: { ...shared, old_key: nullable(text(40)), old_up: up() },
      primaryKey: ['id'],
      unique: { old_key: ['old_key'] },
      indexes: { old_up: ['old_up'] },
    })
    const after = defineTable(name, {
      columns: { ...shared, new_key: nullable(text(40)), new_up: up() },
      primaryKey: ['id'],
      unique: { new_key: ['new_key'] },
      indexes: { new_up: ['new_up'] },
    })
    const between = defineTable(name, {
      columns: { ...after.columns, ...before.columns },
      primaryKey: ['id'],
      unique: { old_key: ['old_key'], new_key: ['new_key'] },
      indexes: { old_up: ['old_up'], new_up: ['new_up'] },
      mirrors: { new_key: 'old_key', new_up: 'old_up' },
    })
    await storage.migrate([before])
    await storage.insert(before, [
      { id: 'a', old_key: 'ka', old_up: null },
      { id: 'b', old_key: 'kb', old_up: 'a' },
      { id: 'c', old_key: null, old_up: 'a' },
    ])
    await expect(storage.migrate([between])).rejects.toMatchObject({ code: 'configuration_invalid' })
    const planned = await storage.migrate([between, after], { exact: true, dryRun: true })
    expect(planned.steps.map(({ summary }) => summary)).toEqual(
      expect.arrayContaining([
        `let ${name}.new_key mirror old_key`,
        `let ${name}.new_key mirror nothing`,
        `drop column ${name}.old_key`,
      ]),
    )
    expect(await storage.verify([before])).toEqual([])
    await storage.migrate([between], { exact: true })
    expect((await second.migrate([between], { exact: true })).steps).toEqual([])

    const rowOf = async (id: string) => {
      const row = await second.findOne(between, { where: eq('id', id) })
      return [row?.old_key, row?.new_key, row?.old_up, row?.new_up]
    }
    // What was there is taken over when the column, which has nothing yet, is written.
    expect(await rowOf('a')).toEqual(['ka', null, null, null])
    const lacks = (column: 'new_key' | 'new_up', former: 'old_key' | 'old_up') =>
      and(isNull(column), not(isNull(former)))
    await storage.update(between, { where: lacks('new_key', 'old_key'), set: { new_key: null } })
    await storage.update(between, { where: lacks('new_up', 'old_up'), set: { new_up: null } })
    expect(await rowOf('a')).toEqual(['ka', 'ka', null, null])
    expect(await rowOf('b')).toEqual(['kb', 'kb', 'a', 'a'])
    expect(await rowOf('c')).toEqual([null, null, 'a', 'a'])
    // Nodes of before, and nodes of afterwards.
    await second.insert(before, { id: 'd', old_key: 'kd', old_up: 'b' })
    await second.insert(after, { id: 'e', new_key: 'ke', new_up: 'b' })
    await second.insert(after, { id: 'f', new_key: null, label: 'x' })
    expect([await rowOf('d'), await rowOf('e'), await rowOf('f')]).toEqual([
      ['kd', 'kd', 'b', 'b'],
      ['ke', 'ke', 'b', 'b'],
      [null, null, null, null],
    ])
    await storage.update(before, { where: eq('id', 'd'), set: { old_key: 'kd2' } })
    await storage.update(after, { where: eq('id', 'e'), set: { new_key: 'ke2', label: 'y' } })
    await storage.update(after, { where: eq('id', 'a'), set: { label: 'z' } })
    expect([await rowOf('d'), await rowOf('e'), await rowOf('a')]).toEqual([
      ['kd2', 'kd2', 'b', 'b'],
      ['ke2', 'ke2', 'b', 'b'],
      ['ka', 'ka', null, null],
    ])
    await storage.update(before, { where: eq('id', 'd'), set: { old_key: null } })
    await storage.update(after, { where: eq('id', 'e'), set: { new_key: null } })
    expect([await rowOf('d'), await rowOf('e')]).toEqual([
      [null, null, 'b', 'b'],
      [null, null, 'b', 'b'],
    ])
    const taken = { code: 'unique_violation' }
    await expect(storage.insert(before, { id: 'x', old_key: 'ka' })).rejects.toMatchObject(taken)
    await expect(storage.insert(after, { id: 'x', new_key: 'ka' })).rejects.toMatchObject(taken)
    await expect(storage.update(before, { where: eq('id', 'b'), set: { old_key: 'ka' } })).rejects.toMatchObject(taken)
    await expect(storage.update(after, { where: eq('id', 'b'), set: { new_key: 'ka' } })).rejects.toMatchObject(taken)
    // What the database writes by itself.
    await storage.delete(after, eq('id', 'a'))
    expect(await rowOf('b')).toEqual(['kb', 'kb', null, null])

    await storage.migrate([after], { exact: true })
    expect(await second.verify([after])).toEqual([])
    expect(await second.findOne(after, { where: eq('id', 'b') })).toMatchObject({ new_key: 'kb', new_up: null })
    expect(await second.findOne(after, { where: eq('id', 'd') })).toMatchObject({ new_key: null, new_up: 'b' })
    await expect(storage.update(before, { where: eq('id', 'b'), set: { old_key: 'k' } })).rejects.toMatchObject({
      code: 'schema_outdated',
    })
    await storage.update(after, { where: eq('id', 'b'), set: { new_key: 'k' } })
    // And all the way back, from the middle too.
    await storage.migrate([between], { exact: true })
    await storage.migrate([after], { exact: true })
    expect((await storage.migrate([after], { exact: true })).steps).toEqual([])
    await storage.migrate([], { drop: [after] })
  })

  test('a table is dropped with its rows, once, unless another one refers to it', async ({ storage, second }) => {
    const table = plain('suite_dropped')
    const child = defineTable('suite_child', {
      columns: { id: text(36), of: nullable(references(text(36), 'suite_dropped', 'id', 'set null')) },
      primaryKey: ['id'],
    })
    await storage.migrate([table, child])
    await storage.insert(table, { id: 'a', amount: 1 })
    await expect(second.migrate([], { drop: [table] })).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('suite_child'),
    })
    expect(await storage.count(table)).toBe(1)
    expect(await storage.migrate([], { drop: [table, child], dryRun: true }).catch(() => 'refused')).toBe('refused')
    await storage.migrate([], { drop: [child] })
    expect((await second.migrate([], { drop: [table] })).steps).not.toEqual([])
    expect((await second.migrate([], { drop: [table] })).steps).toEqual([])
    expect(await storage.verify([table])).toMatchObject([{ problem: 'missing_table' }])
    await storage.migrate([table])
    expect(await storage.count(table)).toBe(0)
    await storage.migrate([], { drop: [table] })
  })

  test('a dry run lists the steps and does none of them', async ({ storage }) => {
    const table = plain('suite_dry')
    const planned = await storage.migrate([table], { dryRun: true })
    expect(planned.dryRun).toBe(true)
    expect(planned.steps.length).toBeGreaterThan(0)
    for (const step of planned.steps) {
      expect(step.table).toBe('suite_dry')
      expect(step.number).toBeGreaterThan(0)
      expect(step.summary).not.toBe('')
    }
    expect(await storage.verify([table])).toMatchObject([{ table: 'suite_dry', problem: 'missing_table' }])
    await expect(storage.count(table)).rejects.toMatchObject({ code: 'schema_outdated' })
    const done = await storage.migrate([table])
    expect(done.steps).toEqual(planned.steps)
    expect(await storage.count(table)).toBe(0)
  })

  test('verify reports tables and columns that no migration made, and writes nothing', async ({ storage }) => {
    const table = plain('suite_missing')
    expect(await storage.verify([...everything, table])).toMatchObject([
      { table: 'suite_missing', problem: 'missing_table' },
    ])
    expect((await storage.verify([table]))[0]?.message).not.toBe('')
    const wider = widerKinds()
    expect(await storage.verify([wider])).toMatchObject([{ table: 'suite_kinds', problem: 'missing_column' }])
    expect(await storage.verify([table])).toHaveLength(1)
  })

  test('verify reports keys and indexes that no migration made; without an index the code still runs', async ({
    storage,
  }) => {
    const keyed = defineTable('suite_kinds', {
      columns: kinds.columns,
      primaryKey: ['id'],
      unique: { ...kinds.unique, amount: ['amount'] },
      indexes: { ...kinds.indexes, both: ['label', 'amount'] },
    })
    const problems = (await storage.verify([keyed])).map(({ problem, severity }) => [problem, severity])
    expect(problems).toEqual([
      ['missing_unique_key', 'error'],
      ['missing_index', 'warning'],
    ])
  })

  test('examine tells the version and changes nothing', async ({ storage, second }) => {
    const { version, findings } = await storage.examine()
    expect(version).not.toBe('')
    for (const { name, status, message, advice } of findings) {
      expect([name, message]).not.toContain('')
      // Whatever is not as it should be comes with what to do.
      expect(advice === undefined).toBe(status === 'ok')
    }
    expect((await second.migrate(everything)).steps).toEqual([])
  })

  test('a table or column that no migration made is told apart from other failures', async ({ storage }) => {
    const table = plain('suite_unmade')
    const outdated = { name: 'CardeaError', code: 'schema_outdated' }
    await expect(storage.insert(table, { id: 'a', amount: 1 })).rejects.toMatchObject(outdated)
    await expect(storage.find(table, { limit: 'all' })).rejects.toMatchObject(outdated)
    await expect(storage.findOne(table, { where: eq('id', 'a') })).rejects.toMatchObject(outdated)
    await expect(storage.update(table, { where: eq('id', 'a'), set: { amount: 2 } })).rejects.toMatchObject(outdated)
    await expect(storage.consume(table, eq('id', 'a'))).rejects.toMatchObject(outdated)
    await expect(storage.delete(table, and())).rejects.toMatchObject(outdated)
    await expect(storage.count(table)).rejects.toMatchObject(outdated)
    const wider = widerKinds()
    await expect(storage.find(wider, { limit: 'all' })).rejects.toMatchObject(outdated)
    await expect(storage.insert(wider, { id: 'a', label: 'x', amount: 1, extra: 'e' })).rejects.toMatchObject(outdated)
  })

  test(
    'a table widens: rows stay, old rows take null or the default, both versions work on',
    async ({ storage }) => {
      const v1 = defineTable('suite_wide', {
        columns: { id: text(36), label: text(20), amount: integer() },
        primaryKey: ['id'],
        unique: { label: ['label'] },
      })
      const v2 = defineTable('suite_wide', {
        columns: {
          ...v1.columns,
          note: nullable(text(50)),
          level: withDefault(integer(), 3),
          state: withDefault(text(16), "it's new"),
          open: withDefault(boolean(), true),
          extra: nullable(json()),
        },
        primaryKey: ['id'],
        unique: { label: ['label'], note: ['note'] },
        indexes: { amount: ['amount'] },
      })
      await storage.migrate([v1])
      await storage.insert(v1, [
        { id: 'a', label: 'la', amount: 1 },
        { id: 'b', label: 'lb', amount: 2 },
      ])
      const planned = await storage.migrate([v2], { dryRun: true })
      expect(await storage.verify([v2])).not.toEqual([])
      expect((await storage.migrate([v2])).steps).toEqual(planned.steps)
      expect(await storage.verify([v2])).toEqual([])
      expect((await storage.migrate([v2])).steps).toEqual([])
      const added = { note: null, level: 3, state: "it's new", open: true, extra: null }
      expect(await storage.find(v2, { orderBy: [{ field: 'id', direction: 'asc' }], limit: 'all' })).toEqual([
        { id: 'a', label: 'la', amount: 1, ...added },
        { id: 'b', label: 'lb', amount: 2, ...added },
      ])
      expect(await storage.count(v2, isNull('note'))).toBe(2)
      expect(
        await storage.update(v2, { where: eq('id', 'a'), set: { note: 'n', extra: [1] }, increment: { level: 1 } }),
      ).toBe(1)
      // The code of before still runs on other nodes: it neither sees nor needs the new columns.
      await storage.insert(v1, { id: 'c', label: 'lc', amount: 3 })
      expect(await storage.findOne(v1, { where: eq('id', 'a') })).toEqual({ id: 'a', label: 'la', amount: 1 })
      expect(await storage.consume(v1, eq('id', 'b'))).toEqual({ id: 'b', label: 'lb', amount: 2 })
      expect(await storage.findOne(v2, { where: eq('id', 'c') })).toEqual({ id: 'c', label: 'lc', amount: 3, ...added })
      expect((await storage.migrate([v1])).steps).toEqual([])
      // Keys of both versions hold.
      await expect(storage.insert(v1, { id: 'd', label: 'la', amount: 4 })).rejects.toMatchObject({
        code: 'unique_violation',
      })
      await expect(storage.insert(v2, { id: 'd', label: 'ld', amount: 4, note: 'n' })).rejects.toMatchObject({
        code: 'unique_violation',
      })
    },
    widening,
  )

  test(
    'a column without null and default is not added to a table that is there',
    async ({ storage }) => {
      await storage.migrate([plain('suite_narrow')])
      await storage.insert(plain('suite_narrow'), { id: 'a', amount: 1 })
      const narrower = defineTable('suite_narrow', {
        columns: { id: text(36), amount: integer(), needed: text() },
        primaryKey: ['id'],
      })
      await expect(storage.migrate([narrower])).rejects.toMatchObject({
        name: 'CardeaError',
        code: 'configuration_invalid',
      })
      expect(await storage.findOne(plain('suite_narrow'), { where: eq('id', 'a') })).toEqual({ id: 'a', amount: 1 })
    },
    widening,
  )

  test(
    'a key that rows violate already is not added, and the rows stay',
    async ({ storage }) => {
      const loose = plain('suite_doubled')
      const strict = defineTable('suite_doubled', {
        columns: loose.columns,
        primaryKey: ['id'],
        unique: { amount: ['amount'] },
      })
      await storage.migrate([loose])
      await storage.insert(loose, [
        { id: 'a', amount: 1 },
        { id: 'b', amount: 1 },
      ])
      await expect(storage.migrate([strict])).rejects.toMatchObject({ name: 'CardeaError' })
      expect(await storage.count(loose)).toBe(2)
      // Once the rows are in order, the same migration goes through.
      await storage.update(loose, { where: eq('id', 'b'), set: { amount: 2 } })
      await storage.migrate([strict])
      await expect(storage.insert(strict, { id: 'c', amount: 2 })).rejects.toMatchObject({ code: 'unique_violation' })
    },
    widening,
  )

  test(
    'a table that somebody else made is not adopted',
    async ({ storage, execute }) => {
      await execute('create table suite_foreign (id varchar(36) primary key, theirs varchar(20))')
      await execute("insert into suite_foreign (id, theirs) values ('1', 'kept')")
      const table = plain('suite_foreign')
      expect(await storage.verify([table])).toMatchObject([{ table: 'suite_foreign', problem: 'foreign_table' }])
      await expect(storage.migrate([plain('suite_beside'), table])).rejects.toMatchObject({
        name: 'CardeaError',
        code: 'configuration_invalid',
      })
      // Fails if the column of theirs is gone.
      await execute("delete from suite_foreign where theirs = 'other'")
      await execute('drop table suite_foreign')
      expect((await storage.migrate([table])).steps.length).toBeGreaterThan(0)
    },
    ['execute'],
  )

  test(
    'a table that cannot be made keeps no other from being made',
    async ({ storage }) => {
      // More columns than any of the databases takes.
      const columns = Object.fromEntries(Array.from({ length: 2_001 }, (_, index) => [`column_${index}`, integer()]))
      const table = defineTable('suite_impossible', { columns, primaryKey: ['column_0'] })
      await expect(storage.migrate([table])).rejects.toMatchObject({ name: 'CardeaError' })
      expect(await storage.verify([table])).toMatchObject([{ table: 'suite_impossible', problem: 'missing_table' }])
      await storage.migrate([plain('suite_possible')])
      expect(await storage.count(plain('suite_possible'))).toBe(0)
    },
    ['execute'],
  )

  test(
    'two migrations at once both succeed, and the work is done once',
    async ({ storage, second }) => {
      const tables = Array.from({ length: 5 }, (_, index) => plain(`suite_both_${index}`))
      const withRow = defineTable('suite_both', {
        columns: { id: text(16), version: integer() },
        primaryKey: ['id'],
        initialRows: [{ id: 'only', version: 1 }],
      })
      const reports = await Promise.all(
        [storage, second, storage, second].map((each) => each.migrate([...tables, withRow])),
      )
      expect(reports.filter((report) => report.steps.length > 0)).toHaveLength(1)
      expect(await second.verify([...tables, withRow])).toEqual([])
      expect(await second.find(withRow, { limit: 'all' })).toEqual([{ id: 'only', version: 1 }])
      for (const table of tables) expect(await second.insert(table, { id: 'a', amount: 1 })).toBe(1)
    },
    ['parallelMigrations'],
  )

  test(
    'a migration that is in a hurry gives up while somebody uses the table, which stays as it is',
    async ({ storage, second }) => {
      const table = plain('suite_hurried')
      const wider = defineTable('suite_hurried', {
        columns: { ...table.columns, note: nullable(text(50)) },
        primaryKey: ['id'],
      })
      await storage.migrate([table])
      await second.transaction(async (transaction) => {
        await transaction.insert(table, { id: 'a', amount: 1 })
        const hurried = storage.migrate([wider], { patienceMilliseconds: 100 })
        await expect(hurried).rejects.toMatchObject({ name: 'CardeaError', code: 'unavailable' })
      })
      expect(await storage.count(table)).toBe(1)
      await expect(storage.count(wider, isNull('note'))).rejects.toMatchObject({ code: 'schema_outdated' })
      await storage.migrate([wider], { patienceMilliseconds: 2_000 })
      expect(await storage.count(wider, isNull('note'))).toBe(1)
    },
    widening,
  )
}
