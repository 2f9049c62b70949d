import { describe, expect, it } from 'vitest'
import { findCycle } from './find-cycle.js'

describe('findCycle', () => {
  it('finds none in a tree, a diamond and an empty graph', () => {
    expect(findCycle(new Map())).toBeUndefined()
    expect(
      findCycle(
        new Map([
          ['d', ['b', 'c']],
          ['b', ['a']],
          ['c', ['a', 'a']],
          ['a', []],
        ]),
      ),
    ).toBeUndefined()
  })

  it('names the roles of the cycle, not those that merely lead there or come from there', () => {
    const cycle = findCycle(
      new Map([
        ['before', ['a']],
        ['a', ['b']],
        ['b', ['c', 'free']],
        ['c', ['a']],
        ['free', []],
      ]),
    )
    expect([...(cycle ?? [])].sort()).toEqual(['a', 'b', 'c'])
  })

  it('finds a role that inherits itself', () => {
    expect(findCycle(new Map([['a', ['a']]]))).toEqual(['a'])
  })

  it('ignores parents that are not there', () => {
    expect(findCycle(new Map([['a', ['gone']]]))).toBeUndefined()
  })

  it('goes 20,000 roles deep', () => {
    const chain = new Map(Array.from({ length: 20_000 }, (_, n) => [`r${n}`, n === 0 ? [] : [`r${n - 1}`]] as const))
    expect(findCycle(chain)).toBeUndefined()
    expect(findCycle(new Map([...chain, ['r0', ['r19999']]]))).toHaveLength(20_000)
  })
})
