import { openDemo, openNodes, prepare, run, serve } from '@cardea-examples/shared'
import { keepRunning, openRunning } from './running.ts'
import { handOverAddress } from './socket-address.ts'

run(async () => {
  const demo = openDemo(process.env)
  const running = openRunning(demo, await openNodes(demo.environment))
  await prepare(running.auth, demo)
  keepRunning(running)

  // Loaded last, since it takes its time: what is wrong with a variable or the database is told before.
  const { startNext } = await import('./start-next.ts')
  const handle = await startNext()
  const listener = (...[request, response]: Parameters<typeof handle>) => {
    handOverAddress(request)
    void handle(request, response)
  }
  serve(listener, demo, running)
})
