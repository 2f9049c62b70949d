import { describe, expect, it } from 'vitest'
import { defaultConcurrency } from './default-concurrency.js'

describe('defaultConcurrency', () => {
  it.each([
    // One thread of the usual four stays free.
    [1, undefined, 1],
    [2, undefined, 2],
    [3, undefined, 3],
    [4, undefined, 3],
    [64, undefined, 3],
    [2, '2', 1],
    [2, '1', 1],
    [2, '0', 1],
    [8, '16', 8],
    [32, '16', 15],
    [8, 'many', 3],
    [8, '', 3],
  ])('is, on %i cores with UV_THREADPOOL_SIZE %s, %i', (cores, poolSize, expected) => {
    expect(defaultConcurrency(cores, poolSize)).toBe(expected)
  })
})
