import { describe, expect, it } from 'vitest'
import { checkPassword, defaultPasswordPolicy, type PasswordPolicy } from './policy.js'

const codesOf = (password: string, policy: Partial<PasswordPolicy> = {}) =>
  checkPassword({ ...defaultPasswordPolicy, ...policy }, password).map((issue) => issue.code)

describe('checkPassword', () => {
  it.each([
    ['eight characters', '12345678'],
    ['any character, spaces too', '        '],
    ['lower-case letters alone', 'abcdefghijklmnopqrst'],
    ['64 emoji', '😀'.repeat(64)],
    ['1,024 bytes', 'a'.repeat(1_024)],
    ['1,024 bytes in normal form', '\u00e9'.repeat(512).normalize('NFD')],
  ])('accepts %s', (_what, password) => {
    expect(codesOf(password)).toEqual([])
  })

  it.each([
    ['seven characters', '1234567', 'too_short'],
    ['nothing', '', 'too_short'],
    ['seven emoji, which are fourteen UTF-16 units', '😀'.repeat(7), 'too_short'],
    ['seven letters that are fourteen before composition', 'e\u0301'.repeat(7), 'too_short'],
    ['1,025 bytes', 'a'.repeat(1_025), 'too_long'],
    ['257 emoji', '😀'.repeat(257), 'too_long'],
    ['a megabyte', 'a'.repeat(1_048_576), 'too_long'],
    ['a lone surrogate', 'password\ud800', 'not_well_formed'],
  ])('refuses %s', (_what, password, code) => {
    expect(codesOf(password)).toEqual([code])
  })

  it('follows the policy', () => {
    expect(codesOf('a'.repeat(14), { minLength: 15, maxBytes: 256 })).toEqual(['too_short'])
    expect(codesOf('a'.repeat(15), { minLength: 15, maxBytes: 256 })).toEqual([])
    expect(codesOf('a'.repeat(257), { minLength: 15, maxBytes: 256 })).toEqual(['too_long'])
  })

  it.each([
    ['upper', 'correct horse', 'Correct horse'],
    ['upper', 'correct horse ß', 'correct horse Я'],
    // A title-case letter is no upper-case one, nor is a sign that looks like one.
    ['upper', 'correct horse ǅ', 'correct horse Ǆ'],
    ['upper', 'correct horse Ⓐ', 'correct horse Ⅽ A'],
    ['number', 'correct horse', 'correct horse 1'],
    ['number', 'correct horse ²', 'correct horse ٣'],
    ['number', 'correct horse Ⅷ', 'correct horse ８'],
    ['special', 'correcthorse1A', 'correct horse'],
    ['special', 'correcthörse१२', 'correcthorse!'],
    // A letter with a mark that no composed character has is a letter still.
    ['special', 'correcthorsex\u0323', 'correcthorse😀'],
    ['special', '正確な馬正確な馬', '正確な馬。正確な馬'],
  ] as const)('asks for %s: %s is not enough, %s is', (toggle, without, enough) => {
    const option = { upper: 'requireUpper', number: 'requireNumber', special: 'requireSpecial' }[toggle]
    expect(codesOf(without, { [option]: true })).toEqual([`needs_${toggle}`])
    expect(codesOf(enough, { [option]: true })).toEqual([])
    expect(codesOf(without)).toEqual([])
  })

  it('gives all reasons at once', () => {
    const policy = { requireUpper: true, requireNumber: true, requireSpecial: true }
    expect(codesOf('short', policy)).toEqual(['too_short', 'needs_upper', 'needs_number', 'needs_special'])
    const issues = checkPassword({ ...defaultPasswordPolicy, ...policy }, 'jane', { context: ['jane'] })
    expect(issues.map(({ code }) => code)).toEqual([
      'too_short',
      'needs_upper',
      'needs_number',
      'needs_special',
      'contains_context',
    ])
  })

  it('names the place it is told, and never the password', () => {
    const issues = checkPassword(defaultPasswordPolicy, 'hunter2', { path: 'new_password' })
    expect(issues).toEqual([{ path: 'new_password', code: 'too_short', message: 'must be at least 8 characters' }])
    expect(JSON.stringify(issues)).not.toContain('hunter2')
  })
})
