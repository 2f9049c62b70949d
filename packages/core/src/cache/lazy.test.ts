import { describe, expect, it } from 'vitest'
import { lazy } from './lazy.js'

describe('lazy', () => {
  it('loads nothing before the first call, and once for all calls', async () => {
    let loads = 0
    const load = lazy(async () => {
      loads += 1
      return await Promise.resolve({ loads })
    })

    expect(loads).toBe(0)
    const [first, second] = await Promise.all([load(), load()])
    expect(second).toBe(first)
    expect(await load()).toBe(first)
    expect(loads).toBe(1)
  })

  it('tells all who wait of a failure, and tries again for the next', async () => {
    let loads = 0
    const load = lazy(async () => {
      loads += 1
      if (loads === 1) throw new Error('not now')
      return await Promise.resolve('there')
    })

    const outcomes = await Promise.allSettled([load(), load()])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(loads).toBe(1)
    expect(await load()).toBe('there')
  })
})
