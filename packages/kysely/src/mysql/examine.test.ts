import { afterAll, describe, expect, it } from 'vitest'
import { mysql } from './mysql.js'
import { createTestMysql, skippedBecause } from './open-mysql.fixture.js'

const database = await createTestMysql()

describe.skipIf('skipped' in database)(`mysql().examine()${skippedBecause(database)}`, () => {
  afterAll(async () => {
    if (!('skipped' in database)) await database.drop()
  })

  it('tells the version, the server’s clock and its settings', async () => {
    const storage = mysql('skipped' in database ? '' : database.url)
    const before = Date.now()
    const { version, now = 0, findings } = await storage.examine()
    await storage.close()
    expect(version).toMatch(/^(MySQL|MariaDB) \d+\.\d+\.\d+$/)
    // The server of the tests is on a machine with a good clock, most likely this one.
    expect(Math.abs(now - before)).toBeLessThan(60_000)
    expect(findings.map(({ name, status }) => `${name} ${status}`)).toContain('writable ok')
    expect(findings.map(({ name }) => name)).toEqual(['writable', 'durability'])
  })
})
