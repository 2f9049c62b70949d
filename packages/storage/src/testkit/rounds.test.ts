import { rounds } from '@cardea/storage/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'

describe('rounds', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('picks by CARDEA_TEST_TIER', () => {
    const by = { test: 1, ci: 2, long: 3 }
    for (const [tier, expected] of [
      [undefined, 1],
      ['', 1],
      ['ci', 2],
      ['long', 3],
    ] as const) {
      vi.stubEnv('CARDEA_TEST_TIER', tier)
      expect(rounds(by)).toBe(expected)
    }
  })

  it('refuses a tier that it does not know', () => {
    vi.stubEnv('CARDEA_TEST_TIER', 'logn')
    expect(() => rounds({ test: 1, ci: 2, long: 3 })).toThrow('CARDEA_TEST_TIER')
  })
})
