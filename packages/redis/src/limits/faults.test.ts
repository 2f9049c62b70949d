import type { RateLimitBucket } from '@cardea/core/limits'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  clientKinds,
  createTestLogger,
  hasRedisServer,
  type PrivateRedis,
  privateRedis,
  type TestClient,
} from '../redis.fixture.js'
import { redisRateLimits } from './redis-rate-limits.js'

/** 8 at once; 2 where a process counts by itself. */
const bucket = (key: string): readonly RateLimitBucket[] => [
  { key: `login|${key}`, rule: { limit: 8, periodSeconds: 80_000, burst: 8 } },
]

/** Where there is little time, one client will do. */
const clients = process.env['CARDEA_TEST_TIER'] === undefined ? clientKinds.slice(0, 1) : clientKinds

describe.skipIf(!hasRedisServer).each(clients)('redisRateLimits of $name and a Redis that', ({ open }) => {
  let redis: PrivateRedis
  const clients: TestClient[] = []

  beforeEach(async () => {
    redis = await privateRedis()
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await redis.remove()
  })

  /** A busy machine must not look like a slow Redis, except where Redis is slow. */
  async function connected(timeoutMilliseconds = 5_000, offlineQueue = false) {
    const test = await open(redis.url, offlineQueue)
    clients.push(test)
    const logger = createTestLogger()
    const limits = redisRateLimits(test.client, { logger, timeoutMilliseconds })
    const remaining = async (key: string) => (await limits.take(bucket(key), 0))[0]?.remaining
    return { limits, logger, remaining }
  }

  async function recovers(limits: { status(): string }): Promise<void> {
    await expect.poll(() => limits.status(), { timeout: 20_000, interval: 20 }).toBe('ok')
  }

  it('is down at the start, and comes up', async () => {
    const { limits, logger, remaining } = await connected()
    expect(await remaining('a')).toBe(1)
    expect(await remaining('a')).toBe(0)
    expect(limits.status()).toBe('degraded')
    await redis.start()
    await recovers(limits)
    expect(await remaining('a')).toBe(7)
    expect(logger.lines).toHaveLength(2)
  })

  it('dies and comes back without its data', async () => {
    await redis.start()
    const { limits, logger, remaining } = await connected()
    expect(await remaining('a')).toBe(7)
    await redis.kill()
    expect(await remaining('a')).toBe(1)
    await redis.start()
    await recovers(limits)
    expect(await remaining('a')).toBe(7)
    expect(logger.lines).toHaveLength(2)
  })

  it('dies while commands wait for it in a queue', async () => {
    const { limits, remaining } = await connected(50, true)
    expect(await remaining('a')).toBe(1)
    expect(limits.status()).toBe('degraded')
    await redis.start()
    await recovers(limits)
  })

  it('answers nobody for a while', async () => {
    await redis.start()
    const { limits, remaining } = await connected(100)
    await remaining('a')
    redis.command('CLIENT', 'PAUSE', '600000', 'ALL')
    const answers = await Promise.all(Array.from({ length: 50 }, () => remaining('b')))
    // Each of them was answered, though Redis still is silent.
    expect(answers.filter((left) => left === 1 || left === 0)).toHaveLength(50)
    expect(limits.status()).toBe('degraded')
    await redis.kill()
    await redis.start()
    await recovers(limits)
  })

  it('is flushed, scripts and all', async () => {
    await redis.start()
    const { limits, remaining } = await connected()
    expect(await remaining('a')).toBe(7)
    redis.command('FLUSHALL')
    redis.command('SCRIPT', 'FLUSH')
    expect(await remaining('a')).toBe(7)
    expect(limits.status()).toBe('ok')
  })

  it('is full', async () => {
    await redis.start()
    const { limits, logger, remaining } = await connected()
    redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    redis.command('CONFIG', 'SET', 'maxmemory', '1')
    expect(await remaining('a')).toBe(1)
    expect(limits.status()).toBe('degraded')
    expect(logger.lines[0]).toContain('OOM')
    redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await recovers(limits)
    expect(await remaining('a')).toBe(7)
  })

  it('is a replica that can only be read', async () => {
    await redis.start('--replica-serve-stale-data', 'yes')
    const { limits, logger, remaining } = await connected()
    expect(await remaining('a')).toBe(7)
    redis.command('REPLICAOF', '127.0.0.1', '1')
    expect(await remaining('a')).toBe(1)
    expect(logger.lines[0]).toContain('READONLY')
    // An attempt writes, so it fails as well.
    const failures = () => Number(/errorstat_READONLY:count=(\d+)/.exec(redis.command('INFO', 'errorstats'))?.[1])
    await expect.poll(failures, { timeout: 20_000 }).toBeGreaterThan(1)
    expect(limits.status()).toBe('degraded')
    expect(logger.lines).toHaveLength(1)
    redis.command('REPLICAOF', 'NO', 'ONE')
    await recovers(limits)
    expect(await remaining('a')).toBe(6)
  })

  it('has too few replicas to write, or refuses the user', async () => {
    await redis.start()
    const { limits, logger, remaining } = await connected()
    redis.command('CONFIG', 'SET', 'min-replicas-to-write', '1')
    expect(await remaining('a')).toBe(1)
    expect(logger.lines[0]).toContain('NOREPLICAS')
    redis.command('CONFIG', 'SET', 'min-replicas-to-write', '0')
    await recovers(limits)
    redis.command('ACL', 'SETUSER', 'default', '-evalsha')
    expect(await remaining('b')).toBe(1)
    expect(logger.lines[2]).toContain('NOPERM')
    redis.command('ACL', 'SETUSER', 'default', '+evalsha')
    await recovers(limits)
  })

  it('is a node of a cluster: all buckets of a request are in one slot', async () => {
    await redis.start('--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${redis.port}.conf`)
    redis.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await expect.poll(() => redis.command('CLUSTER', 'INFO'), { timeout: 20_000 }).toContain('cluster_state:ok')
    const { limits } = await connected()
    const decisions = await limits.take([...bucket('a'), ...bucket('b'), ...bucket('c')], 0)
    expect(decisions.map(({ remaining }) => remaining)).toEqual([7, 7, 7])
    redis.command('CLUSTER', 'DELSLOTSRANGE', '0', '16383')
    expect((await limits.take(bucket('a'), 0))[0]?.remaining).toBe(1)
  })

  it('is left by its client', async () => {
    await redis.start()
    const { limits, remaining } = await connected()
    clients[0]?.close()
    expect(await remaining('a')).toBe(1)
    await limits.giveBack(bucket('a'), 0)
    expect(await remaining('a')).toBe(1)
  })
})
