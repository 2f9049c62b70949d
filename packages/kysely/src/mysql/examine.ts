import type { Finding, StorageExamination } from '@cardea/storage'
import type { SqlSession } from '../driver/sql-driver.js'
import { toServer } from './server.js'

const query = `
select version() as c0,
  timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) div 1000 as c1,
  @@global.read_only as c2,
  @@global.innodb_flush_log_at_trx_commit as c3,
  concat(database(), ' at ', @@hostname, ':', @@port) as c4`

/** Looks at the settings of MySQL or MariaDB. */
export async function examineMysql(session: SqlSession): Promise<StorageExamination> {
  const [version, now, readOnly, flush, place] = (await session.readOne({ sql: query }, [])) ?? []
  const { isMariaDb } = toServer(String(version))
  const number = /^[\d.]+/.exec(String(version))?.[0] ?? String(version)
  return {
    version: `${isMariaDb ? 'MariaDB' : 'MySQL'} ${number}`,
    place: `database ${String(place)}`,
    now: Number(now),
    findings: [writableFinding(Number(readOnly) !== 0), durabilityFinding(Number(flush))],
  }
}

function writableFinding(readOnly: boolean): Finding {
  const name = 'writable'
  if (!readOnly) return { name, status: 'ok', message: 'the server takes writes' }
  const advice = 'connect to the primary server, or set read_only to 0'
  return { name, status: 'problem', message: 'the server takes no writes, as a replica', advice }
}

/** With 1, what was committed is on the disk; with 0 and 2 it is there a second later. */
function durabilityFinding(flush: number): Finding {
  const name = 'durability'
  if (flush === 1) return { name, status: 'ok', message: 'what was committed survives a crash' }
  const message = `innodb_flush_log_at_trx_commit is ${flush}: a crash loses what was committed last, such as a logout`
  return { name, status: 'warning', message, advice: 'set innodb_flush_log_at_trx_commit to 1' }
}
