import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { cardeaNext } from '@cardea/next'
import createNext from 'next'
import type { Framework } from '../src/adapters/framework.js'
import { appHeader, appsKey, type FixtureApp, optionsOf } from './running'

const apps = new Map<string, FixtureApp>()
Object.assign(globalThis, { [appsKey]: apps })

/** Takes a prefix off paths, as Next does with its `basePath`. */
const mountedBelow =
  (prefix: string, inner: RequestListener): RequestListener =>
  (request, response) => {
    const { url = '/' } = request
    if (url !== prefix && !url.startsWith(`${prefix}/`)) {
      response.writeHead(404).end()
      return
    }
    request.url = url.slice(prefix.length) || '/'
    inner(request, response)
  }

export async function startNext(): Promise<Framework> {
  const server = createNext({ dev: false, dir: import.meta.dirname, quiet: true })
  await server.prepare()
  const handle = server.getRequestHandler()
  const listenerOf = (app: FixtureApp): RequestListener => {
    // An app in JavaScript would fail as it starts, not with the first request.
    cardeaNext(app.auth, optionsOf(app.options))
    const id = randomUUID()
    apps.set(id, app)
    return (request, response) => {
      request.headers[appHeader] = id
      void handle(request, response)
    }
  }
  return {
    name: 'Next.js',
    // It sends targets in absolute form, with two slashes or with a slash at their end elsewhere, and fails for those that cannot be
    // decoded and for methods that `Request` does not take.
    ownRefusals: [308, 500],
    // What Node makes of several is all that Next hands on.
    hidesSecondCredential: true,
    listener: (auth, options) => {
      const listener = listenerOf({ auth, options })
      return options.below === undefined ? listener : mountedBelow(options.below, listener)
    },
    withTwo: (first, second) => listenerOf({ auth: first, second, options: {} }),
  }
}
