import type { RateLimitBucket } from '@cardea/core/limits'
import { describe, expect, it } from 'vitest'
import { createTestLogger, createTestTimers } from '../redis.fixture.js'
import { redisRateLimits } from './redis-rate-limits.js'

const login: readonly RateLimitBucket[] = [{ key: 'login|a', rule: { limit: 8, periodSeconds: 8_000, burst: 8 } }]

/** A client whose every call waits until a test settles it. */
function setUp(options: { readonly nodes?: number } = {}) {
  const calls: { readonly keys: readonly string[]; resolve(reply: unknown): void; reject(error: Error): void }[] = []
  const evalSha = (_sha: string, { keys }: { keys: string[] }) =>
    new Promise<unknown>((resolve, reject) => {
      calls.push({ keys, resolve, reject })
    })
  const timers = createTestTimers()
  const logger = createTestLogger()
  const limits = redisRateLimits({ evalSha, eval: evalSha, on: () => undefined }, { timers, logger, ...options })
  return { calls, timers, logger, limits }
}

/** Lets what has been settled be noticed. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

const passes = [1, 7, 0]

describe('redisRateLimits while Redis does not answer', () => {
  it('answers with a share of the limit before any reply was let through', async () => {
    const { calls, timers, limits } = setUp()
    const first = limits.take(login, 0)
    timers.advance(99)
    await settle()
    expect(limits.status()).toBe('ok')
    timers.advance(1)
    // A quarter of 8 at once.
    expect((await first)[0]).toEqual({ allowed: true, remaining: 1, retryAfterMilliseconds: 0 })
    expect(limits.status()).toBe('degraded')
    expect((await limits.take(login, 0))[0]?.allowed).toBe(true)
    expect((await limits.take(login, 0))[0]).toEqual({
      allowed: false,
      remaining: 0,
      retryAfterMilliseconds: 4_000_000,
    })
    expect(calls).toHaveLength(1)
  })

  it('takes the share that the number of nodes says, and never less than one', async () => {
    const { timers, limits } = setUp({ nodes: 2 })
    const first = limits.take(login, 0)
    timers.advance(100)
    expect((await first)[0]?.remaining).toBe(3)
    const small = [{ key: 'mail|a', rule: { limit: 1, periodSeconds: 60, burst: 1 } }]
    expect((await limits.take(small, 0))[0]?.allowed).toBe(true)
    expect((await limits.take(small, 0))[0]?.allowed).toBe(false)
    expect((await limits.take(small, 119_000))[0]?.allowed).toBe(false)
    expect((await limits.take(small, 120_000))[0]?.allowed).toBe(true)
  })

  it('asks once a second whether it is back, one attempt at a time, and tells once that it is', async () => {
    const { calls, timers, logger, limits } = setUp()
    const first = limits.take(login, 0)
    timers.advance(100)
    await first
    timers.advance(1_000)
    expect(calls).toHaveLength(2)
    timers.advance(100)
    await settle()
    for (let second = 0; second < 20; second += 1) {
      timers.advance(1_000)
      await settle()
    }
    // That attempt waits, and no other was sent behind it.
    expect(calls).toHaveLength(2)
    calls[1]?.reject(new Error('gone'))
    await settle()
    timers.advance(1_000)
    expect(calls).toHaveLength(3)
    expect(limits.status()).toBe('degraded')
    calls[2]?.resolve(passes)
    await settle()
    expect(limits.status()).toBe('ok')
    expect(logger.lines.map((line) => line.split(' ')[0])).toEqual(['warn', 'info'])
    expect(logger.lines[0]).toContain('no answer within 100 ms')
    const counted = limits.take(login, 0)
    expect(calls).toHaveLength(4)
    calls[3]?.resolve(passes)
    expect((await counted)[0]?.remaining).toBe(7)
    expect(timers.waiting()).toBe(0)
  })

  it('does not take an answer that comes late for anything', async () => {
    const { calls, timers, limits } = setUp()
    const first = limits.take(login, 0)
    timers.advance(100)
    expect((await first)[0]?.remaining).toBe(1)
    calls[0]?.resolve(passes)
    await settle()
    expect(limits.status()).toBe('degraded')
  })

  it.each([
    "READONLY You can't write against a read only replica.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    'LOADING Redis is loading the dataset in memory',
    'MOVED 3999 127.0.0.1:6381',
    'NOAUTH Authentication required.',
    'The client is closed',
  ])('falls back at once on %s', async (message) => {
    const { calls, logger, limits } = setUp()
    const first = limits.take(login, 0)
    calls[0]?.reject(new Error(message))
    expect((await first)[0]?.remaining).toBe(1)
    expect(limits.status()).toBe('degraded')
    expect(logger.lines).toHaveLength(1)
    expect(logger.lines[0]).toContain(message)
  })

  it.each([[undefined], ['OK'], [[1, 7]], [[1, 7, 'x']], [[1, -1, 0]]])('takes %j for no decision', async (reply) => {
    const { calls, limits } = setUp()
    const first = limits.take(login, 0)
    calls[0]?.resolve(reply)
    expect((await first)[0]?.remaining).toBe(1)
    expect(limits.status()).toBe('degraded')
  })

  it('gives back here what was counted here, and never rejects', async () => {
    const { calls, timers, limits } = setUp()
    const back = limits.giveBack(login, 0)
    timers.advance(100)
    await back
    expect(limits.status()).toBe('degraded')
    await limits.take(login, 0)
    await limits.take(login, 0)
    expect((await limits.take(login, 0))[0]?.allowed).toBe(false)
    await limits.giveBack(login, 0)
    expect((await limits.take(login, 0))[0]?.allowed).toBe(true)
    expect(calls).toHaveLength(1)
  })

  it('survives a client and a logger that throw', async () => {
    const broken = () => {
      throw new Error('broken')
    }
    const logger = { info: broken, warn: () => Promise.reject(new Error('broken')) }
    const limits = redisRateLimits({ evalSha: broken, eval: broken, on: () => undefined }, { logger })
    expect((await limits.take(login, 0))[0]?.remaining).toBe(1)
  })
})
