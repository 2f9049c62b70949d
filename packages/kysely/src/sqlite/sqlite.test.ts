import { describeStorage } from '@cardea/storage/testkit'
import { openSqliteFile, openSqliteKysely, openSqliteMemory } from './open-sqlite.fixture.js'

describeStorage('sqlite() on a file', openSqliteFile)

describeStorage('sqlite() in memory', openSqliteMemory, {
  unsupported: { readsDuringTransaction: 'one connection serves all, so reads wait' },
})

describeStorage('sqlite() on a Kysely instance', openSqliteKysely, {
  unsupported: { readsDuringTransaction: 'Kysely has one connection to SQLite, so reads wait' },
})
