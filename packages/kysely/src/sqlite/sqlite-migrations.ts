import type { CardeaError } from '@cardea/core'
import type { Builder } from '../dialect/builder.js'
import type { PinnedSession, SqlSession } from '../driver/sql-driver.js'
import type { MigrationEnvironment } from '../migrate/environment.js'
import { refuse } from '../migrate/plan.js'
import { requireForeignKeys } from './open.js'
import { createSqliteSchema } from './sqlite-schema.js'

/** Migrations of SQLite: one transaction around all of them is both their lock and what makes them all or nothing. */
export function createSqliteMigrations(builder: Builder): MigrationEnvironment {
  const schema = createSqliteSchema(builder)
  return {
    open: async () => schema,
    locked: async (session, work) => {
      // Neither can be changed within a transaction. With them off and on, a table that is written anew takes nothing
      // along that refers to it when the old one is dropped, and the new one can be given its name.
      await session.command('pragma foreign_keys = off')
      await session.command('pragma legacy_alter_table = on')
      try {
        return await inTransaction(session, work)
      } finally {
        await session.command('pragma legacy_alter_table = off')
        await session.command('pragma foreign_keys = on')
        await requireForeignKeys(session)
      }
    },
    change: async (session, sql) => {
      try {
        await session.write({ sql }, [])
      } catch (error) {
        throw refusalOf(error) ?? error
      }
    },
    atomically: async (session, work, { rewrites }) => {
      if (!rewrites) return work()
      const before = await brokenReferences(session)
      await work()
      if ((await brokenReferences(session)) > before) throw refuse('rows would be left that refer to nothing')
    },
  }
}

async function inTransaction<Result>(session: PinnedSession, work: () => Promise<Result>): Promise<Result> {
  await session.command('begin immediate')
  try {
    const result = await work()
    await session.command('commit')
    return result
  } catch (error) {
    await session.command('rollback').catch(() => {
      // SQLite rolled back by itself, as on a full disk.
    })
    throw error
  }
}

/** A name is taken by an index, a trigger or a view that no migration made. SQLite has no code of its own for that. */
function refusalOf(error: unknown): CardeaError | undefined {
  if (!(error instanceof Error) || !/^(there is )?already |already (exists|another)/.test(error.message))
    return undefined
  return refuse(`${error.message}, but no migration made it: rename it, or choose another prefix or name`, error)
}

async function brokenReferences(session: SqlSession): Promise<number> {
  return (await session.read({ sql: 'pragma foreign_key_check' }, [])).length
}
