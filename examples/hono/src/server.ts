import { createServer } from 'node:http'
import { cardeaHono } from '@cardea/hono'
import { getRequestListener } from '@hono/node-server'
import { isCardeaError } from 'cardea'
import { Hono } from 'hono'
import { ensureAdmin } from './admin.ts'
import { openAuth } from './auth.ts'
import { createAppTables, openDatabase } from './database.ts'
import { EnvironmentError, readEnvironment } from './environment.ts'
import { printHints } from './hints.ts'
import { openMail } from './mail.ts'
import { readProviders } from './oauth.ts'
import { posts } from './posts.ts'
import { openShared } from './shared.ts'

async function main(): Promise<void> {
  const environment = readEnvironment(process.env)
  const database = openDatabase(environment.databaseUrl)
  const mail = openMail(environment)
  const oauth = readProviders(process.env)
  const shared = await openShared(environment)
  const auth = openAuth(environment, database, { mail: mail.options, oauth, hints: shared?.hints })
  await auth.migrate()
  await createAppTables(database)
  await ensureAdmin(auth, environment.admin)
  await auth.ready()

  const cardea = cardeaHono(auth, {
    rateLimits: environment.rateLimits,
    ...(shared?.rateLimits === undefined ? {} : { rateLimitStore: shared.rateLimits }),
    ...(environment.trustProxy === undefined ? {} : { trustProxy: environment.trustProxy }),
  })
  const app = new Hono()
  let stopping = false
  app.use(async (c, next) => {
    await next()
    if (stopping) c.header('Connection', 'close')
  })
  app.get('/', (c) => c.json({ name: 'Cardea demo', api: auth.config.basePath, posts: '/posts' }))
  app.get(`${auth.config.basePath}/media`, cardea.requirePermission('media:read'), (c) => c.json([]))
  app.route('/posts', posts(database.app, cardea))
  const { mailbox } = mail
  // Whoever reads it can take over any account, so there is none in production.
  if (mailbox !== undefined)
    app.get('/dev/mailbox', (c) => c.json(mailbox.list(), 200, { 'Cache-Control': 'no-store' }))
  app.use(cardea.mount)
  app.notFound(cardea.notFound)
  app.onError(cardea.onError)

  // Mails that failed while no request came, and rows that are over. It does not keep the process alive.
  setInterval(() => void auth.jobs.run().catch(() => undefined), 3_600_000).unref()

  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler: cardea.unreadable })
  // It deals with its own failures.
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  server.listen(environment.port, () => {
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : environment.port
    if (!environment.production) printHints(`http://localhost:${port}`, environment)
    console.log(`listening on http://localhost:${port}`)
  })
  server.on('error', (error: NodeJS.ErrnoException) => {
    fail(error.code === 'EADDRINUSE' ? `PORT ${environment.port} is in use; set PORT to a free one` : error.message)
  })

  const stop = (): void => {
    stopping = true
    server.close(() => {
      shared?.close()
      void Promise.all([auth.close(), database.app.destroy()]).then(() => process.exit(0))
    })
    // Requests under way are answered; connections that then stay open, or never finish, do not hold the process up.
    setInterval(() => server.closeIdleConnections(), 50).unref()
    setTimeout(() => server.closeAllConnections(), 5_000).unref()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

/** Which variable an option comes from, so that a bad value is named as the user gave it. */
const variables: Readonly<Record<string, string>> = {
  secret: 'CARDEA_SECRET',
  baseUrl: 'BASE_URL',
  cookieName: 'COOKIE_NAME',
  trustProxy: 'TRUST_PROXY',
  'mail.transport': 'SMTP_URL',
  'mail.from': 'MAIL_FROM',
}

main().catch((error: unknown) => {
  if (error instanceof EnvironmentError) fail(error.message)
  if (!isCardeaError(error)) throw error
  if (error.code === 'weak_password') fail(`ADMIN_PASSWORD ${error.issues?.[0]?.message ?? error.message}`)
  const option = Object.keys(variables).find((name) => error.message.includes(name))
  const variable = error.code === 'unavailable' ? 'DATABASE_URL' : variables[option ?? '']
  const cause = error.code === 'unavailable' && error.cause instanceof Error ? ` (${error.cause.message})` : ''
  fail(`${variable === undefined ? '' : `${variable}: `}${error.message}${cause}`)
})
