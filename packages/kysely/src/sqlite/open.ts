import { CardeaError } from '@cardea/core'
import type { SqlSession } from '../driver/sql-driver.js'
import { busyTimeoutMilliseconds } from './busy.js'
import type { NativeDatabase } from './native.js'
import type { SqliteSource } from './source.js'

/**
 * When a commit counts as done. `normal`: after it was handed to the operating system; a loss of power can undo the last
 * commits but damages nothing. `full`: after the disk has it, which makes every write several times slower.
 */
export type Synchronous = 'normal' | 'full'

/** How much of the file a connection keeps in memory at most; SQLite's own 2,000 would not hold a busy session table. */
const cacheKibibytes = 32_000

/**
 * Opens a connection and sets it up: WAL, foreign keys, a short wait for locks.
 *
 * A connection of the app is left as it is.
 *
 * @throws CardeaError `configuration_invalid` when foreign keys are off: cascades are part of what deleting means.
 */
export function openPrepared(source: SqliteSource, use: 'write' | 'read', synchronous: Synchronous): NativeDatabase {
  const database = source.open()
  try {
    if (source.owned) {
      database.exec(`pragma busy_timeout = ${busyTimeoutMilliseconds}`)
      database.exec('pragma foreign_keys = on')
      database.exec(`pragma cache_size = -${cacheKibibytes}`)
      if (use === 'read') {
        database.exec('pragma query_only = on')
      } else {
        database.exec('pragma journal_mode = wal')
        database.exec(`pragma synchronous = ${synchronous}`)
      }
    }
    if (Number(database.prepare(foreignKeysQuery, 'arrays').get([])?.[0]) !== 1) throw foreignKeysOff()
    return database
  } catch (error) {
    if (source.owned) database.close()
    throw error
  }
}

/** @throws CardeaError `configuration_invalid` when foreign keys are off on the connection. */
export async function requireForeignKeys(session: SqlSession): Promise<void> {
  const row = await session.readOne({ sql: foreignKeysQuery }, [])
  if (Number(row?.[0]) !== 1) throw foreignKeysOff()
}

const foreignKeysQuery = 'pragma foreign_keys'

const foreignKeysOff = (): CardeaError =>
  new CardeaError(
    'configuration_invalid',
    'sqlite: foreign keys are switched off on the connection; set foreign_keys = on',
  )
