import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import { createCardea } from '../create-cardea.js'
import { secret } from '../testing.fixture.js'

/** A process of its own that sends what is due. */
interface Task {
  /** A path is one of SQLite. */
  readonly url: string
  /** Which mail it dies in the midst of, as by `kill -9`; 0 for none. */
  readonly dieAt: number
}

/** Says the texts of what it sends on the standard output, once all is sent or it dies. */
export async function sendJobs({ url, dieAt }: Task): Promise<void> {
  const storage = storageOf(url)
  let count = 0
  const auth = createCardea({
    storage,
    secret,
    environment: 'test',
    logger: { info: () => undefined, warn: () => undefined, error: (...words) => process.stderr.write(String(words)) },
    mail: {
      from: 'no-reply@app.test',
      transport: async ({ to }) => {
        count += 1
        if (count === dieAt) process.kill(process.pid, 'SIGKILL')
        process.stdout.write(`${to}\n`)
      },
    },
  })
  await auth.jobs.run({ limit: 1_000 })
  await auth.close()
}

function storageOf(url: string) {
  // However busy the machine is.
  const options = { statementTimeoutMilliseconds: 20_000 }
  if (url.startsWith('postgres')) return postgres(url, options)
  return url.startsWith('mysql') ? mysql(url, options) : sqlite(url, options)
}
