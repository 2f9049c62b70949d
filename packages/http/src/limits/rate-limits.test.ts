import { isCardeaError } from '@cardea/core'
import { createMemoryRateLimitStore, stepGcra } from '@cardea/core/limits'
import { canonicalAddress } from '@cardea/core/network'
import { describe, expect, it } from 'vitest'
import { createRateLimits } from './rate-limits.js'
import { rateLimitHeaders } from './refusal.js'

function limiter(multiplier = 1) {
  const time = { now: 1_700_000_000_000 }
  const limits = createRateLimits({ store: createMemoryRateLimitStore(), clock: () => time.now, multiplier })
  const passes = async (address: string | null, limit = 'sign-in') => await isPassed(limits.take(limit, address))
  return { time, limits, passes }
}

/** Whether a request was let through; fails for whatever is not a refusal. */
async function isPassed(request: Promise<unknown>): Promise<boolean> {
  try {
    await request
    return true
  } catch (error) {
    if (isCardeaError(error, 'rate_limited')) return false
    throw error
  }
}

async function passed(results: Promise<boolean>[]): Promise<number> {
  return (await Promise.all(results)).filter(Boolean).length
}

describe('stepGcra', () => {
  const rule = { limit: 10, periodSeconds: 60, burst: 10 }

  it('counts down what is left and says when there is more', () => {
    const first = stepGcra(undefined, rule, 0)
    expect(first).toEqual({ arrival: 6_000, decision: { allowed: true, remaining: 9, retryAfterMilliseconds: 0 } })
    expect(stepGcra(60_000, rule, 0).decision).toEqual({ allowed: false, remaining: 0, retryAfterMilliseconds: 6_000 })
    expect(stepGcra(54_000, rule, 0).decision).toEqual({ allowed: true, remaining: 0, retryAfterMilliseconds: 6_000 })
  })

  it('does not lock for long when the clock was set back', () => {
    const { arrival } = stepGcra(undefined, rule, 1_000_000_000)
    expect(stepGcra(arrival, rule, 0).decision.retryAfterMilliseconds).toBeLessThanOrEqual(6_000)
  })

  it('lets a whole burst through when the interval is no round number', () => {
    for (let limit = 1; limit <= 400; limit += 1) {
      let arrival: number | undefined
      let count = 0
      for (let index = 0; index < limit + 5; index += 1) {
        const step = stepGcra(arrival, { limit, periodSeconds: 60, burst: limit }, 1_700_000_000_123)
        if (!step.decision.allowed) break
        arrival = step.arrival
        count += 1
      }
      expect(count).toBe(limit)
    }
  })
})

