import { DatabaseSync } from 'node:sqlite'
import { defineTable, integer, longText, mapped, nullable, text } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { sqlite } from '../sqlite/sqlite.js'

const shops = defineTable('shops', {
  mapped: true,
  columns: {
    id: mapped(text(20), { name: 'id', type: 'integer', assigned: true }),
    note: mapped(nullable(longText()), { name: 'note', type: 'plain' }),
    created_at: mapped(nullable(integer()), { name: 'made', type: 'timestamp', written: true }),
  },
  primaryKey: ['id'],
})

describe('verify() of a table of the app', () => {
  it('warns of what an insert may leave empty and the column must not be, and not of what is always written', async () => {
    const database = new DatabaseSync(':memory:')
    database.exec(
      'create table shops (id integer primary key, note text not null, made timestamp not null, theirs text not null)',
    )
    const found = await sqlite(database).verify([shops])
    expect(found.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      "warning: the app's column shops.note cannot be null, but note is optional",
      "warning: the app's column shops.theirs is in no field, cannot be null and may have no default",
    ])
    database.close()
  })
})
