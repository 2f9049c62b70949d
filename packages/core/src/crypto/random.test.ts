import { describe, expect, it } from 'vitest'
import { secureRandom } from './random.js'

describe('secureRandom', () => {
  it('gives as many bytes as asked for', () => {
    for (const length of [0, 1, 16, 32, 1_000]) expect(secureRandom(length)).toHaveLength(length)
  })

  it('gives other bytes each time, in an array of their own', () => {
    const first = secureRandom(32)
    const copy = Uint8Array.from(first)
    const second = secureRandom(32)
    expect(second).not.toEqual(first)
    expect(first).toEqual(copy)
  })
})
