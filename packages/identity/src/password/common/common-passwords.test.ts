import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isCommonPassword } from './common-passwords.js'
import { commonPasswordsModule, listedPasswords } from './generate-common-passwords.fixture.js'

const file = join(import.meta.dirname, 'common-passwords-data.ts')

/** Texts that nobody has in a list, the same in each run. */
function* unlikelyTexts(count: number, alphabet: string, length: number): Generator<string> {
  for (let index = 0; index < count; index += 1) {
    const digest = createHash('sha512').update(`${alphabet} ${index}`).digest()
    yield Array.from(digest.subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join('')
  }
}

describe('commonPasswordsData', () => {
  it('is what the list makes today', () => {
    // Not compared by the test runner, which would print both.
    expect(readFileSync(file, 'utf8') === commonPasswordsModule()).toBe(true)
  })

  it('is shipped in at most 64 kB', () => {
    expect(readFileSync(file).length).toBeLessThanOrEqual(64_000)
  })
})

describe('isCommonPassword', () => {
  it('knows every entry of the list, far more than the 3,000 most common', () => {
    expect(listedPasswords.length).toBeGreaterThan(17_000)
    expect(listedPasswords.filter((password) => !isCommonPassword(password))).toEqual([])
  })

  it.each([
    'password',
    'PASSWORD',
    'PassWord',
    'password1',
    'Password1!',
    'password123456789',
    'Password2026!?',
    'trustno1!',
    'qwertyuiop',
    '1qaz2wsx',
    '12345678',
    '1234567890123',
    'ｐａｓｓｗｏｒｄ',
    'iloveyou...',
  ])('finds %s', (password) => {
    expect(isCommonPassword(password)).toBe(true)
  })

  it.each([
    'correct horse battery staple',
    'secure-password',
    'secure-password-123',
    'securepassword123',
    'a good password',
    'my password is long',
    // No more than 12 characters behind a common password are taken away.
    'password4519036027735',
    // What is left has to be 8 characters.
    'dragon!',
    '',
  ])('leaves %s', (password) => {
    expect(isCommonPassword(password)).toBe(false)
  })

  it.each([
    ['letters', 'abcdefghijklmnopqrstuvwxyz', 12],
    ['letters and digits', 'abcdefghijklmnopqrstuvwxyz0123456789', 12],
    ['digits, which take the most look-ups', '0123456789', 24],
  ])('takes at most one in 1,000 others for common: %s', (_what, alphabet, length) => {
    const count = 40_000
    let found = 0
    for (const text of unlikelyTexts(count, alphabet, length)) if (isCommonPassword(text)) found += 1
    expect(found / count).toBeLessThanOrEqual(1 / 1_000)
  })
})
