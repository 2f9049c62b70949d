import { createServer } from 'node:http'
import { createHandler } from '@cardea/http'
import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import { getRequestListener } from '@hono/node-server'
import { createCardea, defineCollection, type Storage } from 'cardea'

const environment = process.env

function open(url: string): Storage {
  if (url.startsWith('sqlite:')) return sqlite(url.slice('sqlite:'.length))
  return url.startsWith('postgres') ? postgres(url) : mysql(url)
}

/** A node whose clock goes wrong by CLOCK_OFFSET_SECONDS. It prints the type of each event of security. */
const offset = Number(environment['CLOCK_OFFSET_SECONDS'] ?? 0) * 1_000
const auth = createCardea({
  storage: open(environment['DATABASE_URL'] ?? ''),
  secret: environment['CARDEA_SECRET'],
  baseUrl: 'http://localhost:3000',
  environment: 'test',
  passwords: { memoryKibibytes: 8, iterations: 1 },
  collections: [defineCollection('customers', { type: 'auth' })],
  clock: () => Date.now() + offset,
  onEvent: ({ type }) => void process.stdout.write(`event ${type}\n`),
})
await auth.migrate()
await auth.ready()
const handler = createHandler(auth, { rateLimits: 'off' })
const listener = getRequestListener((request) => handler(request), {
  overrideGlobalObjects: false,
  autoCleanupIncoming: false,
})
const server = createServer((request, response) => {
  void listener(request, response)
})
server.listen(0, () => {
  const address = server.address()
  // The line that a demo server prints.
  process.stdout.write(`listening on http://localhost:${typeof address === 'object' ? address?.port : ''}\n`)
})
process.once('SIGTERM', () => {
  server.close(() => void auth.close().then(() => process.exit(0)))
  server.closeIdleConnections()
})
