import { type Contender, interleave } from '../measure/interleave.ts'
import { asPercent, judge, nameProcessorTime, relation, toRow, under } from '../report/rows.ts'
import { buildNextApp } from '../servers/cardea-next-app.ts'
import { expectStatus } from '../servers/expect-status.ts'
import type { CardeaFramework, ServerOrder } from '../servers/message.ts'
import { type RunningServer, startServer } from '../servers/start-server.ts'
import type { World } from '../world/world.ts'
import type { Part } from './context.ts'

const connections = 16

/** A framework that Cardea guards routes of, and how much of a route's throughput a guard is to leave. */
interface Framework {
  readonly framework: CardeaFramework
  readonly name: string
  readonly strict?: number
  readonly stateless?: number
}

const frameworks: readonly Framework[] = [
  { framework: 'hono', name: 'Hono', strict: 0.45, stateless: 0.8 },
  { framework: 'express', name: 'Express', strict: 0.6, stateless: 0.85 },
  // What Next itself does with a request takes far longer than a guard: no budget says how much is left.
  { framework: 'next', name: 'Next.js' },
]

interface Route {
  readonly name: string
  readonly server: RunningServer
  readonly path: string
  readonly headers: readonly Readonly<Record<string, string>>[]
  /** The unguarded route that it is compared with: under the same headers. */
  readonly of?: string
  /** What its guard is to leave of that. */
  readonly atLeast?: number
}

/** What a guard leaves of a route's throughput over HTTP. */
export const guardedRoute: Part = {
  name: 'http',
  run: async ({ scale, world, load }) => {
    buildNextApp()
    const { cardea, betterAuth, folder } = await world()
    const routes: Route[] = []
    const servers: RunningServer[] = []
    const start = async (order: ServerOrder): Promise<RunningServer> => {
      const server = await startServer(order)
      servers.push(server)
      return server
    }
    try {
      for (const framework of frameworks) routes.push(...(await routesOfCardea(framework, cardea, start)))
      routes.push(...(await routesOfBetterAuth(betterAuth, start)))
      for (const { server, path, headers } of routes) {
        for (const each of headers.slice(0, 2)) await expectStatus(`${server.url}${path}`, each, 200)
        if (path === '/open' || path === '/empty') continue
        await expectStatus(`${server.url}${path}`, {}, 401)
        await expectStatus(`${server.url}/denied`, headers[0] ?? {}, 403)
      }
      const usage = new Map<string, number[]>(routes.map(({ name }) => [name, []]))
      const contender = ({ name, server, path, headers }: Route): Contender => ({
        name,
        turn: async (counts) => {
          const before = await server.cpuMicroseconds()
          const url = `${server.url}${path}`
          const { requests, requestsPerSecond } = await load.run({
            url,
            headers,
            connections,
            seconds: scale.httpSeconds,
            folder,
          })
          if (counts) usage.get(name)?.push(((await server.cpuMicroseconds()) - before) / requests)
          return requestsPerSecond
        },
      })
      const schedule = { rounds: scale.httpRounds, warmUp: scale.judged }
      const measured = await interleave(routes.map(contender), schedule)
      return {
        name: 'http',
        title: `A guarded route of ${frameworks.map(({ name }) => name).join(', ')} over HTTP, ${connections} connections, by ${load.name}`,
        rows: [
          ...routes.map(({ name, of }) => toRow(measured, name, 'req/s', of)),
          ...routes.map(({ name, of }) => nameProcessorTime(toRow(usage, name, 'µs', of))),
        ],
        verdicts: under(
          'route',
          routes.flatMap(({ name, of, atLeast }) =>
            of === undefined || atLeast === undefined
              ? []
              : [
                  judge(
                    `${name} ≥ ${asPercent(atLeast)} of unguarded`,
                    relation(measured, name, of),
                    { atLeast },
                    scale.judged,
                    asPercent,
                  ),
                ],
          ),
        ),
        notes: [
          'an empty middleware calls next() and nothing else: what it costs is the framework’s, and no guard can give it back',
          'processor time is that of the server per request; it moves less with what else the machine does; where it contradicts the rates, the machine was busy',
          'each server is a process of its own; the unguarded route gets the same headers, and answers the same bytes',
        ],
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()))
    }
  },
}

type Start = (order: ServerOrder) => Promise<RunningServer>

const least = (atLeast: number | undefined) => (atLeast === undefined ? {} : { atLeast })

async function routesOfCardea(
  { framework, name, strict: strictShare, stateless: statelessShare }: Framework,
  { callers, file }: World['cardea'],
  start: Start,
): Promise<readonly Route[]> {
  const strict = await start({ library: 'cardea', file, framework, mode: 'strict' })
  const stateless = await start({ library: 'cardea', file, framework, mode: 'stateless' })
  const cookies = callers.map(({ cookie }) => ({ cookie }))
  const tokens = callers.map(({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }))
  const cookie = `${name}, unguarded, cookie`
  const token = `${name}, unguarded, token`
  const guarded = { path: '/guarded', of: token, headers: tokens }
  return [
    { name: cookie, server: strict, path: '/open', headers: cookies },
    { ...guarded, name: `${name}, strict cookie`, server: strict, headers: cookies, of: cookie, ...least(strictShare) },
    { name: token, server: stateless, path: '/open', headers: tokens },
    { name: `${name}, an empty middleware`, server: stateless, path: '/empty', headers: tokens, of: token },
    { ...guarded, name: `${name}, strict token`, server: strict, ...least(strictShare) },
    { ...guarded, name: `${name}, stateless token`, server: stateless, ...least(statelessShare) },
  ]
}

async function routesOfBetterAuth({ callers, file }: World['betterAuth'], start: Start): Promise<readonly Route[]> {
  const peer = { library: 'better-auth', file, hasher: 'scrypt' } as const
  const other = await start({ ...peer, cookieCache: false })
  const caching = await start({ ...peer, cookieCache: true })
  const cookies = callers.map(({ cookie }) => ({ cookie }))
  const cached = callers.map(({ cachedCookie }) => ({ cookie: cachedCookie }))
  const unguarded = 'better-auth on Hono, unguarded'
  const unguardedCached = 'better-auth on Hono, unguarded, cookie cache'
  return [
    { name: unguarded, server: other, path: '/open', headers: cookies },
    { name: 'better-auth, permission', server: other, path: '/guarded', headers: cookies, of: unguarded },
    { name: 'better-auth, session alone', server: other, path: '/signed-in', headers: cookies, of: unguarded },
    { name: unguardedCached, server: caching, path: '/open', headers: cached },
    {
      name: 'better-auth, session alone, cookie cache',
      server: caching,
      path: '/signed-in',
      headers: cached,
      of: unguardedCached,
    },
  ]
}
