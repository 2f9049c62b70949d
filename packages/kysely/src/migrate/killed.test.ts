import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import {
  children,
  cleanUp,
  openMysqlTarget,
  openPostgresTarget,
  openSqliteTarget,
  parents,
  type Target,
  widerChildren,
  withoutTransactions,
} from './migration-target.fixture.js'

/**
 * Kills a migration before each of its statements in turn.
 *
 * @param stride Leaves out statements, where a database takes long to make.
 * @returns How many there are.
 */
async function crashEverywhere(open: () => Promise<Target | undefined>, stride = 1): Promise<number> {
  const clean = await open()
  if (clean === undefined) return 0
  await clean.migrate([parents, children])
  await clean.migrate([parents, widerChildren])
  const wanted = await clean.dump()
  let statement = 0
  for (let reached = true; reached; ) {
    statement += stride
    const target = await open()
    if (target === undefined) return 0
    reached = await target.crash([parents, children], statement)
    await target.migrate([parents, children])
    const reachedLater = await target.crash([parents, widerChildren], statement)
    reached ||= reachedLater
    await target.migrate([parents, widerChildren])
    expect(await target.dump(), `killed before statement ${statement}`).toEqual(wanted)
    expect(await target.storage().verify([parents, widerChildren])).toEqual([])
    await cleanUp()
  }
  return statement
}

const everyStatementOrSome = rounds({ test: 8, ci: 1, long: 1 })

describe('migrate() that was killed', () => {
  it('leaves SQLite so that the next run makes the same schema, whichever statement it was', async () => {
    expect(await crashEverywhere(openSqliteTarget)).toBeGreaterThan(15)
  })

  it('leaves PostgreSQL so that the next run makes the same schema, whichever statement it was', async (context) => {
    const statements = await crashEverywhere(openPostgresTarget, everyStatementOrSome)
    if (statements === 0) return context.skip('no PostgreSQL answers at TEST_POSTGRES_URL')
    expect(statements).toBeGreaterThan(15)
  }, 120_000)

  it('leaves MySQL so that the next run makes the same schema, whichever statement it was', async (context) => {
    const statements = await crashEverywhere(openMysqlTarget, everyStatementOrSome)
    if (statements === 0) return context.skip('no MySQL or MariaDB answers at TEST_MYSQL_URL')
    expect(statements).toBeGreaterThan(15)
  }, 120_000)

  it('is resumed statement by statement where the schema has no transactions', async () => {
    expect(await crashEverywhere(() => openSqliteTarget(withoutTransactions))).toBeGreaterThan(15)
  })
})
