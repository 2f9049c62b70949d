import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { createTestSchema, skippedBecause } from './open-postgres.fixture.js'
import { postgres } from './postgres.js'

const schema = await createTestSchema()

/** A URL whose connections begin with a setting of their own. */
function withSetting(url: string, setting: string): string {
  const changed = new URL(url)
  changed.searchParams.set('options', `${changed.searchParams.get('options') ?? ''} -c ${setting}`)
  return changed.href
}

describe.skipIf('skipped' in schema)(`postgres().examine()${skippedBecause(schema)}`, () => {
  const { url } = 'skipped' in schema ? { url: '' } : schema

  afterAll(async () => {
    if (!('skipped' in schema)) await schema.drop()
  })

  it('tells the version, the server’s clock and its settings', async () => {
    const storage = postgres(url)
    const before = Date.now()
    const { version, now = 0, findings } = await storage.examine()
    await storage.close()
    expect(version).toMatch(/^PostgreSQL \d+\.\d+$/)
    // The server of the tests is on a machine with a good clock, most likely this one.
    expect(Math.abs(now - before)).toBeLessThan(60_000)
    expect(findings.map(({ name }) => name)).toEqual(['encoding', 'writable', 'durability'])
    expect(findings.slice(0, 2).map(({ status }) => status)).toEqual(['ok', 'ok'])
  })

  it('finds a connection that cannot write, and commits that can be lost', async () => {
    for (const [setting, name, status] of [
      ['default_transaction_read_only=on', 'writable', 'problem'],
      ['synchronous_commit=off', 'durability', 'warning'],
    ] as const) {
      const storage = postgres(withSetting(url, setting))
      const { findings } = await storage.examine()
      await storage.close()
      expect(findings.find((finding) => finding.name === name)).toMatchObject({ status })
    }
  })

  it('finds a pool that nobody listens to, and says nothing of one that it cannot see', async () => {
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    const statusOf = async () =>
      (await postgres(pool).examine()).findings.find(({ name }) => name === 'pool errors')?.status
    expect(await statusOf()).toBe('warning')
    pool.on('error', () => undefined)
    expect(await statusOf()).toBe('ok')
    const app = new Kysely<object>({ dialect: new PostgresDialect({ pool }) })
    const seen = (await postgres(app).examine()).findings.map(({ name }) => name)
    expect(seen).toContain('encoding')
    expect(seen).not.toContain('pool errors')
    await app.destroy()
  })
})
