import { describe, expect, it } from 'vitest'
import { median, percentile, ratios, summarize } from './summary.ts'

describe('median', () => {
  it('is the value in the middle, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([10, 9, 100])).toBe(10)
  })

  it('is the mean of the two in the middle where there are two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  it('leaves the list as it was', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it.each([
    ['nothing', []],
    ['what is no number', [1, Number.NaN]],
    ['infinity', [1, Number.POSITIVE_INFINITY]],
  ])('refuses %s', (_what, values) => {
    expect(() => median(values)).toThrow(RangeError)
  })
})

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

  it('is the value that the share does not exceed', () => {
    expect(percentile(hundred, 0.99)).toBe(99)
    expect(percentile(hundred, 0.5)).toBe(50)
    expect(percentile(hundred, 1)).toBe(100)
    expect(percentile(hundred, 0)).toBe(1)
  })

  it('never hides the worst of a few', () => {
    expect(percentile([1, 2, 50], 0.99)).toBe(50)
  })

  it.each([-0.1, 1.1, Number.NaN])('refuses the share %d', (share) => {
    expect(() => percentile(hundred, share)).toThrow(RangeError)
  })
})

describe('summarize', () => {
  it('tells the middle and the spread', () => {
    expect(summarize([3, 20, 1])).toEqual({ median: 3, lowest: 1, highest: 20, rounds: 3 })
  })
})

describe('ratios', () => {
  it('divides what was measured in the same round', () => {
    expect(ratios([10, 30], [5, 10])).toEqual([2, 3])
  })

  it('refuses rounds with one side', () => {
    expect(() => ratios([1, 2], [1])).toThrow(RangeError)
  })
})
