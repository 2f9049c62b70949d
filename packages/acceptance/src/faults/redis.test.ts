import { spawn } from 'node:child_process'
import { rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endWithUs } from '../children.js'
import { clientOf } from '../client.js'
import { adminCredentials, type DemoServer, startDemo, startRefused, temporaryFolder } from '../demo-server.js'
import { patience } from '../patience.js'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.js'
import { createPrivateRedis, hasRedisServer, type PrivateRedis } from './private-redis.js'

const api = '/api/v1'
/** Sign-ins that an address has: by all nodes together, and by one that counts by itself, with a quarter of that. */
const together = { burst: 10, intervalMilliseconds: 6_000 }
const alone = { burst: 2, intervalMilliseconds: 24_000 }

/** What says where a request comes from, as a proxy does. */
const comingFrom = (address: string) => ({ headers: { 'X-Forwarded-For': address } })

let looks = 0
/** Asked as often as it takes, from elsewhere each time: this is limited, too. */
const stateOf = async (server: DemoServer): Promise<unknown> => {
  looks += 1
  const from = comingFrom(`198.18.${Math.floor(looks / 250) % 250}.${looks % 250}`)
  const { status, body } = await clientOf(server.url).get('/health/ready', from)
  return [status, body]
}
const well = [200, { status: 'ok', rate_limits: 'ok' }]
const degraded = [200, { status: 'ok', rate_limits: 'degraded' }]

const signIn = (server: DemoServer, from: string) =>
  clientOf(server.url).post(`${api}/auth/login`, adminCredentials, comingFrom(from))

/** How many of many wrong sign-ins at once from one address were looked at, and how long that took. */
async function letThrough(servers: readonly DemoServer[], from: string, requests = 40): Promise<LetThrough> {
  const started = performance.now()
  const body = { email: 'nobody@example.com', password: 'not the password' }
  const answers = await Promise.all(
    Array.from({ length: requests }, (_, index) => {
      const server = servers[index % servers.length]
      if (server === undefined) throw new Error('no server')
      return clientOf(server.url).post(`${api}/auth/login`, body, comingFrom(from))
    }),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => ![401, 429, 503].includes(status))).toEqual([])
  const count = (wanted: number): number => statuses.filter((status) => status === wanted).length
  return { looked: count(401), givenBack: count(503), milliseconds: performance.now() - started }
}

interface LetThrough {
  readonly looked: number
  /** Those that were let through to a database with too much to do; they do not count. */
  readonly givenBack: number
  readonly milliseconds: number
}

/** Fails unless as many were let through as a limit has, with those that came back to it meanwhile: on a busy machine, some do. */
function expectLimit(
  { looked, givenBack, milliseconds }: LetThrough,
  { burst, intervalMilliseconds }: typeof together,
): void {
  expect(looked + givenBack).toBeGreaterThanOrEqual(burst)
  const most = burst + Math.floor(milliseconds / intervalMilliseconds)
  expect(looked, `within ${milliseconds} ms`).toBeLessThanOrEqual(most)
}

/** The rest is for runs that have the time. */
const inDepth = rounds({ test: 0, ci: 1, long: 1 }) === 1

