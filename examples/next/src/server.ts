import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { openDemo, openNodes, prepare, run, serve } from '@cardea-examples/shared'
import { answerOdd, isOdd, pathOf } from './odd-requests.ts'
import { keepRunning, openRunning, socketAddress } from './running.ts'

const dir = join(import.meta.dirname, '..')

run(async () => {
  const demo = openDemo(process.env)
  const running = keepRunning(openRunning(demo, await openNodes(demo.environment)))
  await prepare(running.auth, demo)

  // Last, since it takes its time: what is wrong with a variable or the database is told before.
  if (!existsSync(join(dir, '.next/BUILD_ID')))
    execFileSync('npm', ['run', 'build:pages'], { cwd: dir, stdio: 'inherit' })
  const { default: createNext } = await import('next')
  // Next listens for upgrades, and leaves those that it does not know unanswered, HTTP/2 among them. Nothing here takes any:
  // it listens where none arrive, so that Node answers such requests as if they had not asked.
  const next = createNext({ dev: false, dir, httpServer: createServer() })
  await next.prepare()
  const handle = next.getRequestHandler()
  const listener = (...[request, response]: Parameters<typeof handle>) => {
    request.url = pathOf(request.url)
    request.headers[socketAddress] = request.socket.remoteAddress ?? ''
    void (isOdd(request) ? answerOdd(running, request, response) : handle(request, response))
  }
  serve(listener, demo, running)
})
