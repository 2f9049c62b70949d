import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createMemoryRateLimitStore, type RateLimitBucket, type RateLimitRule } from '@cardea/core/limits'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientKinds, hasTestRedis, type TestClient, testRedisUrl } from '../redis.fixture.js'
import { countAll } from './counting.fixture.js'
import { redisRateLimits } from './redis-rate-limits.js'
import { scriptRunner } from './run-script.js'
import { gcraScripts } from './scripts.js'

const hourly: RateLimitRule = { limit: 3, periodSeconds: 10_800, burst: 3 }
const wide: RateLimitRule = { limit: 5, periodSeconds: 18_000, burst: 5 }
const hour = 3_600_000

const newPrefix = (): string => `cardea-test-${randomBytes(6).toString('hex')}:`
/** More than what a busy machine needs; a test of time limits brings timers of its own. */
const patient = { timeoutMilliseconds: 10_000 }
const bucket = (key: string, rule = hourly): RateLimitBucket => ({ key, rule })

describe.skipIf(!(await hasTestRedis())).each(clientKinds)('redisRateLimits with $name', ({ open }) => {
  let test: TestClient

  beforeAll(async () => {
    test = await open(testRedisUrl)
  })

  afterAll(() => test.close())

  const store = (prefix = newPrefix()) => redisRateLimits(test.client, { prefix, ...patient })

  it('lets a burst through and then says when the next one is due', async () => {
    const limits = store()
    const remaining: number[] = []
    for (let count = 0; count < 3; count += 1) {
      const [decision] = await limits.take([bucket('login|a')], 0)
      expect(decision?.allowed).toBe(true)
      remaining.push(decision?.remaining ?? -1)
    }
    expect(remaining).toEqual([2, 1, 0])
    const [refused] = await limits.take([bucket('login|a')], 0)
    expect(refused).toMatchObject({ allowed: false, remaining: 0 })
    expect(refused?.retryAfterMilliseconds).toBeGreaterThan(hour - 60_000)
    expect(refused?.retryAfterMilliseconds).toBeLessThanOrEqual(hour)
    const [other] = await limits.take([bucket('login|b')], 0)
    expect(other?.allowed).toBe(true)
    expect(limits.status()).toBe('ok')
  })

  it('counts in no bucket when one of them is full', async () => {
    const limits = store()
    for (let count = 0; count < 3; count += 1) await limits.take([bucket('login|a')], 0)
    const decisions = await limits.take([bucket('login|site', wide), bucket('login|a')], 0)
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false])
    const [site] = await limits.take([bucket('login|site', wide)], 0)
    expect(site?.remaining).toBe(4)
  })

  it('gives back what was counted, never more than a new key has', async () => {
    const limits = store()
    for (let count = 0; count < 3; count += 1) await limits.take([bucket('login|a')], 0)
    await limits.giveBack([bucket('login|a')], 0)
    expect((await limits.take([bucket('login|a')], 0))[0]).toMatchObject({ allowed: true, remaining: 0 })
    for (let count = 0; count < 9; count += 1) await limits.giveBack([bucket('login|a'), bucket('login|new')], 0)
    expect((await limits.take([bucket('login|a')], 0))[0]?.remaining).toBe(2)
    expect((await limits.take([bucket('login|new')], 0))[0]?.remaining).toBe(2)
  })

  it('keeps keys of one hash slot, which end when they mean nothing any more', async () => {
    const prefix = newPrefix()
    await store(prefix).take([bucket('login|203.0.113.9'), bucket('login|site', wide)], 0)
    const keys = (await test.command('KEYS', `${prefix}*`)) as string[]
    expect(keys.map(String).sort()).toEqual([`${prefix}{limits}:login|203.0.113.9`, `${prefix}{limits}:login|site`])
    const slots = await Promise.all(keys.map((key) => test.command('CLUSTER', 'KEYSLOT', key).catch(() => 'off')))
    expect(new Set(slots).size).toBe(1)
    const left = Number(await test.command('PTTL', `${prefix}{limits}:login|203.0.113.9`))
    expect(left).toBeGreaterThan(hour - 60_000)
    expect(left).toBeLessThanOrEqual(hour)
  })

  it('goes by the clock of Redis, whatever that of the node says', async () => {
    const limits = store()
    for (const now of [0, 1e13, 5]) await limits.take([bucket('login|a')], now)
    expect((await limits.take([bucket('login|a')], 9e13))[0]?.allowed).toBe(false)
  })

  it('decides as the memory does, at any time and for any rules', async () => {
    const run = scriptRunner(test.client)
    const prefix = newPrefix()
    const clock = `${prefix}{limits}clock`
    const scripts = gcraScripts({ clock: `tonumber(redis.call('GET', '${clock}'))`, extraMilliseconds: 600_000 })
    const rule = fc.record({
      limit: fc.integer({ min: 1, max: 60 }),
      periodSeconds: fc.integer({ min: 1, max: 3_600 }),
      burst: fc.integer({ min: 1, max: 7 }),
    })
    const step = fc.record({
      // Sometimes back, as clocks go.
      passed: fc.oneof(fc.constant(0), fc.integer({ min: -20_000, max: 200_000 }), fc.integer({ min: -5, max: 1_000 })),
      keys: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 }),
      givesBack: fc.boolean(),
    })
    let cases = 0
    const property = fc.asyncProperty(
      fc.tuple(rule, rule, rule),
      fc.array(step, { minLength: 5, maxLength: 25 }),
      async (rules, steps) => {
        cases += 1
        const memory = createMemoryRateLimitStore()
        let now = 1_800_000_000_000
        for (const { passed, keys, givesBack } of steps) {
          now += passed
          await test.command('SET', clock, String(now), 'EX', '60')
          const buckets = keys.map((index) => bucket(`class|${index}`, rules[index]))
          const redisKeys = buckets.map(({ key }) => `${prefix}{limits}:${cases}:${key}`)
          const values = buckets.flatMap((each) => {
            const interval = (each.rule.periodSeconds * 1_000) / each.rule.limit
            return [String(interval), String(interval * each.rule.burst)]
          })
          const expected = await memory.take(buckets, now)
          const reply = await run(scripts.take, redisKeys, values)
          expect(reply).toEqual(
            expected.flatMap((each) => [each.allowed ? 1 : 0, each.remaining, each.retryAfterMilliseconds]),
          )
          if (!givesBack) continue
          await memory.giveBack(buckets, now)
          await run(scripts.giveBack, redisKeys, values)
        }
      },
    )
    await fc.assert(property, { numRuns: 60 })
  })

  it('lets 10 of 500 at once through, from two processes', async () => {
    const prefix = newPrefix()
    const counts = await Promise.all([countInProcess(prefix), countInProcess(prefix)])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10)
  })
})

