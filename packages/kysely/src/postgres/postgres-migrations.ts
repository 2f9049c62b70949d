import { CardeaError, isCardeaError } from '@cardea/core'
import { sha256Bytes } from '@cardea/core/crypto'
import type { Builder } from '../dialect/builder.js'
import { type FailureReader, toCardeaError } from '../dialect/failure.js'
import type { PinnedSession, SqlSession } from '../driver/sql-driver.js'
import { unavailable } from '../driver/unavailable.js'
import type { MigrationEnvironment } from '../migrate/environment.js'
import type { StorageParts } from '../storage/parts.js'
import { retryConflicts } from '../storage/retry.js'
import { createPostgresSchema } from './postgres-schema.js'

const migrationPatienceMilliseconds = 15_000

/**
 * Migrations of PostgreSQL: a lock of the session, and one transaction for each migration.
 *
 * @param configured The schema of the tables; by default the first of the search path.
 */
export function createPostgresMigrations(parts: StorageParts, configured: string | undefined): MigrationEnvironment {
  const { context, failures } = parts
  const schemaOf = async (session: SqlSession) => configured ?? (await currentSchema(session))
  return {
    open: async (session) => createPostgresSchema(context.dialect.builder, await schemaOf(session)),
    locked: async (session, work) => {
      // However the schema was named: who migrates the same tables must find the same lock.
      const key = lockKey(`${await schemaOf(session)} ${context.names.ledger}`)
      try {
        // The app may have set limits for its roles that are too short for this.
        await session.command('set statement_timeout = 0')
        await session.command("set lock_timeout = '60s'")
        await lock(failures, session, key)
        if (configured !== undefined) await createSchema(session, context.dialect.builder, configured)
        // Whoever waits for a table lets nobody else pass, so better give up soon and try again.
        await session.command("set lock_timeout = '2s'")
        return await work()
      } finally {
        await unlock(session, key)
      }
    },
    change: async (session, sql) => {
      await session.write({ sql }, [])
    },
    atomically: (session, work) =>
      retryConflicts(async () => {
        await session.command('begin')
        try {
          await work()
          await session.command('commit')
        } catch (error) {
          await session.command('rollback').catch(() => {
            // The connection is lost, and the transaction with it.
          })
          throw error instanceof TypeError ? error : toCardeaError(failures, error)
        }
      }, migrationPatienceMilliseconds),
  }
}

async function lock(failures: FailureReader, session: PinnedSession, key: string): Promise<void> {
  try {
    await session.read({ sql: `select pg_advisory_lock(${key}) as c0` }, [])
  } catch (error) {
    const typed = toCardeaError(failures, error)
    throw isCardeaError(typed, 'transaction_conflict') ? unavailable('another migration does not end', error) : typed
  }
}

async function unlock(session: PinnedSession, key: string): Promise<void> {
  try {
    await session.read({ sql: `select pg_advisory_unlock(${key}) as c0` }, [])
    await session.command('reset statement_timeout')
    await session.command('reset lock_timeout')
  } catch {
    // The connection is lost, and the lock with it.
  }
}

async function createSchema(session: PinnedSession, builder: Builder, schema: string): Promise<void> {
  const known = await session.read({ sql: 'select 1 as c0 from pg_catalog.pg_namespace where nspname = $1' }, [schema])
  if (known.length === 0) await session.write({ sql: builder.schema.createSchema(schema).compile().sql }, [])
}

async function currentSchema(session: SqlSession): Promise<string> {
  const row = await session.readOne({ sql: 'select current_schema() as c0' }, [])
  const schema = row?.[0]
  if (typeof schema === 'string') return schema
  throw new CardeaError('configuration_invalid', 'postgres: no schema of the search path exists; name one in `schema`')
}

/** Two numbers of 32 bits, from what is migrated. */
function lockKey(subject: string): string {
  const { buffer, byteOffset } = sha256Bytes(new TextEncoder().encode(subject))
  const view = new DataView(buffer, byteOffset)
  return `${view.getInt32(0)}, ${view.getInt32(4)}`
}
