import type { Finding, StorageExamination } from '@cardea/storage'
import type { SqlSession } from '../driver/sql-driver.js'

/** Everything as text: the app may have type parsers of its own. */
const query = `
select split_part(current_setting('server_version'), ' ', 1) as c0,
  floor(extract(epoch from clock_timestamp()) * 1000)::bigint::text as c1,
  current_setting('server_encoding') as c2,
  current_setting('transaction_read_only') as c3,
  current_setting('fsync') as c4,
  current_setting('synchronous_commit') as c5,
  current_database() || coalesce(' at ' || host(inet_server_addr()) || ':' || inet_server_port(), '') as c6`

/**
 * Looks at the settings of PostgreSQL.
 *
 * @param pool The app's own pool, where there is one.
 */
export async function examinePostgres(session: SqlSession, pool: unknown): Promise<StorageExamination> {
  const row = (await session.readOne({ sql: query }, [])) ?? []
  const [version, now, encoding, readOnly, fsync, synchronousCommit, place] = row.map(String)
  return {
    version: `PostgreSQL ${version}`,
    place: `database ${place}`,
    now: Number(now),
    findings: [
      encodingFinding(encoding ?? ''),
      writableFinding(readOnly !== 'off'),
      durabilityFinding([
        ...(fsync === 'off' ? ['fsync'] : []),
        ...(synchronousCommit === 'off' ? ['synchronous_commit'] : []),
      ]),
      ...listenerFindings(pool),
    ],
  }
}

function encodingFinding(encoding: string): Finding {
  const name = 'encoding'
  if (encoding === 'UTF8') return { name, status: 'ok', message: 'it is UTF8' }
  const advice = "create the database with encoding 'UTF8'"
  return { name, status: 'problem', message: `it is ${encoding}, which cannot hold every text`, advice }
}

function writableFinding(readOnly: boolean): Finding {
  const name = 'writable'
  if (!readOnly) return { name, status: 'ok', message: 'the database takes writes' }
  const advice = 'connect to the primary server, and without default_transaction_read_only'
  return { name, status: 'problem', message: 'the database takes no writes, as on a replica', advice }
}

function durabilityFinding(off: readonly string[]): Finding {
  const name = 'durability'
  if (off.length === 0) return { name, status: 'ok', message: 'what was committed survives a crash' }
  const message = `${off.join(' and ')} is off: a crash loses what was committed last, such as a logout`
  return { name, status: 'warning', message, advice: `set ${off.join(' and ')} to on` }
}

/** An idle connection that the server closes is an error of its pool, and without a listener the end of the process. */
function listenerFindings(pool: unknown): readonly Finding[] {
  const name = 'pool errors'
  if (typeof pool !== 'object' || pool === null) return []
  const { listenerCount } = pool as { readonly listenerCount?: unknown }
  if (typeof listenerCount !== 'function') return []
  if (Number(listenerCount.call(pool, 'error')) > 0)
    return [{ name, status: 'ok', message: 'somebody listens for them' }]
  const message = 'nobody listens for them: when the server closes an idle connection, the process ends'
  return [{ name, status: 'warning', message, advice: "pool.on('error', (error) => …)" }]
}
