import { describe, expect, it } from 'vitest'
import { callRate, createCallers } from './calls.ts'

describe('createCallers', () => {
  it('goes on with the next call where the turn before has ended', async () => {
    const seen: number[] = []
    const { contenders } = createCallers({ a: async (index) => void seen.push(index) }, 0)
    await contenders[0]?.turn(true)
    await contenders[0]?.turn(true)
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => index))
    expect(seen.length).toBeGreaterThan(1)
  })

  it('notes the processor time of the turns that count', async () => {
    const { contenders, processorTime } = createCallers({ a: async () => undefined, b: async () => undefined }, 0)
    for (const { turn } of contenders) await turn(false)
    await contenders[1]?.turn(true)
    expect(processorTime.get('a')).toEqual([])
    expect(processorTime.get('b')).toHaveLength(1)
  })

  it('fails with the call that fails', async () => {
    const { contenders } = createCallers({ a: () => Promise.reject(new Error('a wrong answer')) }, 0)
    await expect(contenders[0]?.turn(true)).rejects.toThrow('a wrong answer')
  })
})

describe('callRate', () => {
  it('makes every call once, never more at a time than it may', async () => {
    const seen: number[] = []
    let running = 0
    let most = 0
    const call = async (index: number) => {
      seen.push(index)
      running += 1
      most = Math.max(most, running)
      await new Promise(setImmediate)
      running -= 1
    }
    expect(await callRate(call, 10, 3)).toBeGreaterThan(0)
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(most).toBe(3)
  })
})
