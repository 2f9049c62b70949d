import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from './clock.js'

describe('systemClock', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells milliseconds since 1970', () => {
    vi.useFakeTimers({ now: 1_700_000_000_123 })
    expect(systemClock()).toBe(1_700_000_000_123)
  })
})
