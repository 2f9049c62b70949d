import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patternCost } from './pattern-cost.js'

describe('patternCost', () => {
  it.each([
    // What each way does again counts as well: without that, this one took seconds.
    ['^(a?){22}a{22}$', 2 ** 22 * (22 + 22 / 8)],
    ['^[A-Z]{2}[0-9]{3}$', 1],
    ['^abc$', 1],
    ['^a|^b', 2],
    ['^(?:a|b)c$', 2.25],
    ['^a?$', 2],
    ['^\\d{6,15}$', 10],
    ['^\\p{Lu}[^\\]x]\\u{1F600}\\x41\\u0041$', 1],
    ['^[a-z]+$', 100],
    ['^[a-z]*$', 101],
    ['^[a-z]+?@[a-z]+$', 10_000],
    ['abc', 101],
    ['^(?:a|b){2}$', 8],
    ['^(?:a?){3}$', 24],
  ])('counts the steps of %s', (source, cost) => {
    expect(new RegExp(source, 'u').flags).toBe('u')
    expect(patternCost(source, 100)).toBe(cost)
  })

  it.each([
    '^(a+)+$',
    '^(a|aa)+$',
    '^(?:[a-z]+)*$',
    '(x+x+)+y',
    '^(?<name>a*)*$',
    '^(a)\\1$',
    '^(?<n>a)\\k<n>$',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
  ])('finds no end to %s', (source) => {
    expect(new RegExp(source, 'u').flags).toBe('u')
    expect(patternCost(source, 100)).toBe(Number.POSITIVE_INFINITY)
  })

  it('is more than a text can bear for many repetitions, one after the other', () => {
    expect(patternCost(`^${'a?'.repeat(40)}${'a'.repeat(40)}$`, 5_000)).toBeGreaterThan(1e12)
    expect(patternCost('^a*a*a*a*$', 5_000)).toBeGreaterThan(1e12)
  })

  it('ends for any pattern', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '\\d',
      '[^a\\]]',
      '(',
      '(?:',
      '(?=',
      ')',
      '|',
      '*',
      '+?',
      '{2,}',
      '{1,3}',
      '^',
      '\\u{61}',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(patternCost(pieces.join(''), 50)).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 500, seed: 7 },
    )
  })
})
