import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { type SqliteOptions, sqlite } from '@cardea/kysely/sqlite'
import type { StatementEvent } from '@cardea/storage'
import { createCardea } from '../create-cardea.js'

/** A process of its own that makes, changes or drops a collection and may be killed on the way. */
interface Task {
  /** A path is one of SQLite. */
  readonly url: string
  readonly definition: { readonly name: string }
  /** What is changed of a collection that is there, or `drop`. Absent for one to be made. */
  readonly change?: object | 'drop'
  /** After which of its statements it kills itself; 0 for none. */
  readonly dieAfter: number
}

export const secret = 'a secret for processes that are killed: 0f9e8d7c'

/** Does it, or dies as by `kill -9`. @returns How many statements it took, BEGIN and COMMIT included. */
export async function workAndDie({ url, definition, change, dieAfter }: Task): Promise<number> {
  let count = 0
  let counting = false
  const log = (_event: StatementEvent): void => {
    if (!counting) return
    count += 1
    if (count === dieAfter) process.kill(process.pid, 'SIGKILL')
  }
  // However busy the machine is.
  const options = { log, statementTimeoutMilliseconds: 20_000 }
  const storage = url.startsWith('postgres') ? postgres(url, options) : sqliteOrMysql(url, options)
  const auth = createCardea({ storage, secret, environment: 'test' })
  await auth.ready()
  counting = true
  if (change === undefined) await auth.definitions.create(definition)
  else if (change === 'drop') await auth.definitions.remove(definition.name, { drop: true })
  else await auth.definitions.change(definition.name, change)
  counting = false
  await auth.close()
  return count
}

const sqliteOrMysql = (url: string, options: Pick<SqliteOptions, 'log' | 'statementTimeoutMilliseconds'>) =>
  url.startsWith('mysql') ? mysql(url, options) : sqlite(url, options)
