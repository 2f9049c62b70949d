import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { isCardeaError } from 'cardea'
import type { AppAuth } from './admin.ts'
import type { Demo } from './demo.ts'
import { EnvironmentError } from './environment.ts'
import { printHints } from './hints.ts'
import type { Nodes } from './nodes.ts'

/** Serves an app at PORT until the process is told to end. */
export function serve(
  app: RequestListener,
  { environment, database }: Demo,
  { auth, nodes }: { readonly auth: AppAuth; readonly nodes: Nodes | undefined },
): void {
  let stopping = false
  const underWay = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    if (stopping) response.setHeader('Connection', 'close')
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
    app(request, response)
  })
  server.listen(environment.port, () => {
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : environment.port
    if (!environment.production) printHints(`http://localhost:${port}`, environment)
    console.log(`listening on http://localhost:${port}`)
  })
  server.on('error', (error: NodeJS.ErrnoException) => {
    fail(error.code === 'EADDRINUSE' ? `PORT ${environment.port} is in use; set PORT to a free one` : error.message)
  })

  // Mails that failed while no request came, and rows that are over. It does not keep the process alive.
  setInterval(() => void auth.jobs.run().catch(() => undefined), 3_600_000).unref()

  const stop = (): void => {
    stopping = true
    for (const response of underWay) if (!response.headersSent) response.setHeader('Connection', 'close')
    server.close(() => {
      nodes?.close()
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

/** Runs a demo, and ends it with one line where a variable is wrong. */
export function run(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    if (error instanceof EnvironmentError) fail(error.message)
    if (!isCardeaError(error)) throw error
    const option = Object.keys(variables).find((name) => error.message.includes(name))
    const variable = error.code === 'unavailable' ? 'DATABASE_URL' : variables[option ?? '']
    const cause = error.code === 'unavailable' && error.cause instanceof Error ? ` (${error.cause.message})` : ''
    fail(`${variable === undefined ? '' : `${variable}: `}${error.message}${cause}`)
  })
}
