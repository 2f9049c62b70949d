import { describe, expect, it } from 'vitest'
import { defaultLifetimes, isAhead, resolveLifetimes } from './lifetimes.js'

describe('resolveLifetimes', () => {
  it('has the documented defaults', () => {
    expect(resolveLifetimes()).toEqual({
      accessSeconds: 86_400,
      cookieSeconds: 86_400,
      rememberSeconds: 2_592_000,
      idleSeconds: 604_800,
      absoluteSeconds: 2_592_000,
      refreshGraceSeconds: 10,
    })
    expect(resolveLifetimes({ accessSeconds: 900 })).toEqual({ ...defaultLifetimes, accessSeconds: 900 })
    expect(resolveLifetimes({ refreshGraceSeconds: 0 }).refreshGraceSeconds).toBe(0)
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 3_153_600_001, '900'])('refuses %s', (value) => {
    // What a caller without types might pass.
    expect(() => resolveLifetimes({ accessSeconds: value as number })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringContaining('accessSeconds') }),
    )
  })
})

describe('isAhead', () => {
  it('is true for an instant to come, and false for the very instant', () => {
    expect(isAhead(1_000, 1_001)).toBe(true)
    expect(isAhead(1_000, 1_000)).toBe(false)
    expect(isAhead(1_000, 999)).toBe(false)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, null, undefined, '9999999999999', [9_999_999_999_999], true, 2 ** 60])(
    'is false for %s',
    (instant) => {
      // What a broken row might hold.
      expect(isAhead(1_000, instant as number)).toBe(false)
    },
  )

  it('is false when the clock is broken', () => {
    expect(isAhead(Number.NaN, 1_000)).toBe(false)
  })
})
