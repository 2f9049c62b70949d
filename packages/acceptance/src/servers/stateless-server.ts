import { createServer } from 'node:http'
import { createHandler } from '@cardea/http'
import { mysql } from '@cardea/kysely/mysql'
import { postgres, postgresHints } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import { getRequestListener } from '@hono/node-server'
import { createCardea, type Storage } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'

const environment = process.env
const url = environment['DATABASE_URL'] ?? ''

function open(): Storage {
  if (url.startsWith('sqlite:')) return sqlite(url.slice('sqlite:'.length))
  return url.startsWith('postgres') ? postgres(url) : mysql(url)
}

/**
 * A node that trusts access tokens without a look at the session. HINTS is the channel by which PostgreSQL tells it of
 * changes; none without. A POST to /clock?milliseconds= puts its clock forward.
 */
let offset = 0
const channel = environment['HINTS']
const hints = channel === undefined ? undefined : postgresHints(url, { channel })
const auth = createCardea({
  ...cmsPreset,
  storage: open(),
  secret: environment['CARDEA_SECRET'],
  baseUrl: 'http://localhost:3000',
  environment: 'test',
  passwords: { memoryKibibytes: 8, iterations: 1 },
  sessions: { mode: 'stateless' },
  clock: () => Date.now() + offset,
  hints,
  logger: { info: () => undefined, warn: () => undefined, error: (message) => process.stderr.write(`${message}\n`) },
})
await auth.migrate()
await auth.ready()
const [email, password] = [environment['ADMIN_EMAIL'] ?? '', environment['ADMIN_PASSWORD'] ?? '']
if (!(await auth.permissions.hasAdmin())) {
  await auth.createFirstAdmin({ email, password, username: 'admin', name: 'Administrator' })
}
const handler = createHandler(auth, { rateLimits: 'off' })
const respond = (request: Request): Response | Promise<Response> => {
  const { pathname, searchParams } = new URL(request.url)
  if (pathname !== '/clock') return handler(request)
  offset += Number(searchParams.get('milliseconds'))
  return Response.json({ offset })
}
const listener = getRequestListener(respond, { overrideGlobalObjects: false, autoCleanupIncoming: false })
const server = createServer((request, response) => {
  void listener(request, response)
})
server.listen(0, () => {
  const address = server.address()
  // The line that a demo server prints.
  process.stdout.write(`listening on http://localhost:${typeof address === 'object' ? address?.port : ''}\n`)
})
process.once('SIGTERM', () => {
  server.close(() => {
    void auth.close().then(() => {
      hints?.close()
      process.exit(0)
    })
  })
  server.closeIdleConnections()
})
