import { describe, expect, it } from 'vitest'
import { interleave, roundsOf } from './interleave.ts'

describe('interleave', () => {
  it('lets everyone warm up, then take turns, every second round backwards', async () => {
    const turns: string[] = []
    const contender = (name: string) => ({ name, turn: async () => turns.push(name) })
    await interleave([contender('a'), contender('b')], { rounds: 3, warmUp: true })
    expect(turns.join('')).toBe('ababbaab')
  })

  it('keeps what each measured in the order of the rounds, without the warm-up', async () => {
    let count = 0
    const measured = await interleave([{ name: 'a', turn: async () => (count += 1) }], { rounds: 3, warmUp: true })
    expect(roundsOf(measured, 'a')).toEqual([2, 3, 4])
    expect(() => roundsOf(measured, 'b')).toThrow('b')
  })

  it('says which turns count', async () => {
    const counts: boolean[] = []
    const contender = { name: 'a', turn: async (counted: boolean) => counts.push(counted) }
    await interleave([contender], { rounds: 2, warmUp: true })
    expect(counts).toEqual([false, true, true])
    counts.length = 0
    await interleave([contender], { rounds: 1, warmUp: false })
    expect(counts).toEqual([true])
  })

  it('refuses two of one name', async () => {
    const same = { name: 'a', turn: async () => 1 }
    await expect(interleave([same, same], { rounds: 1, warmUp: false })).rejects.toThrow('one name')
  })
})
