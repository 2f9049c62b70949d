import { describe, expect, it } from 'vitest'
import { likelyAlike, median } from './samples.js'

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)

describe('likelyAlike', () => {
  it('tells samples of one source from those of two', () => {
    const even = upTo(200).filter((value) => value % 2 === 0)
    const odd = upTo(200).filter((value) => value % 2 === 1)
    expect(likelyAlike(even, odd)).toBeGreaterThan(0.5)
    expect(likelyAlike(upTo(100), upTo(100, 20))).toBeLessThan(0.01)
    expect(likelyAlike(upTo(100), upTo(100, 100))).toBeLessThan(1e-6)
  })

  it('agrees with a table: U = 27 of 8 and 8, p = 0.6', () => {
    const one = [1, 4, 5, 8, 9, 11, 12, 13]
    const other = [2, 3, 6, 7, 10, 14, 15, 16]
    expect(likelyAlike(one, other)).toBeCloseTo(0.6, 1)
  })

  it('takes what is all the same for alike', () => {
    expect(likelyAlike([1, 1, 1], [1, 1, 1])).toBe(1)
  })
})

describe('median', () => {
  it('is the middle, or between the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5])
  })
})
