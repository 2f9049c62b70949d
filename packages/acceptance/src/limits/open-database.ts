import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import { createCardea } from 'cardea'
import type { OpenStore } from './counter.js'

const options = { poolSize: 5 }

const storageOf = (url: string) => {
  if (url.startsWith('sqlite:')) return sqlite(url.slice('sqlite:'.length))
  return url.startsWith('mysql:') ? mysql(url, options) : postgres(url, options)
}

/** Counts in the database of an instance. */
export const openStore: OpenStore = async (url) => {
  const auth = createCardea({
    storage: storageOf(url),
    secret: 'a secret of the tests, long enough for them',
    baseUrl: 'https://app.test',
  })
  await auth.migrate()
  return { store: auth.rateLimitStore, close: () => auth.close() }
}
