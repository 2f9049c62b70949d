import { describe, expect, it } from 'vitest'
import { normalizeUsername } from './normalize-username.js'

describe('normalizeUsername', () => {
  it.each([
    ['admin', 'admin'],
    ['JDoe', 'jdoe'],
    ['j.doe-2_', 'j.doe-2_'],
    ['x', 'x'],
    ['7', '7'],
    ['a'.repeat(64), 'a'.repeat(64)],
  ])('accepts %s', (input, expected) => {
    expect(normalizeUsername(input)).toBe(expected)
  })

  it.each([
    ['nothing', ''],
    ['a space', 'j doe'],
    ['a space at the end', 'jdoe '],
    ['an e-mail address', 'jdoe@example.com'],
    ['a dot at the beginning', '.jdoe'],
    ['a dot at the end', 'jdoe.'],
    ['a slash', 'a/b'],
    ['a line feed', 'jdoe\n'],
    ['65 characters', 'a'.repeat(65)],
    ['a Kelvin sign', '\u212aate'],
    ['a dotless i', 'adm\u0131n'],
    ['a Cyrillic a', '\u0430dmin'],
    ['a lone surrogate', 'jdoe\ud800'],
    ['a number', 7],
    ['null', null],
    ['an array', ['jdoe']],
  ])('refuses %s', (_what, input) => {
    expect(normalizeUsername(input)).toBeUndefined()
  })
})
