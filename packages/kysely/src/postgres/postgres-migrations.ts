import { CardeaError, isCardeaError } from '@cardea/core'
import { sha256Bytes } from '@cardea/core/crypto'
import { sql } from 'kysely'
import { type FailureReader, toCardeaError } from '../dialect/failure.js'
import type { PinnedSession, SqlSession } from '../driver/sql-driver.js'
import { unavailable } from '../driver/unavailable.js'
import type { MigrationEnvironment } from '../migrate/environment.js'
import { refuse } from '../migrate/plan.js'
import type { StorageParts } from '../storage/parts.js'
import { retryConflicts } from '../storage/retry.js'
import { createPostgresSchema } from './postgres-schema.js'

/** For how long a migration is tried again at most while others use its table. */
const longestRetryMilliseconds = 15_000

/**
 * How long to wait for a table. Whoever waits lets nobody else pass, and a statement of a request is given up after
 * 1.35 seconds: so better give up sooner, let the others through, and try again.
 */
const lockTimeoutMilliseconds = 800

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
    prepare: async (session) => {
      if (configured === undefined || (await exists(session, configured))) return []
      const summary = `create schema ${configured}`
      return [{ summary, sql: sql`create schema ${sql.id(configured)}`.compile(context.dialect.builder).sql }]
    },
    locked: async (session, work, patience) => {
      // However the schema was named: who migrates the same tables must find the same lock.
      const key = lockKey(`${await schemaOf(session)} ${context.names.ledger}`)
      try {
        // The app may have set limits for its roles that are too short for this.
        await session.command('set statement_timeout = 0')
        await session.command(`set lock_timeout = ${patience}`)
        await lock(failures, session, key)
        await session.command(`set lock_timeout = ${Math.min(lockTimeoutMilliseconds, patience)}`)
        return await work()
      } finally {
        await unlock(session, key)
      }
    },
    change: async (session, sql) => {
      try {
        await session.write({ sql }, [])
      } catch (error) {
        throw refusalOf(error) ?? error
      }
    },
    atomically: (session, work, { patienceMilliseconds }) => {
      const once = async () => {
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
      }
      return retryConflicts(once, Math.min(longestRetryMilliseconds, patienceMilliseconds), Number.POSITIVE_INFINITY)
    },
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

async function exists(session: SqlSession, schema: string): Promise<boolean> {
  const query = 'select 1 as c0 from pg_catalog.pg_namespace where nspname = $1'
  return (await session.readOne({ sql: query }, [schema])) !== undefined
}

/** What the server refuses because of how it is set up: its messages name objects there, no values. */
function refusalOf(error: unknown): CardeaError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  // A name is taken by a relation, a type or a function that no migration made.
  if (/^(42P07|42710|42723)$/.test(String(error.code))) {
    return refuse(`${error.message}, but no migration made it: rename it, or choose another prefix or name`, error)
  }
  // 2BP01: dependent_objects_still_exist, such as a view of the app's.
  if (error.code === '2BP01') return refuse(`${error.message}, such as a view: drop that first`, error)
  if (error.code !== '42501') return undefined
  return refuse(
    `the role of the connection may not create tables: ${error.message}; run migrations as another role, or grant create on schema (or on database, where the schema is missing, too)`,
    error,
  )
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
