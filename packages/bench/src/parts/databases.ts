import { createCallers } from '../measure/calls.ts'
import { type Contender, interleave } from '../measure/interleave.ts'
import type { Scale } from '../measure/scale.ts'
import { openBetterAuth } from '../peers/open-better-auth.ts'
import type { Row } from '../report/part.ts'
import { toRow } from '../report/rows.ts'
import { expectStatus } from '../servers/expect-status.ts'
import { startServer } from '../servers/start-server.ts'
import { createServerWorld, type ServerWorld } from '../world/server-world.ts'
import { type SqlKind, sqlKinds } from '../world/sql-target.ts'
import { checkSessionAndPermission, requireSessionRefusals } from './better-auth-calls.ts'
import { guardByHeaders } from './cardea-calls.ts'
import type { Part, PartContext } from './context.ts'

const connections = 16

/** So few that signing all of them in takes a moment. */
const mostCallers = 200

/** Session and permission on the servers that most apps have, in process and over HTTP. */
export const databases: Part = {
  name: 'databases',
  run: async (context) => {
    const rows: Row[] = []
    const missing: string[] = []
    for (const kind of sqlKinds.filter(({ name }) => name !== 'SQLite')) {
      const found = await measure(kind, context)
      if (found === undefined) missing.push(kind.name)
      else rows.push(...found)
    }
    return {
      name: 'databases',
      title: 'Session and permission check on PostgreSQL and MySQL or MariaDB',
      rows,
      verdicts: [],
      notes: [
        `in process one after the other, so that each waits for the server; over HTTP by Hono, ${connections} connections, of the same route unguarded`,
        'each library has its own database on the same server, and its own pool of connections as it comes',
        ...(missing.length === 0 ? [] : [`no server of ${missing.join(' and ')} answered`]),
      ],
    }
  },
}

async function measure(kind: SqlKind, context: PartContext): Promise<readonly Row[] | undefined> {
  const { scale } = context
  const size = { users: scale.users, sessions: scale.sessions, callers: Math.min(mostCallers, scale.callers) }
  const world = await createServerWorld(kind, size)
  if (world === undefined) return undefined
  try {
    const inProcess = await measureInProcess(kind.name, world, scale)
    return [...inProcess, ...(await measureOverHttp(kind.name, world, context))]
  } finally {
    await world.cardea.close()
    await world.betterAuth.drop()
  }
}

const cookiesOf = ({ cardea }: ServerWorld) =>
  cardea.callers.map(({ cookieToken, userId }) => ({
    userId,
    cookieToken,
    cookie: `__Host-session=${cookieToken}`,
    accessToken: '',
  }))

async function measureInProcess(name: string, world: ServerWorld, scale: Scale): Promise<readonly Row[]> {
  const peer = openBetterAuth(world.betterAuth.location)
  const [caller] = world.betterAuth.callers
  if (caller !== undefined) await requireSessionRefusals(peer, caller)
  const ours = `${name}, Cardea, from the headers`
  const documented = `${name}, better-auth, by user id`
  const { contenders } = createCallers(
    {
      [ours]: guardByHeaders(world.cardea.auth, cookiesOf(world)),
      [documented]: checkSessionAndPermission(peer, world.betterAuth.callers, 'userId'),
    },
    scale.turnMilliseconds,
  )
  const measured = await interleave(contenders, { rounds: scale.growthRounds, warmUp: scale.judged })
  return [toRow(measured, ours, 'µs', undefined), toRow(measured, documented, 'µs', ours)]
}

async function measureOverHttp(
  name: string,
  world: ServerWorld,
  { load, scale, world: openWorld }: PartContext,
): Promise<readonly Row[]> {
  const { folder } = await openWorld()
  const ours = await startServer({ library: 'cardea', file: world.cardea.location, mode: 'strict' })
  const theirs = await startServer({
    library: 'better-auth',
    file: world.betterAuth.location,
    hasher: 'scrypt',
    cookieCache: false,
  })
  const cookies = cookiesOf(world).map(({ cookie }) => ({ cookie }))
  const others = world.betterAuth.callers.map(({ cookie }) => ({ cookie }))
  const routes = [
    { label: `${name}, Cardea, unguarded`, server: ours, path: '/open', headers: cookies },
    { label: `${name}, Cardea, strict cookie`, server: ours, path: '/guarded', headers: cookies },
    { label: `${name}, better-auth, unguarded`, server: theirs, path: '/open', headers: others },
    { label: `${name}, better-auth, permission`, server: theirs, path: '/guarded', headers: others },
  ] as const
  try {
    for (const { headers, path, server } of routes) {
      await expectStatus(`${server.url}${path}`, headers[0] ?? {}, 200)
      if (path === '/open') continue
      await expectStatus(`${server.url}${path}`, {}, 401)
      await expectStatus(`${server.url}/denied`, headers[0] ?? {}, 403)
    }
    const contenders = routes.map(({ headers, label, path, server }): Contender => {
      const target = { url: `${server.url}${path}`, headers, connections, seconds: scale.httpSeconds, folder }
      return { name: label, turn: async () => (await load.run(target)).requestsPerSecond }
    })
    const measured = await interleave(contenders, { rounds: scale.databaseRounds, warmUp: scale.judged })
    return routes.map(({ label, path }, index) =>
      toRow(measured, label, 'req/s', path === '/open' ? undefined : routes[index - 1]?.label),
    )
  } finally {
    await Promise.all([ours.stop(), theirs.stop()])
  }
}
