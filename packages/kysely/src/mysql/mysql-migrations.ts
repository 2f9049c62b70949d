import { CardeaError } from '@cardea/core'
import { sha256 } from '@cardea/core/crypto'
import { toCardeaError } from '../dialect/failure.js'
import type { PinnedSession, SqlSession } from '../driver/sql-driver.js'
import { unavailable } from '../driver/unavailable.js'
import type { MigrationEnvironment } from '../migrate/environment.js'
import { refuse } from '../migrate/plan.js'
import type { StorageParts } from '../storage/parts.js'
import { retryConflicts } from '../storage/retry.js'
import { createMysqlSchema } from './mysql-schema.js'
import { toServer } from './server.js'
import { sqlMode } from './session.js'

/** For how long a change is tried again at most while others use its table. */
const longestRetryMilliseconds = 15_000

/**
 * Migrations of MySQL and MariaDB: a lock of the session. There is no transaction around them, since each statement that
 * changes the schema commits what was before; a run that broke off is taken up again by what the ledger and the tables say.
 */
export function createMysqlMigrations({ context, failures }: StorageParts): MigrationEnvironment {
  return {
    open: async (session) => createMysqlSchema(context.dialect.builder, await findServer(session)),
    locked: async (session, work, patience) => {
      const name = lockName(await currentDatabase(session), context.names.ledger)
      const settings = await readSettings(session)
      try {
        await session.command(settingsStatement(migrationSettings))
        await lock(session, name, patience)
        return await work()
      } finally {
        await unlock(session, name, settings)
      }
    },
    atomically: (_session, work) => work(),
    change: async (session, sql, patience) => {
      const once = async () => {
        try {
          await session.write({ sql }, [])
        } catch (error) {
          const refusal = refusalOf(error)
          // Without that right, it goes on unheld: who knows the former name and writes in that very moment is not kept from it.
          if (refusal !== undefined && sql.startsWith('lock tables ')) return
          throw refusal ?? toCardeaError(failures, error)
        }
      }
      await retryConflicts(once, Math.min(longestRetryMilliseconds, patience), Number.POSITIVE_INFINITY)
    },
  }
}

/** A table, foreign key or trigger of a name that one of somebody else's has. */
const nameTaken: ReadonlySet<number> = new Set([
  1050, // ER_TABLE_EXISTS_ERROR
  1359, // ER_TRG_ALREADY_EXISTS
  1826, // ER_FK_DUP_NAME
])

/** ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR, ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_BINLOG_CREATE_ROUTINE_NEED_SUPER */
const denied: ReadonlySet<number> = new Set([1044, 1142, 1227, 1419])

/** What the server refuses because of how it is set up: its messages about a schema name objects and users, no values. */
function refusalOf(error: unknown): CardeaError | undefined {
  if (!(error instanceof Error) || !('errno' in error) || !('sqlState' in error)) return undefined
  const number = Number(error.errno)
  // MariaDB has no number of its own for a foreign key whose name is taken: ER_CANT_CREATE_TABLE.
  if (nameTaken.has(number) || (number === 1005 && error.message.includes('errno: 121'))) {
    return refuse(
      `${error.message}, but no migration made what has the name: rename it, or choose another prefix or name`,
      error,
    )
  }
  if (!denied.has(number)) return undefined
  return refuse(
    `the user of the connection may not create tables or triggers: ${error.message}; run migrations as another user, or grant it create, alter, index, references and trigger`,
    error,
  )
}

async function findServer(session: SqlSession) {
  const row = await session.readOne({ sql: 'select version() as c0' }, [])
  return toServer(String(row?.[0]))
}

async function currentDatabase(session: SqlSession): Promise<string> {
  const row = await session.readOne({ sql: 'select database() as c0' }, [])
  const database = row?.[0]
  if (typeof database === 'string') return database
  throw new CardeaError('configuration_invalid', 'mysql: the connections are to no database; name one in the source')
}

/** Locks are the server's, not the database's, and their names have 64 characters. */
const lockName = (database: string, ledger: string): string => `cardea_${sha256(`${database} ${ledger}`)}`

async function lock(session: PinnedSession, name: string, patience: number): Promise<void> {
  const row = await session.readOne({ sql: 'select get_lock(?, ?) as c0' }, [name, Math.ceil(patience / 1_000)])
  if (Number(row?.[0]) !== 1) throw unavailable('another migration does not end')
}

async function unlock(session: PinnedSession, name: string, settings: Settings): Promise<void> {
  try {
    // Of a table that was held when something went wrong.
    await session.command('unlock tables')
    await session.readOne({ sql: 'select release_lock(?) as c0' }, [name])
    // The connection may be the app's.
    await session.command(settingsStatement(settings))
  } catch {
    // The connection is lost, and the lock with it.
  }
}

interface Settings {
  readonly sqlMode: string
  readonly lockWaitSeconds: number
  readonly foreignKeyChecks: number
  /** Seconds in MariaDB, milliseconds in MySQL. */
  readonly statementLimit: number
}

/**
 * Whoever waits for a table lets nobody else pass, and a statement of a request is given up after 1.5 seconds: so better
 * give up sooner, let the others through, and try again.
 */
const migrationSettings: Settings = { sqlMode, lockWaitSeconds: 1, foreignKeyChecks: 1, statementLimit: 0 }

async function readSettings(session: SqlSession): Promise<Settings> {
  const sql =
    'select @@sql_mode as c0, @@lock_wait_timeout as c1, @@foreign_key_checks as c2, /*M! @@max_statement_time */ /*!80000 @@max_execution_time */ as c3'
  const [mode, wait, checks, limit] = (await session.readOne({ sql }, [])) ?? []
  return {
    sqlMode: String(mode),
    lockWaitSeconds: Number(wait),
    foreignKeyChecks: Number(checks),
    statementLimit: Number(limit),
  }
}

/** The values are ours, or the server's own: words, commas and numbers. */
function settingsStatement({ sqlMode: mode, lockWaitSeconds, foreignKeyChecks, statementLimit }: Settings): string {
  return [
    `set session sql_mode = '${mode}', lock_wait_timeout = ${lockWaitSeconds}, foreign_key_checks = ${foreignKeyChecks}`,
    ` /*M! , max_statement_time = ${statementLimit} */ /*!80000 , max_execution_time = ${statementLimit} */`,
  ].join('')
}
