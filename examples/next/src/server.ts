import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openDemo, openNodes, prepare, run, serve } from '@cardea-examples/shared'
import { answerOdd, isOdd } from './odd-requests.ts'
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
  const next = createNext({ dev: false, dir })
  await next.prepare()
  const handle = next.getRequestHandler()
  const listener = (...[request, response]: Parameters<typeof handle>) => {
    request.headers[socketAddress] = request.socket.remoteAddress ?? ''
    void (isOdd(request) ? answerOdd(running, request, response) : handle(request, response))
  }
  serve(listener, demo, running)
})
