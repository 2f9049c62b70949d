import { createServer } from 'node:http'
import { createHandler } from '@cardea/http'
import { sqlite } from '@cardea/kysely/sqlite'
import { getRequestListener } from '@hono/node-server'
import { createCardea, createMailbox, defineCollection, text } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'

/** The part of better-sqlite3, which is loaded as an app hands it in, that is used here. */
type BetterConstructor = new (
  path: string,
) => { prepare(sql: string): unknown; exec(sql: string): unknown; close(): void }

const environment = process.env
const { default: Better } = (await import(String('better-sqlite3'))) as { readonly default: BetterConstructor }
const database = new Better((environment['DATABASE_URL'] ?? '').replace('sqlite:', ''))

const mailbox = createMailbox()

/** The demo server’s routes for users, on the other SQLite library: the demo itself uses the one that is part of Node. */
const auth = createCardea({
  ...cmsPreset,
  storage: sqlite(database),
  secret: environment['CARDEA_SECRET'],
  baseUrl: 'http://localhost:3000',
  mail: { transport: mailbox.send, from: 'demo@example.com' },
  collections: [defineCollection('customers', { type: 'auth', fields: { company: text({ optional: true }) } })],
})
await auth.migrate()
await auth.ready()
const handler = createHandler(auth, { rateLimits: 'off' })
const respond = (request: Request): Response | Promise<Response> =>
  new URL(request.url).pathname === '/dev/mailbox' ? Response.json(mailbox.list()) : handler(request)
const listener = getRequestListener(respond, {
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
  server.close(() => {
    void auth.close().then(() => {
      database.close()
      process.exit(0)
    })
  })
  server.closeIdleConnections()
})
