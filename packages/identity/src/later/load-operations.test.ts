import { describe, expect, it } from 'vitest'
import { lazyMethods } from './load-operations.js'

interface Sums {
  add(a: number, b: number): Promise<number>
  negate(a: number): Promise<number>
}

describe('lazyMethods', () => {
  it('makes the service once, with the first call of any method, and hands on what goes in and comes out', async () => {
    let made = 0
    const sums = lazyMethods<Sums>(
      async () => {
        made += 1
        return { add: async (a, b) => a + b, negate: async (a) => -a }
      },
      { add: true, negate: true },
    )
    expect(made).toBe(0)
    expect(await Promise.all([sums.add(2, 3), sums.negate(4), sums.add(5, 6)])).toEqual([5, -4, 11])
    expect(made).toBe(1)
  })

  it('calls methods on their service, and passes their failures on', async () => {
    class Failing {
      readonly #failure = new RangeError('refused')
      async fail(): Promise<never> {
        throw this.#failure
      }
    }
    const failing = lazyMethods<Pick<Failing, 'fail'>>(async () => new Failing(), { fail: true })
    await expect(failing.fail()).rejects.toThrow(RangeError)
  })

  it('tries again after it could not be made', async () => {
    let tries = 0
    const sums = lazyMethods<Pick<Sums, 'negate'>>(
      async () => {
        tries += 1
        if (tries === 1) throw new Error('no such file')
        return { negate: async (a) => -a }
      },
      { negate: true },
    )
    await expect(sums.negate(1)).rejects.toThrow('no such file')
    expect(await sums.negate(1)).toBe(-1)
  })
})
