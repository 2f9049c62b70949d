import { type Contender, interleave } from '../measure/interleave.ts'
import { asPercent, judge, nameProcessorTime, relation, toRow, under } from '../report/rows.ts'
import { expectStatus } from '../servers/expect-status.ts'
import { type RunningServer, startServer } from '../servers/start-server.ts'
import type { Part } from './context.ts'

const connections = 16

/** The unguarded routes, each under the same headers as those that it is compared with. */
const unguarded = {
  cookie: 'Cardea, unguarded, cookie',
  token: 'Cardea, unguarded, token',
  expressCookie: 'Cardea on Express, unguarded, cookie',
  expressToken: 'Cardea on Express, unguarded, token',
  theirs: 'better-auth, unguarded',
  cached: 'better-auth, unguarded, cookie cache',
} as const

interface Route {
  readonly name: string
  readonly server: RunningServer
  readonly path: string
  readonly headers: readonly Readonly<Record<string, string>>[]
  /** The unguarded route that it is compared with. */
  readonly of?: string
}

/** What a guard leaves of a route's throughput over HTTP. */
export const guardedRoute: Part = {
  name: 'http',
  run: async ({ scale, world, load }) => {
    const { cardea, betterAuth, folder } = await world()
    const peer = { library: 'better-auth', file: betterAuth.file, hasher: 'scrypt' } as const
    const strict = await startServer({ library: 'cardea', file: cardea.file, mode: 'strict' })
    const stateless = await startServer({ library: 'cardea', file: cardea.file, mode: 'stateless' })
    const express = { library: 'cardea', file: cardea.file, framework: 'express' } as const
    const strictExpress = await startServer({ ...express, mode: 'strict' })
    const statelessExpress = await startServer({ ...express, mode: 'stateless' })
    const other = await startServer({ ...peer, cookieCache: false })
    const caching = await startServer({ ...peer, cookieCache: true })
    const servers = [strict, stateless, strictExpress, statelessExpress, other, caching]
    const cookies = cardea.callers.map(({ cookie }) => ({ cookie }))
    const tokens = cardea.callers.map(({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }))
    const theirs = betterAuth.callers.map(({ cookie }) => ({ cookie }))
    const cached = betterAuth.callers.map(({ cachedCookie }) => ({ cookie: cachedCookie }))
    const routes: readonly Route[] = [
      { name: unguarded.cookie, server: strict, path: '/open', headers: cookies },
      { name: 'Cardea, strict cookie', server: strict, path: '/guarded', headers: cookies, of: unguarded.cookie },
      { name: 'Cardea, strict token', server: strict, path: '/guarded', headers: tokens, of: unguarded.token },
      { name: unguarded.token, server: stateless, path: '/open', headers: tokens },
      {
        name: 'Hono, an empty middleware',
        server: stateless,
        path: '/empty',
        headers: tokens,
        of: unguarded.token,
      },
      { name: 'Cardea, stateless token', server: stateless, path: '/guarded', headers: tokens, of: unguarded.token },
      { name: unguarded.expressCookie, server: strictExpress, path: '/open', headers: cookies },
      {
        name: 'Cardea on Express, strict cookie',
        server: strictExpress,
        path: '/guarded',
        headers: cookies,
        of: unguarded.expressCookie,
      },
      { name: unguarded.expressToken, server: statelessExpress, path: '/open', headers: tokens },
      {
        name: 'Express, an empty middleware',
        server: statelessExpress,
        path: '/empty',
        headers: tokens,
        of: unguarded.expressToken,
      },
      {
        name: 'Cardea on Express, strict token',
        server: strictExpress,
        path: '/guarded',
        headers: tokens,
        of: unguarded.expressToken,
      },
      {
        name: 'Cardea on Express, stateless token',
        server: statelessExpress,
        path: '/guarded',
        headers: tokens,
        of: unguarded.expressToken,
      },
      { name: unguarded.theirs, server: other, path: '/open', headers: theirs },
      { name: 'better-auth, permission', server: other, path: '/guarded', headers: theirs, of: unguarded.theirs },
      { name: 'better-auth, session alone', server: other, path: '/signed-in', headers: theirs, of: unguarded.theirs },
      { name: unguarded.cached, server: caching, path: '/open', headers: cached },
      {
        name: 'better-auth, session alone, cookie cache',
        server: caching,
        path: '/signed-in',
        headers: cached,
        of: unguarded.cached,
      },
    ]
    try {
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
      const verdict = (budget: string, name: string, of: string, atLeast: number) =>
        judge(budget, relation(measured, name, of), { atLeast }, scale.judged, asPercent)
      return {
        name: 'http',
        title: `A guarded route of Hono and of Express over HTTP, ${connections} connections, by ${load.name}`,
        rows: [
          ...routes.map(({ name, of }) => toRow(measured, name, 'req/s', of)),
          ...routes.map(({ name, of }) => nameProcessorTime(toRow(usage, name, 'µs', of))),
        ],
        verdicts: under('route', [
          verdict('strict cookie ≥ 45 % of unguarded', 'Cardea, strict cookie', unguarded.cookie, 0.45),
          verdict('strict token ≥ 45 % of unguarded', 'Cardea, strict token', unguarded.token, 0.45),
          verdict('stateless ≥ 80 % of unguarded', 'Cardea, stateless token', unguarded.token, 0.8),
          verdict(
            'Express, strict cookie ≥ 60 % of unguarded',
            'Cardea on Express, strict cookie',
            unguarded.expressCookie,
            0.6,
          ),
          verdict(
            'Express, strict token ≥ 60 % of unguarded',
            'Cardea on Express, strict token',
            unguarded.expressToken,
            0.6,
          ),
          verdict(
            'Express, stateless ≥ 85 % of unguarded',
            'Cardea on Express, stateless token',
            unguarded.expressToken,
            0.85,
          ),
        ]),
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
