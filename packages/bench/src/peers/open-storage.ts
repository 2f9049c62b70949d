import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { type SqliteOptions, sqlite } from '@cardea/kysely/sqlite'
import type { Storage } from 'cardea'

/** What takes long is measured, too, rather than given up. */
const statementTimeoutMilliseconds = 60_000

/** @param location The path of a file, or the URL of a server. */
export function openStorage(location: string, { log }: Pick<SqliteOptions, 'log'> = {}): Storage {
  const options = log === undefined ? {} : { log }
  if (location.startsWith('postgres')) return postgres(location, { ...options, statementTimeoutMilliseconds })
  if (location.startsWith('mysql')) return mysql(location, { ...options, statementTimeoutMilliseconds })
  return sqlite(location, options)
}
