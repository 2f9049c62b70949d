import { type CardeaNext, cardeaNext } from '@cardea/next'
import { type Demo, httpOptions, type Nodes, openDemo } from '@cardea-examples/shared'
import { type AppPermission, type Auth, openAuth } from './auth.ts'
import { socketAddress } from './socket-address.ts'

/** What this process runs. */
export interface Running {
  readonly demo: Demo
  readonly nodes: Nodes | undefined
  readonly auth: Auth
  readonly cardea: CardeaNext<AppPermission>
}

export function openRunning(demo: Demo, nodes?: Nodes): Running {
  const auth = openAuth(demo, nodes)
  const clientAddress = (headers: Pick<Headers, 'get'>) => headers.get(socketAddress)
  return { demo, nodes, auth, cardea: cardeaNext(auth, { ...httpOptions(demo.environment, nodes), clientAddress }) }
}

/** The server, the routes and the pages are bundled apart, each with modules of its own: they meet where all of a process do. */
const shared = globalThis as { cardeaExample?: Running }

export function keepRunning(running: Running): void {
  shared.cardeaExample = running
}

/** What the server has opened before it starts Next. `next build`, which asks nobody who he is, has a stand-in. */
export function findRunning(): Running {
  const standIn = {
    NODE_ENV: 'production',
    BASE_URL: 'http://localhost',
    CARDEA_SECRET: '-',
    DATABASE_URL: 'sqlite::memory:',
  } as const
  return shared.cardeaExample ?? openRunning(openDemo(standIn))
}
