import { DatabaseSync } from 'node:sqlite'
import { sqlite } from '@cardea/kysely/sqlite'
import { createTestFile } from '@cardea/kysely/testkit'
import { createCardea, defineCollection, relation, text } from 'cardea'
import { expect, it } from 'vitest'

const companies = defineCollection('companies', { type: 'base', fields: { name: text() } })
const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    manager: relation('customers', { optional: true }),
    company: relation('companies', { optional: true, unique: true }),
  },
})

// SQLite and PostgreSQL make none by themselves, and to delete a row is to look for those that point at it.
it('gives every foreign key an index on its own side', async () => {
  const file = createTestFile()
  const storage = sqlite(file.path)
  const auth = createCardea({ storage, collections: [companies, customers], environment: 'test' })
  await auth.migrate()
  const database = new DatabaseSync(file.path)
  const names = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map(({ name }) => name)
  const keys = `select m.name || '.' || f."from" as name from sqlite_schema as m, pragma_foreign_key_list(m.name) as f`
  const bare = names(`${keys} where not exists (
    select 1 from pragma_index_list(m.name) as l, pragma_index_info(l.name) as i where i.seqno = 0 and i.name = f."from"
  )`)
  expect(bare).toEqual([])
  expect(names(keys)).toEqual(
    expect.arrayContaining(['auth_customers.manager', 'auth_customers.company', 'cardea_sessions.principal_id']),
  )
  database.close()
  await auth.close()
  await storage.close()
  file.remove()
})