describe.skipIf(!hasRedisServer)('the demo server and Redis', () => {
  let redis: PrivateRedis
  let proxy: TcpProxy
  let servers: readonly DemoServer[] = []
  let server: DemoServer
  let live: string | undefined
  let revoked: string | undefined
  let addresses = 0
  /** One that nothing has been counted for. */
  const newAddress = (): string => {
    addresses += 1
    return `203.0.113.${addresses}`
  }

  beforeAll(async () => {
    redis = await createPrivateRedis()
    proxy = await startTcpProxy({ host: '127.0.0.1', port: redis.port })
    const environment = {
      DATABASE_URL: `sqlite:${temporaryFolder()}/app.db`,
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      RATE_LIMITS: 'on',
      TRUST_PROXY: '1',
    }
    // Redis is down at the start.
    const first = await startDemo(environment)
    servers = [first, await startDemo(environment)]
    server = first
    live = (await signIn(server, newAddress())).cookie
    revoked = (await signIn(server, newAddress())).cookie
    const { status } = await clientOf(server.url).post(`${api}/auth/logout`, {}, { cookie: revoked })
    if (status !== 200) throw new Error('not logged out')
  })

  afterAll(async () => {
    const codes = await Promise.all(servers.map((each) => each.stop()))
    await proxy.close()
    await redis.kill()
    if (codes.some((code) => code !== 0)) throw new Error(`the servers ended with ${codes.join(', ')}`)
  })

  /** Whatever is with Redis: who is signed in stays so, who was is not again, and everybody may sign in. */
  async function nothingElseChanges(): Promise<void> {
    expect((await clientOf(server.url).get(`${api}/auth/me`, { cookie: live })).status).toBe(200)
    expect((await clientOf(server.url).get(`${api}/auth/me`, { cookie: revoked })).status).toBe(401)
    expect((await signIn(server, newAddress())).status).toBe(200)
  }

  async function becomesWell(): Promise<void> {
    for (const each of servers) await expect.poll(() => stateOf(each), patience).toEqual(well)
  }

  /**
   * What happens while Redis is well. A machine that is busy with other things keeps answers away for longer than nodes wait;
   * then it happens again.
   */
  async function undisturbed<Result>(work: () => Promise<Result>): Promise<Result> {
    const troubles = () => servers.flatMap((each) => each.output().match(/Redis cannot be used/g) ?? []).length
    for (let tries = 0; tries < 30; tries += 1) {
      await becomesWell()
      const before = troubles()
      const result = await work()
      const states = await Promise.all(servers.map(stateOf))
      if (troubles() === before && states.every((state) => JSON.stringify(state) === JSON.stringify(well)))
        return result
    }
    throw new Error('Redis was never well for long enough')
  }

  it('start without it, with a share of the limits, and find it when it comes', async () => {
    expect(await stateOf(server)).toEqual(degraded)
    await nothingElseChanges()
    // A quarter of the ten sign-ins.
    expectLimit(await letThrough([server], newAddress()), alone)
    await redis.start()
    await becomesWell()
    await nothingElseChanges()
    expect(server.output()).toContain('Redis cannot be used')
    expect(server.output()).toContain('Redis can be used again')
  })

  it.runIf(inDepth)('let 10 of 500 sign-ins at once through, from two nodes', async () => {
    expectLimit(await undisturbed(() => letThrough(servers, newAddress(), 500)), together)
  })

  it.runIf(inDepth)('are not held up by one that answers two seconds late', async () => {
    await becomesWell()
    proxy.set({ latencyMilliseconds: 2_000 })
    const address = newAddress()
    expectLimit(await letThrough([server], address), alone)
    // What was asked has its answer, and no answer of Redis is there yet.
    expect(await stateOf(server)).toEqual(degraded)
    await nothingElseChanges()
    proxy.set('pass')
    await becomesWell()
  })

  it.runIf(inDepth).each(['refuse', 'blackhole'] as const)('go on while the network is %s', async (mode) => {
    await becomesWell()
    proxy.set(mode)
    expectLimit(await letThrough([server], newAddress()), alone)
    expect(await stateOf(server)).toEqual(degraded)
    await nothingElseChanges()
    proxy.set('pass')
    expectLimit(await undisturbed(() => letThrough([server], newAddress())), together)
  })

  it.runIf(inDepth)('lose nothing but counters with all that is in it', async () => {
    const [first, second, flushed] = await undisturbed(async () => {
      const address = newAddress()
      const first = await letThrough([server], address)
      const second = await letThrough([server], address, 5)
      redis.command('FLUSHALL')
      return [first, second, await letThrough([server], address)] as const
    })
    expectLimit(first, together)
    expectLimit(
      {
        looked: first.looked + second.looked,
        givenBack: first.givenBack + second.givenBack,
        milliseconds: first.milliseconds + second.milliseconds,
      },
      together,
    )
    expectLimit(flushed, together)
    await nothingElseChanges()
  })

  it.runIf(inDepth).each([
    [
      'is full',
      () => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
      () => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
    ],
    [
      'can only be read',
      () => redis.command('REPLICAOF', '127.0.0.1', '1'),
      () => redis.command('REPLICAOF', 'NO', 'ONE'),
    ],
    ['answers nobody', () => redis.freeze(true), () => redis.freeze(false)],
  ])('count by themselves while it %s', async (_name, begin, end) => {
    await becomesWell()
    begin()
    expectLimit(await letThrough([server], newAddress()), alone)
    expect(await stateOf(server)).toEqual(degraded)
    await nothingElseChanges()
    end()
    await becomesWell()
  })

  it.runIf(inDepth)('survive its restart', async () => {
    await becomesWell()
    await redis.kill()
    expectLimit(await letThrough([server], newAddress()), alone)
    await nothingElseChanges()
    await redis.start()
    await becomesWell()
    await nothingElseChanges()
  })

  it('tell each other through it what has changed', async () => {
    await becomesWell()
    await expect.poll(() => redis.command('PUBSUB', 'NUMSUB', 'cardea:hints'), patience).toMatch(/\b2$/)
    const listener = endWithUs(spawn('redis-cli', ['-p', String(redis.port), 'SUBSCRIBE', 'cardea:hints']))
    let heard = ''
    listener.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    await expect.poll(() => heard, patience).toContain('subscribe')
    // Nothing that is no hint does any harm.
    redis.command('PUBLISH', 'cardea:hints', '\u0001'.repeat(100_000))
    const admin = clientOf(server.url)
    const { body } = await admin.post(`${api}/auth/login`, adminCredentials)
    const made = await admin.post(
      `${api}/collections`,
      { name: 'members', type: 'auth' },
      { bearer: body['access_token'] },
    )
    expect(made.status).toBe(201)
    await expect.poll(() => heard, patience).toMatch(/configuration [0-9a-f]{16}/)
    expect(heard).toMatch(/policy [0-9a-f]{16}/)
    listener.kill('SIGKILL')
  })

  it('refuse an address that is none, by the name of the variable', async () => {
    for (const url of ['localhost:6379', 'http://localhost:6379', 'redis://', 'redis://localhost/one']) {
      const { code, output } = await startRefused({ REDIS_URL: url })
      expect([code, output]).toEqual([1, expect.stringContaining('REDIS_URL must be redis://')])
    }
  })
})
