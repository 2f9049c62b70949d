import { defineTable, integer, nullable, text } from '@cardea/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestSchema, skippedBecause } from './open-postgres.fixture.js'
import { postgres } from './postgres.js'

const things = defineTable('suite_ordered', {
  columns: { id: text(36), badge: nullable(text(64)), size: integer() },
  primaryKey: ['id'],
  unique: { badge: ['badge'] },
  indexes: { size: ['size'] },
})
const schema = await createTestSchema()

describe.skipIf('skipped' in schema)(`an index of postgres()${skippedBecause(schema)}`, () => {
  const { url, name } = 'skipped' in schema ? { url: '', name: '' } : schema
  const statements: string[] = []
  const storage = postgres(url, { log: ({ kind, sql }) => kind === 'statement' && statements.push(sql) })

  beforeAll(async () => {
    if ('skipped' in schema) return
    await storage.migrate([things])
    await schema.admin.query(
      `insert into ${name}.suite_ordered select lpad(n::text, 36, '0'), case when n % 10 > 0 then 'b' || n end, n from generate_series(1, 5000) as n`,
    )
    await schema.admin.query(`analyze ${name}.suite_ordered`)
  })

  afterAll(async () => {
    await storage.close()
    if (!('skipped' in schema)) await schema.drop()
  })

  it.each(['badge', 'size'] as const)(
    'is in the order in which rows are read, by %s in both directions',
    async (field) => {
      if ('skipped' in schema) return
      for (const direction of ['asc', 'desc'] as const) {
        statements.length = 0
        const found = await storage.find(things, { orderBy: [{ field, direction }], limit: 50 })
        expect(found).toHaveLength(50)
        const client = await schema.admin.connect()
        try {
          await client.query(`set search_path = ${name}`)
          const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${statements.at(-1)}`)
          const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
          expect(plan, direction).toMatch(/Index Scan/)
          expect(plan, direction).not.toMatch(/Sort/)
        } finally {
          client.release()
        }
      }
    },
  )

  it('still is as the table says, for those who look', async () => {
    expect(await storage.verify([things])).toEqual([])
    expect((await storage.migrate([things])).steps).toEqual([])
  })
})
