import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createMemoryRateLimitStore } from '@cardea/core/limits'
import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'

setFlagsFromString('--expose-gc')
// The flag makes the function in contexts that are new.
const collectGarbage = runInNewContext('gc') as () => void

const networks = rounds({ test: 200_000, ci: 400_000, long: 1_000_000 })
/** What 100,000 keys take, twice. Each of the networks takes about 150 bytes. */
const mostBytes = 32 * 1_024 * 1_024

const heap = (): number => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

describe('rate limits in memory', () => {
  it('take no more of it for a flood from any number of networks', { timeout: 60_000 }, async () => {
    const store = createMemoryRateLimitStore()
    const rule = { limit: 10, periodSeconds: 60, burst: 10 }
    const before = heap()
    for (let index = 0; index < networks; index += 1) {
      await store.take(
        [{ key: `sign-in|2001:db8:${(index >> 16).toString(16)}:${(index & 65_535).toString(16)}::/64`, rule }],
        0,
      )
    }
    expect(heap() - before).toBeLessThan(mostBytes)
    // It is still there to be measured.
    expect(await store.take([{ key: 'sign-in|1.2.3.4', rule }], 0)).toMatchObject([{ allowed: true }])
  })
})
