import { createServer } from 'node:http'
import { createHandler } from '@cardea/http'
import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import { getRequestListener } from '@hono/node-server'
import { createCardea } from 'cardea'

const environment = process.env
const url = environment['DATABASE_URL'] ?? ''
const storage = url.startsWith('sqlite:')
  ? sqlite(url.slice('sqlite:'.length))
  : url.startsWith('mysql')
    ? mysql(url)
    : postgres(url)

/** A node that signs with key pairs. A POST to /rotate makes the next one, to sign at once. */
const auth = createCardea({
  storage,
  secret: environment['CARDEA_SECRET'],
  baseUrl: 'http://localhost:3000',
  sessions: { accessTokens: { algorithm: 'EdDSA' } },
  passwords: { memoryKibibytes: 64, iterations: 1 },
  logger: { info: () => undefined, warn: () => undefined, error: (message) => process.stderr.write(`${message}\n`) },
})
await auth.migrate()
const handler = createHandler(auth, { rateLimits: 'off' })
const listener = getRequestListener(
  async (request) =>
    new URL(request.url).pathname === '/rotate'
      ? Response.json(await auth.keys.rotate({ now: true }))
      : await handler(request),
  { overrideGlobalObjects: false, autoCleanupIncoming: false },
)
const server = createServer((request, response) => {
  void listener(request, response)
})
server.listen(0, () => {
  const address = server.address()
  // The line that a demo server prints. Its first request is what makes it ready.
  process.stdout.write(`listening on http://localhost:${typeof address === 'object' ? address?.port : ''}\n`)
})
process.once('SIGTERM', () => {
  server.close(() => void auth.close().then(() => process.exit(0)))
  server.closeIdleConnections()
})
