import { and, contains, eq, oneOf, param } from '@cardea/core'
import { defineTable, integer, json, nullable, type StatementEvent, type Storage, text } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { mysql } from '../mysql/mysql.js'
import { createApp, createTestMysql } from '../mysql/open-mysql.fixture.js'
import { createTestSchema } from '../postgres/open-postgres.fixture.js'
import { postgres } from '../postgres/postgres.js'
import { sqlite } from '../sqlite/sqlite.js'

const notes = defineTable('suite_notes', {
  columns: { id: text(), label: nullable(text()), amount: integer(), data: nullable(json()) },
  primaryKey: ['id'],
  unique: { label: ['label'] },
})

const secret = 's3cr3t\'; drop table suite_notes; --"$1?'

/** Every verb, with values that must stay out of statements, messages and causes. */
async function useEveryVerb(storage: Storage): Promise<readonly unknown[]> {
  const row = { id: secret, label: secret, amount: 918_273_645, data: { secret } }
  await storage.insert(notes, row)
  await storage.insert(notes, row, {
    onConflict: { key: 'primary', do: { set: { label: secret }, increment: { amount: 1 } } },
  })
  await storage.find(notes, { where: and(contains('label', secret), oneOf('id', [secret])), limit: 5 })
  await storage.findOne(notes, { where: eq('id', param('id')) }, { id: secret })
  await storage.update(notes, { where: eq('label', secret), set: { data: [secret] } })
  await storage.count(notes, eq('amount', 918_273_646))
  const failures = await Promise.allSettled([
    storage.insert(notes, row),
    storage.insert(notes, { ...row, id: 'other' }),
    storage.transaction((transaction) => transaction.insert(notes, row)),
  ])
  await storage.consume(notes, eq('id', secret))
  await storage.delete(notes, eq('id', secret))
  return failures.map((failure) => (failure.status === 'rejected' ? failure.reason : 'it worked'))
}

function check(events: readonly StatementEvent[], failures: readonly unknown[]): void {
  expect(events.length).toBeGreaterThan(12)
  for (const event of events) {
    expect(event.sql).not.toMatch(/s3cr3t|91827364/)
    expect(event.durationMilliseconds).toBeGreaterThanOrEqual(0)
  }
  expect(failures).toHaveLength(3)
  for (const failure of failures) {
    expect(failure).toMatchObject({ code: 'unique_violation' })
    for (let error = failure; error instanceof Error; error = error.cause) {
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(/s3cr3t|91827364/)
    }
  }
}

describe('the statements that a storage tells of', () => {
  it('hold no values in SQLite, and neither do errors', async () => {
    const events: StatementEvent[] = []
    const storage = sqlite(':memory:', { log: (event) => events.push(event) })
    await storage.migrate([notes])
    events.length = 0
    check(events, await useEveryVerb(storage))
    await storage.close()
  })

  it('hold no values in PostgreSQL, and neither do errors', async (context) => {
    const schema = await createTestSchema()
    if ('skipped' in schema) return context.skip(schema.skipped)
    const events: StatementEvent[] = []
    const storage = postgres(schema.url, { log: (event) => events.push(event) })
    await storage.migrate([notes])
    events.length = 0
    check(events, await useEveryVerb(storage))
    await storage.close()
    await schema.drop()
  })

  it('hold no values in MySQL, and neither do errors', async (context) => {
    const database = await createTestMysql()
    if ('skipped' in database) return context.skip(database.skipped)
    const app = createApp(database.url)
    for (const source of [database.url, app]) {
      const events: StatementEvent[] = []
      const storage = mysql(source, { log: (event) => events.push(event) })
      await storage.migrate([notes])
      events.length = 0
      check(events, await useEveryVerb(storage))
      await storage.close()
    }
    await app.destroy()
    await database.drop()
  })

  it('are told in order, with transactions apart from statements', async () => {
    const events: StatementEvent[] = []
    const storage = sqlite(':memory:', { log: (event) => events.push(event) })
    await storage.migrate([notes])
    events.length = 0
    await storage.transaction((transaction) => transaction.count(notes))
    await storage.transaction(() => Promise.reject(new Error('no'))).catch(() => {})
    expect(events.map(({ kind, sql }) => `${kind}: ${sql}`)).toEqual([
      'transaction: begin immediate',
      'statement: select count(*) as "c0" from "suite_notes"',
      'transaction: commit',
      'transaction: begin immediate',
      'transaction: rollback',
    ])
    await storage.close()
  })

  it('do not fail because their listener does', async () => {
    const storage = sqlite(':memory:', {
      log: () => {
        throw new Error('the log is full')
      },
    })
    await storage.migrate([notes])
    expect(await storage.insert(notes, { id: 'a', amount: 1 })).toBe(1)
    await storage.close()
  })
})