describe('createRateLimits', () => {
  it('lets exactly ten of 500 sign-ins at once through', async () => {
    const { passes } = limiter()
    expect(await passed(Array.from({ length: 500 }, () => passes('1.2.3.4')))).toBe(10)
  })

  it('lets one more through every six seconds, and no burst at the edge of a minute', async () => {
    const { passes, time } = limiter()
    await passed(Array.from({ length: 10 }, () => passes('1.2.3.4')))
    time.now += 5_999
    expect(await passes('1.2.3.4')).toBe(false)
    time.now += 1
    expect(await passes('1.2.3.4')).toBe(true)
    time.now += 54_000
    expect(await passed(Array.from({ length: 20 }, () => passes('1.2.3.4')))).toBe(9)
  })

  it('does not count what it refused', async () => {
    const { passes, time } = limiter()
    await passed(Array.from({ length: 1_000 }, () => passes('1.2.3.4')))
    time.now += 60_000
    expect(await passed(Array.from({ length: 20 }, () => passes('1.2.3.4')))).toBe(10)
  })

  it('has one bucket for all addresses of one /64', async () => {
    const { passes } = limiter()
    const addresses = Array.from({ length: 65_536 }, (_, index) => canonicalAddress(`2001:db8::${index.toString(16)}`))
    expect(await passed(addresses.map((address) => passes(address)))).toBe(10)
    expect(await passes(canonicalAddress('2001:db8:0:1::1'))).toBe(true)
  })

  it('lets the clients of one /48 together do no more than ten of them', async () => {
    const { passes } = limiter()
    const addresses = Array.from({ length: 300 }, (_, index) => canonicalAddress(`2001:db8:0:${index.toString(16)}::1`))
    expect(await passed(addresses.map((address) => passes(address)))).toBe(100)
    expect(await passes(canonicalAddress('2001:db8:1::1'))).toBe(true)
  })

  it('takes nothing from the neighbours of a client that is refused', async () => {
    const { passes } = limiter()
    await passed(Array.from({ length: 1_000 }, () => passes(canonicalAddress('2001:db8::1'))))
    expect(await passes(canonicalAddress('2001:db8:0:1::1'))).toBe(true)
  })

  it('does not forget who is limited on one class of routes for a flood on another', async () => {
    const store = createMemoryRateLimitStore({ maxKeys: 100 })
    const limits = createRateLimits({ store, clock: () => 0, multiplier: 1 })
    for (let index = 0; index < 10; index += 1) await limits.take('sign-in', '1.2.3.4')
    for (let index = 0; index < 1_000; index += 1) await limits.take('default', `5.6.${index >> 8}.${index & 255}`)
    expect(await isPassed(limits.take('sign-in', '1.2.3.4'))).toBe(false)
  })

  it('refuses with 503 while the store cannot be asked', async () => {
    const store = { take: () => Promise.reject(new Error('gone')), giveBack: () => undefined }
    const limits = createRateLimits({ store, clock: () => 0, multiplier: 1 })
    await expect(limits.take('sign-in', '1.2.3.4')).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
  })

  it('has one bucket for all whose address nobody knows', async () => {
    const { passes } = limiter()
    expect(await passed(Array.from({ length: 50 }, () => passes(null)))).toBe(10)
    expect(await passes('1.2.3.4')).toBe(true)
  })

  it('keeps classes apart', async () => {
    const { passes } = limiter()
    await passed(Array.from({ length: 20 }, () => passes('1.2.3.4')))
    expect(await passes('1.2.3.4', 'refresh')).toBe(true)
    expect(await passed(Array.from({ length: 50 }, () => passes('1.2.3.4', 'register')))).toBe(30)
  })

  it('is more generous by the factor', async () => {
    const { passes } = limiter(3)
    expect(await passed(Array.from({ length: 100 }, () => passes('1.2.3.4')))).toBe(30)
  })

  it('says when to come back, and the rule', async () => {
    const { limits, time } = limiter()
    const told = []
    for (let index = 0; index < 10; index += 1) told.push((await limits.take('sign-in', '1.2.3.4')).headers[1]?.[1])
    expect([told[0], told[8], told[9]]).toEqual(['"sign-in";r=9', '"sign-in";r=1', '"sign-in";r=0;t=6'])
    time.now += 2_500
    const refusal: unknown = await limits.take('sign-in', '1.2.3.4').catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 4 })
    expect(rateLimitHeaders(refusal)).toEqual([
      ['RateLimit-Policy', '"sign-in";q=10;w=60'],
      ['RateLimit', '"sign-in";r=0;t=4'],
    ])
  })
})

describe('createMemoryRateLimitStore', () => {
  it('remembers no more keys than it is told', async () => {
    const store = createMemoryRateLimitStore({ maxKeys: 100 })
    const rule = { limit: 1, periodSeconds: 60, burst: 1 }
    for (let index = 0; index < 10_000; index += 1) await store.take([{ key: `key ${index}`, rule }], 0)
    expect(await store.take([{ key: 'key 9999', rule }], 0)).toMatchObject([{ allowed: false }])
    expect(await store.take([{ key: 'key 0', rule }], 0)).toMatchObject([{ allowed: true }])
  })
})
