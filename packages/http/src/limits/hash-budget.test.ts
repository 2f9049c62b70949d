import { availableParallelism } from 'node:os'
import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { createHashBudget } from './hash-budget.js'

const atOnce = 40 * availableParallelism()

function budget() {
  const hashes = createHashBudget(() => 1_700_000_000_000, 1, undefined)
  /** How many of so many requests are let through. */
  const passed = (count: number, addressOf: (index: number) => string | null): number => {
    let passes = 0
    for (let index = 0; index < count; index += 1) {
      try {
        hashes.take(addressOf(index))
        passes += 1
      } catch (error) {
        if (!isCardeaError(error, 'unavailable')) throw error
      }
    }
    return passes
  }
  return passed
}

describe('the budget of passwords', () => {
  it.each([
    ['a client', () => '192.0.2.1'],
    ['the clients of one site', (index: number) => `2001:db8:7:${(index % 500).toString(16)}:0:0:0:1`],
  ])('is used up by half by %s, so that others can sign in', (_whose, addressOf) => {
    const passed = budget()
    expect(passed(1_000 + atOnce, addressOf)).toBe(atOnce / 2)
    expect(passed(1, () => '198.51.100.1')).toBe(1)
  })

  it('is used up by many together, and by those whose address nobody knows', () => {
    expect(budget()(1_000 + atOnce, (index) => `198.51.${index >> 8}.${index & 255}`)).toBe(atOnce)
    expect(budget()(1_000 + atOnce, () => null)).toBe(atOnce)
  })
})
