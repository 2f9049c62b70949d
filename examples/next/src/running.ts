import { type CardeaNext, cardeaNext } from '@cardea/next'
import { type Demo, httpOptions, type Nodes, openDemo } from '@cardea-examples/shared'
import { type AppPermission, type Auth, openAuth } from './auth.ts'

/** What this process runs. */
export interface Running {
  readonly demo: Demo
  readonly nodes: Nodes | undefined
  readonly auth: Auth
  readonly cardea: CardeaNext<AppPermission>
}

/** The header in which the server hands over where a request came from, in place of whatever a client has put there. */
export const socketAddress = 'x-socket-address'

export function openRunning(demo: Demo, nodes?: Nodes): Running {
  const auth = openAuth(demo, nodes)
  const clientAddress = (headers: Pick<Headers, 'get'>) => headers.get(socketAddress)
  return { demo, nodes, auth, cardea: cardeaNext(auth, { ...httpOptions(demo.environment, nodes), clientAddress }) }
}

/** The server, the routes and the pages are bundled apart, each with modules of its own: they meet where all of a process do. */
const shared = globalThis as { cardeaExample?: Running }

export const keepRunning = (running: Running): Running => (shared.cardeaExample = running)

/** What the server has opened before it starts Next. `next build`, which asks nobody who he is, has a stand-in. */
export function findRunning(): Running {
  const standIn = {
    NODE_ENV: 'production',
    BASE_URL: 'http://localhost',
    CARDEA_SECRET: '-',
    DATABASE_URL: 'sqlite::memory:',
  }
  return shared.cardeaExample ?? openRunning(openDemo(standIn as NodeJS.ProcessEnv))
}
