import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CardeaError, isCardeaError } from '@cardea/core'
import { type Storage, systemTables } from '@cardea/storage'
import { afterAll, describe, expect, it } from 'vitest'
import { mysql } from '../mysql/mysql.js'
import { createTestMysql } from '../mysql/open-mysql.fixture.js'
import { createTestSchema } from '../postgres/open-postgres.fixture.js'
import { postgres } from '../postgres/postgres.js'
import { sqlite } from '../sqlite/sqlite.js'

const folder = mkdtempSync(join(tmpdir(), 'cardea-why-'))
const schema = await createTestSchema()
const database = await createTestMysql()

afterAll(async () => {
  rmSync(folder, { recursive: true })
  if (!('skipped' in schema)) await schema.drop()
  if (!('skipped' in database)) await database.drop()
})

const verify = (storage: Storage): Promise<unknown> => storage.verify(systemTables)
const migrate = (storage: Storage): Promise<unknown> => storage.migrate(systemTables)
const all = [verify, migrate, (storage: Storage): Promise<unknown> => storage.examine()]

/** What `ready()`, a migration and the doctor throw for a storage. */
async function refusalsOf(open: () => Storage, works = all): Promise<readonly CardeaError[]> {
  const storage = open()
  const errors: CardeaError[] = []
  for (const work of works) {
    const error: unknown = await work(storage).then(
      () => new Error('opened'),
      (thrown: unknown) => thrown,
    )
    if (!isCardeaError(error, 'unavailable')) throw error
    errors.push(error)
  }
  await storage.close()
  return errors
}

async function expectReason(open: () => Storage, reason: string, works = all): Promise<void> {
  for (const error of await refusalsOf(open, works)) {
    expect(error.message).toBe(`storage: the database cannot be reached or cannot write: ${reason}`)
    expect(error.message).not.toContain('hunter2')
    expect(error.retryAfterSeconds).toBe(1)
    expect(error.cause).toBeInstanceOf(Error)
  }
}

/** The URL with another user, password or database. */
function changed(url: string, change: (url: URL) => void): string {
  const copy = new URL(url)
  change(copy)
  return copy.href
}

const byNobody = (url: string): string =>
  changed(url, (copy) => {
    copy.username = 'cardea_nobody'
    copy.password = 'hunter2'
  })

describe('a database that cannot be opened', () => {
  it('is said to be in a folder that does not exist', async () => {
    const missing = join(folder, 'missing')
    // The doctor says that there is no file yet.
    const reason = `the folder ${missing} does not exist`
    await expectReason(() => sqlite(join(missing, 'app.db')), reason, [verify, migrate])
  })

  it('is said to be what SQLite says of it where the folder exists', async () => {
    await expectReason(() => sqlite(folder), 'unable to open database file')
  })

  it.each([
    ['PostgreSQL', () => postgres('postgres://app:hunter2@127.0.0.1:1/app')],
    ['MySQL', () => mysql('mysql://app:hunter2@127.0.0.1:1/app')],
  ])('is said to be at an address where nobody listens, by %s', async (_, open) => {
    await expectReason(open, 'connect ECONNREFUSED 127.0.0.1:1')
  })

  it.skipIf('skipped' in schema)('is said to be none that PostgreSQL has', async () => {
    if ('skipped' in schema) return
    const url = changed(schema.url, (copy) => {
      copy.pathname = '/cardea_no_such_database'
    })
    await expectReason(() => postgres(url), 'database "cardea_no_such_database" does not exist')
  })

  it.skipIf('skipped' in schema)('is said to have no such user of PostgreSQL', async () => {
    if ('skipped' in schema) return
    for (const { message } of await refusalsOf(() => postgres(byNobody(schema.url)))) {
      // Which of the two depends on how the server authenticates.
      expect(message).toMatch(/: (role|password authentication failed for user) "cardea_nobody"/)
      expect(message).not.toContain('hunter2')
    }
  })

  it.skipIf('skipped' in database)('is said to refuse a user of MySQL', async () => {
    if ('skipped' in database) return
    for (const { message } of await refusalsOf(() => mysql(byNobody(database.url)))) {
      expect(message).toMatch(/: Access denied for user 'cardea_nobody'@/)
      expect(message).not.toContain('hunter2')
    }
  })
})
