import { systemTables } from '@cardea/storage'
import type { RowDataPacket } from 'mysql2'
import { afterAll, describe, expect, it } from 'vitest'
import { mysql } from './mysql.js'
import { createTestMysql, skippedBecause } from './open-mysql.fixture.js'

const database = await createTestMysql()
const observed = await createTestMysql()

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

describe.skipIf('skipped' in observed)(`mysql().verify()${skippedBecause(observed)}`, () => {
  afterAll(async () => {
    if (!('skipped' in observed)) await observed.drop()
  })

  it('looks at no other database of the server, however many there are', async () => {
    if ('skipped' in observed) return
    const statements: string[] = []
    const storage = mysql(observed.url, { log: ({ kind, sql }) => kind === 'statement' && statements.push(sql) })
    await storage.verify(systemTables)
    await storage.close()
    const catalogue = statements.filter((sql) => sql.includes('information_schema'))
    expect(catalogue).toHaveLength(4)
    for (const sql of catalogue) {
      // How MariaDB tells of it; MySQL has tables of its own for all that.
      const [plan] = await observed.admin.query<RowDataPacket[]>(`explain ${sql.replaceAll('?', "'cardea_sessions'")}`)
      expect(plan.map(({ Extra }) => String(Extra)).join('; ')).not.toContain('Scanned all databases')
    }
  })
})
