import { createKeyring, secureRandom } from '@cardea/core/crypto'
import { describe, expect, it } from 'vitest'
import { backupCodeHashes, createBackupCode, normalizeBackupCode } from './backup-code.js'

const first = createKeyring(['the first root secret, which is long enough'])
const rotated = createKeyring([
  'another root secret, which is long enough',
  'the first root secret, which is long enough',
])

describe('createBackupCode', () => {
  it('has 16 symbols of 32, each from bits of its own', () => {
    const codes = Array.from({ length: 500 }, () => createBackupCode(secureRandom))
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect(new Set(codes).size).toBe(codes.length)
    // 8,000 symbols: every one of 32 comes up at every place, but with a chance of less than one in 10,000.
    for (let place = 0; place < 19; place += 1) {
      const seen = new Set(codes.map((code) => code[place]))
      expect(seen.size).toBe(place % 5 === 4 ? 1 : 32)
    }
  })
})

describe('normalizeBackupCode', () => {
  const code = '01AB-CDEF-GH10-XYZ0'
  it('takes a code as people write it', () => {
    for (const text of [
      code,
      code.toLowerCase(),
      code.replaceAll('-', ''),
      ' oiab cdef ghLO xyz0\n',
      '0l-ab-cd-ef-gh-io-xyzo',
    ]) {
      expect(normalizeBackupCode(text)).toBe('01ABCDEFGH10XYZ0')
    }
  })

  it.each([
    '',
    '123456',
    `${code}0`,
    code.slice(0, -1),
    '01AB-CDEF-GH10-XYZU',
    '01ab-cdef-ghıo-xyz0',
    `${code}${' '.repeat(1_000)}`,
  ])('refuses %j', (text) => expect(normalizeBackupCode(text)).toBeUndefined())

  it('reads back what is made', () => {
    for (let round = 0; round < 100; round += 1) {
      const made = createBackupCode(secureRandom)
      expect(normalizeBackupCode(made.toLowerCase())).toBe(made.replaceAll('-', ''))
    }
  })
})

describe('backupCodeHashes', () => {
  it('belong to a principal and a key', () => {
    const own = backupCodeHashes(first, 'anna', '01ABCDEFGH10XYZ0')
    expect(own).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
    expect(backupCodeHashes(first, 'ben', '01ABCDEFGH10XYZ0')).not.toEqual(own)
    expect(backupCodeHashes(first, 'anna', '01ABCDEFGH10XYZ1')).not.toEqual(own)
  })

  it('outlive a rotation of the root secret, while the old one is listed', () => {
    const [hash] = backupCodeHashes(first, 'anna', '01ABCDEFGH10XYZ0')
    const later = backupCodeHashes(rotated, 'anna', '01ABCDEFGH10XYZ0')
    expect(later).toHaveLength(2)
    expect(later[0]).not.toBe(hash)
    expect(later[1]).toBe(hash)
  })
})
