import { chmodSync, existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { systemTables } from '@cardea/storage'
import { CompiledQuery, Kysely } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { createTestFile } from '../testkit/test-file.js'
import { sqlite } from './sqlite.js'
import { sqliteDialect } from './sqlite-dialect.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

function opened() {
  const file = createTestFile()
  const storage = sqlite(file.path)
  cleanups.push(
    () => file.remove(),
    () => storage.close(),
  )
  return { storage, path: file.path }
}

async function statusOf(storage: ReturnType<typeof sqlite>, name: string): Promise<string | undefined> {
  return (await storage.examine()).findings.find((finding) => finding.name === name)?.status
}

describe('sqlite().examine()', () => {
  it('tells version, journal mode and foreign keys of a file, and that its clock is the machine’s', async () => {
    const { storage } = opened()
    await storage.migrate(systemTables)
    const { version, now, findings } = await storage.examine()
    expect(version).toMatch(/^SQLite 3\.\d+/)
    expect(now).toBeUndefined()
    expect(findings.map(({ name }) => name)).toEqual(['foreign keys', 'journal mode', 'file permissions'])
    expect(findings.slice(0, 2).map(({ status }) => status)).toEqual(['ok', 'ok'])
  })

  it('looks at the connections of the app’s Kysely as they are', async () => {
    const file = createTestFile()
    const app = new Kysely<object>({ dialect: sqliteDialect(file.path) })
    cleanups.push(
      () => file.remove(),
      () => app.destroy(),
    )
    const storage = sqlite(app)
    expect([await statusOf(storage, 'foreign keys'), await statusOf(storage, 'journal mode')]).toEqual(['ok', 'ok'])
    await app.executeQuery(CompiledQuery.raw('pragma journal_mode = delete'))
    expect(await statusOf(storage, 'journal mode')).toBe('warning')
    await app.executeQuery(CompiledQuery.raw('pragma foreign_keys = off'))
    expect(await statusOf(storage, 'foreign keys')).toBe('problem')
  })

  it.skipIf(process.platform === 'win32')('tells who else can read and write the file', async () => {
    const { storage, path } = opened()
    await storage.migrate(systemTables)
    const found: (string | undefined)[] = []
    for (const mode of [0o600, 0o640, 0o644, 0o666]) {
      chmodSync(path, mode)
      found.push(await statusOf(storage, 'file permissions'))
    }
    expect(found).toEqual(['ok', 'ok', 'warning', 'problem'])
  })

  it('says that memory does not last', async () => {
    const storage = sqlite(new DatabaseSync(':memory:'))
    expect(await statusOf(storage, 'durability')).toBe('warning')
  })

  it('makes no file, and neither does a dry run', async () => {
    const { storage, path } = opened()
    await expect(storage.examine()).rejects.toMatchObject({
      code: 'schema_outdated',
      message: expect.stringContaining(path),
    })
    const planned = await storage.migrate(systemTables, { dryRun: true })
    expect(existsSync(path)).toBe(false)
    expect((await storage.migrate(systemTables)).steps).toEqual(planned.steps)
    expect(existsSync(path)).toBe(true)
  })

  it('says that the folder is missing, which no migration makes', async () => {
    const storage = sqlite('./no-such-folder/app.db')
    await expect(storage.examine()).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: 'sqlite: the folder ./no-such-folder of ./no-such-folder/app.db is missing: make it first',
    })
  })

  it('warns of no file that was made here, and leaves the permissions of one that was there', async () => {
    const { storage, path } = opened()
    const former = process.umask(0o022)
    try {
      await storage.migrate(systemTables)
    } finally {
      process.umask(former)
    }
    expect(await statusOf(storage, 'file permissions')).toBe('ok')
    for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o640)
    chmodSync(path, 0o644)
    await sqlite(path).examine()
    expect(statSync(path).mode & 0o777).toBe(0o644)
  })
})