/** The sources name each other as they will be called once they are built. */
const hooks = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith('.') || context.parentURL?.includes('/node_modules/')) return next(specifier, context)
    return next(specifier.replace(/\\.js$/, '.ts'), context)
  },
})`

/** A node in a process of its own. @returns How many of 250 requests at once it let through. */
async function countInProcess(prefix: string): Promise<number> {
  const program = `
const { ${countAll.name} } = await import(${JSON.stringify(`${import.meta.dirname}/counting.fixture.ts`)})
console.log(await ${countAll.name}(${JSON.stringify({ url: testRedisUrl, prefix, requests: 250 })}))`
  const words = ['--conditions=@cardea/source', `--import=data:text/javascript,${encodeURIComponent(hooks)}`]
  const child = spawn(process.execPath, [...words, '--input-type=module', '-e', program], { stdio: 'pipe' })
  let [printed, complaints] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  await once(child, 'close')
  if (!/^\d+$/.test(printed.trim())) throw new Error(complaints)
  return Number(printed)
}

describe('options of redisRateLimits', () => {
  const client = { evalSha: async () => 1, eval: async () => 1, on: () => undefined }
  const wrong = (work: () => unknown) => {
    try {
      work()
    } catch (error) {
      return String(error)
    }
    return 'accepted'
  }

  it('are refused by name', () => {
    expect(wrong(() => redisRateLimits(client, { prefix: 'a{b}' }))).toContain('prefix must be')
    expect(wrong(() => redisRateLimits(client, { nodes: 0 }))).toContain('nodes must be')
    expect(wrong(() => redisRateLimits(client, { timeoutMilliseconds: 1.5 }))).toContain('timeoutMilliseconds must be')
    expect(wrong(() => redisRateLimits(client, { node: 2 } as never))).toContain('node is not an option')
    expect(wrong(() => redisRateLimits({ eval: () => 1, on: () => 1 } as never))).toContain('client must be')
    expect(wrong(() => redisRateLimits(undefined as never))).toContain('client must')
    expect(wrong(() => redisRateLimits(client))).toBe('accepted')
  })
})
