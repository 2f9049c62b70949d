import type { RateLimitBucket, RateLimitStore } from '@cardea/core/limits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Counter, startCounter } from './counter.js'

/** A store of rate limits on something empty. */
export interface OpenedStore {
  readonly store: RateLimitStore
  /** How processes of their own come to the same counts; absent where there is no way. */
  readonly shared?: { readonly module: string; readonly url: string }
  readonly close: () => Promise<void>
}

/** So slow that none comes back while a test runs, on whatever clock. */
const rule = { limit: 10, periodSeconds: 36_000, burst: 10 }
const wide = { limit: 100, periodSeconds: 36_000, burst: 100 }
/** One in 36 seconds. */
const quick = { limit: 1_000, periodSeconds: 36_000, burst: 1 }

const allowed = (decisions: readonly { readonly allowed: boolean }[]): boolean =>
  decisions.every((each) => each.allowed)

/**
 * What every store of rate limits has to do, with a real clock.
 *
 * @param open Opens a store whose counts nobody else sees.
 */
export function describeRateLimitStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`rate limits in ${name}`, () => {
    let opened: OpenedStore
    let names = 0
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(async () => {
      await opened?.close()
    })

    const bucket = (of: RateLimitBucket['rule'] = rule): RateLimitBucket => {
      names += 1
      return { key: `suite ${name}|${names}`, rule: of }
    }
    const take = async (...buckets: RateLimitBucket[]) => await opened.store.take(buckets, Date.now())
    const passed = async (requests: number, ...buckets: RateLimitBucket[]): Promise<number> => {
      const answers = await Promise.all(Array.from({ length: requests }, () => take(...buckets)))
      return answers.filter(allowed).length
    }

    it('let exactly ten of 500 requests at once through', async () => {
      expect(await passed(500, bucket())).toBe(10)
    })

    it('let as many through one after the other, and say how many are left', async () => {
      const one = bucket()
      const answers = []
      for (let index = 0; index < 12; index += 1) answers.push(...(await take(one)))
      expect(answers.map((answer) => answer.allowed)).toEqual([...Array<boolean>(10).fill(true), false, false])
      expect(answers.slice(0, 10).map(({ remaining }) => remaining)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
      expect(answers.at(0)?.retryAfterMilliseconds).toBe(0)
      // An interval is an hour.
      for (const { retryAfterMilliseconds } of answers.slice(9)) {
        expect(retryAfterMilliseconds).toBeGreaterThan(3_500_000)
        expect(retryAfterMilliseconds).toBeLessThanOrEqual(3_600_000)
      }
    })

    it('count in all buckets or in none', async () => {
      const [first, second, third] = [bucket(), bucket(), bucket(wide)]
      expect(await passed(10, second)).toBe(10)
      const refusal = await take(third, first, second)
      expect(refusal.map((each) => each.allowed)).toEqual([true, true, false])
      expect(await passed(50, third, first, second)).toBe(0)
      expect(await passed(50, first)).toBe(10)
      expect(await passed(200, third)).toBe(100)
    })

    it('let no more through several buckets at once than the smallest holds', async () => {
      const [first, second] = [bucket(), bucket(wide)]
      expect(await passed(300, first, second)).toBe(10)
      expect(await passed(300, second)).toBe(90)
    })

    it('let ten of 60 networks through that share a bucket, and count nothing for the others', async () => {
      const shared = bucket()
      const networks = Array.from({ length: 60 }, () => bucket(quick))
      const answers = await Promise.all(networks.map((network) => take(network, shared)))
      expect(answers.filter(allowed)).toHaveLength(10)
      // Whoever was refused has not used up its own.
      const again = await Promise.all(networks.map((network) => take(network)))
      expect(again.filter(allowed)).toHaveLength(50)
    })

    it('give back what was not served, and never more', async () => {
      const one = bucket()
      expect(await passed(12, one)).toBe(10)
      await opened.store.giveBack([one], Date.now())
      expect(await passed(5, one)).toBe(1)
      const untouched = bucket()
      await opened.store.giveBack([untouched, one], Date.now())
      expect(await passed(50, untouched)).toBe(10)
      const used = bucket(quick)
      expect(await passed(3, used)).toBe(1)
      for (let index = 0; index < 5; index += 1) await opened.store.giveBack([used], Date.now())
      expect(await passed(5, used)).toBe(1)
    })

    it('let exactly ten of 500 through two processes, whatever each has seen', async ({ skip }) => {
      const { shared } = opened
      if (shared === undefined) return skip('there is no way to share it')
      const counters: Counter[] = await Promise.all([1, 2].map(() => startCounter(shared.module, shared.url)))
      try {
        const run = async (...buckets: RateLimitBucket[]) => {
          const counts = await Promise.all(counters.map((counter) => counter.run({ requests: 250, buckets })))
          return counts.reduce((sum, count) => sum + count, 0)
        }
        const one = bucket()
        expect(await run(one)).toBe(10)
        expect(await run(one)).toBe(0)
        expect(await passed(20, one)).toBe(0)
        expect(await run(bucket(), bucket(wide))).toBe(10)
      } finally {
        await Promise.all(counters.map((counter) => counter.stop()))
      }
    })
  })
}
