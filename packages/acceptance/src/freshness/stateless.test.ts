import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { firstWhereQuick, isQuick, rounds } from '@cardea/storage/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Client, clientOf } from '../client.js'
import { proofKinds, type TestDatabase } from '../databases.js'
import { adminToken } from '../define-customers.js'
import { type DemoServer, startDemo, temporaryFolder } from '../demo-server.js'
import { patience } from '../patience.js'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.js'
import { type Administration, administrationOf, register } from './administration.js'

const script = join(import.meta.dirname, '../servers/stateless-server.ts')
const count = rounds({ test: 1, ci: 2, long: 50 })
/** Well below the minute after which a change acts that nobody told of. */
const moments = { timeout: 30_000, interval: 10 }
/** What is asked: a route that needs `collections:read`, which a viewer has not. */
const asked = '/api/v1/collections'

interface World {
  readonly database: TestDatabase
  /** Administration by the node that changes. */
  readonly admin: Administration
  /** A role that somebody has, and the permission that it is given. */
  readonly role: string
  readonly permission: string
  /** How the other node answers somebody. */
  readonly ask: () => Promise<number>
  /** Puts the clock of that node forward. */
  readonly advance: (milliseconds: number) => Promise<void>
  readonly end: () => Promise<void>
}

/** Two nodes on a database, the second by way of a network of its own where the database has one. */
async function createWorld(
  kind: (typeof proofKinds)[number],
  extra: Readonly<Record<string, string>>,
  proxy?: (url: string) => Promise<string>,
): Promise<World> {
  const database = await kind.create()
  const servers: DemoServer[] = []
  const end = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()))
    await database.drop()
  }
  const start = async (url: string): Promise<Client> => {
    const server = await startDemo({ DATABASE_URL: url, ...extra }, temporaryFolder(), script)
    servers.push(server)
    return clientOf(server.url)
  }
  try {
    const changing = await start(database.url)
    const asking = await start((await proxy?.(database.url)) ?? database.url)
    const admin = administrationOf(changing, await adminToken(changing))
    const account = await register(changing, 'asker')
    const role = await admin.createRole('lookers')
    await admin.assign(account.id, role)
    return {
      database,
      admin,
      role,
      permission: await admin.permissionId('collections:read'),
      ask: async () => (await asking.get(asked, { bearer: account.bearer })).status,
      advance: async (milliseconds) => {
        await asking.post(`/clock?milliseconds=${milliseconds}`)
      },
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** Where there is little time, a server, whose network can go. */
const kinds = firstWhereQuick([...proofKinds].reverse())

describe.skipIf(isQuick()).each(kinds)('without a look at sessions, on $name', (kind) => {
  let world: World
  let proxy: TcpProxy | undefined

  beforeAll(async () => {
    world = await createWorld(kind, {}, async (url) => {
      if (kind.name === 'SQLite') return url
      const target = new URL(url)
      proxy = await startTcpProxy({ host: target.hostname, port: Number(target.port) })
      target.hostname = '127.0.0.1'
      target.port = String(proxy.port)
      return target.href
    })
  })

  afterEach(() => proxy?.set('pass'))

  afterAll(async () => {
    // There is none where it could not be made.
    await (world as World | undefined)?.end()
    await proxy?.close()
  })

  it('a change that nobody told of acts within 60 seconds', async () => {
    const { admin, role, permission, ask, advance } = world
    for (let round = 0; round < count; round += 1) {
      await advance(60_000)
      expect(await ask()).toBe(403)
      const grant = await admin.grant(role, permission)
      await advance(60_000)
      expect(await ask()).toBe(200)
      await admin.revoke(grant)
      // The answer is a minute old at most, and not asked for in between.
      await advance(30_000)
      expect(await ask()).toBe(200)
      await advance(30_000)
      expect(await ask()).toBe(403)
    }
  })

  it.skipIf(kind.name === 'SQLite')('nothing is allowed after that while the database is away', async () => {
    const { admin, role, permission, ask, advance } = world
    const grant = await admin.grant(role, permission)
    await advance(60_000)
    expect(await ask()).toBe(200)
    proxy?.set('refuse')
    await advance(60_000)
    expect([await ask(), await ask()]).toEqual([503, 503])
    await admin.revoke(grant)
    proxy?.set('pass')
    await expect.poll(ask, patience).toBe(403)
  })
})

describe.skipIf(isQuick()).each(proofKinds.filter(({ name }) => name === 'PostgreSQL'))(
  'without a look at sessions, on $name',
  (kind) => {
    let world: World

    beforeAll(async () => {
      world = await createWorld(kind, { HINTS: `fresh_${randomBytes(6).toString('hex')}` })
    })

    afterAll(async () => await (world as World | undefined)?.end())

    it('a change that the database tells of acts within moments', async () => {
      const { admin, role, permission, ask } = world
      expect(await ask()).toBe(403)
      for (let round = 0; round < count; round += 1) {
        const grant = await admin.grant(role, permission)
        await expect.poll(ask, moments).toBe(200)
        await admin.revoke(grant)
        await expect.poll(ask, moments).toBe(403)
      }
    })

    it('a change acts within moments after the database has ended the connections that listen', async () => {
      const { admin, role, permission, ask, database } = world
      await database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and application_name = '${new URL(database.url).searchParams.get('application_name')}'`,
      )
      const grant = await admin.grant(role, permission)
      // A second until it listens again, and then everything counts as changed.
      await expect.poll(ask, moments).toBe(200)
      await admin.revoke(grant)
      await expect.poll(ask, moments).toBe(403)
    })
  },
)
