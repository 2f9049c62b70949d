import { secureRandom } from '@cardea/core/crypto'
import { HOTP, Secret, URI } from 'otpauth'
import { describe, expect, it } from 'vitest'
import { createTotpSecret, findTotpStep, normalizeTotpCode, totpUri } from './totp.js'

/** The secret of RFC 6238, appendix B, for SHA-1. */
const secret = Secret.fromLatin1('12345678901234567890').base32
const codeOf = (step: number) => HOTP.generate({ secret: Secret.fromBase32(secret), counter: step })
const step = 1_000_000
const now = step * 30_000

describe('findTotpStep', () => {
  // Seconds, and the last six of the eight digits that the appendix gives: codes are cut from the same number.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('takes the code that RFC 6238 gives for second %i', async (seconds, code) => {
    expect(await findTotpStep(secret, code, seconds * 1_000, 0)).toBe(Math.floor(seconds / 30))
    expect(await findTotpStep(secret, code, (seconds + 300) * 1_000, 0)).toBeUndefined()
  })

  it('takes codes from one step before to one after, to the millisecond', async () => {
    const found = async (at: number) => await findTotpStep(secret, codeOf(step), at, 0)
    expect(await found(now - 30_001)).toBeUndefined()
    expect(await found(now - 30_000)).toBe(step)
    expect(await found(now)).toBe(step)
    expect(await found(now + 59_999)).toBe(step)
    expect(await found(now + 60_000)).toBeUndefined()
  })

  it('takes no step at or before the last one used, and says so', async () => {
    expect(await findTotpStep(secret, codeOf(step), now, step - 1)).toBe(step)
    expect(await findTotpStep(secret, codeOf(step), now, step)).toBe('replayed')
    expect(await findTotpStep(secret, codeOf(step - 1), now, step)).toBe('replayed')
    expect(await findTotpStep(secret, codeOf(step + 1), now, step)).toBe(step + 1)
  })

  it('works at the beginning of time', async () => {
    expect(await findTotpStep(secret, codeOf(0), 0, -1)).toBe(0)
    expect(await findTotpStep(secret, codeOf(1), 0, 0)).toBe(1)
  })
})

describe('normalizeTotpCode', () => {
  it('takes six digits, and the spaces that apps show', () => {
    for (const text of ['012345', '012 345', ' 01-23-45 ', '012\u00A0345'])
      expect(normalizeTotpCode(text)).toBe('012345')
  })

  it.each([
    '',
    '12345',
    '1234567',
    '12345a',
    '１２３４５６',
    '١٢٣٤٥٦',
    '-1.2e5',
    '0x1234',
    '1'.repeat(100_000),
    `123456${' '.repeat(100)}`,
  ])('refuses %j', (text) => expect(normalizeTotpCode(text)).toBeUndefined())
})

describe('createTotpSecret', () => {
  it('has 160 bits, and others each time', async () => {
    const made = await createTotpSecret(secureRandom)
    expect(made).toMatch(/^[A-Z2-7]{32}$/)
    expect(await createTotpSecret(secureRandom)).not.toBe(made)
  })

  it('is of the bytes that it was given alone', async () => {
    const pool = new Uint8Array(64).fill(7)
    const made = await createTotpSecret((length) => pool.subarray(8, 8 + length).fill(0xff))
    expect(made).toBe('7'.repeat(32))
  })
})

describe('totpUri', () => {
  it('is what authenticator apps read', async () => {
    const uri = await totpUri(secret, 'My Shop', 'anna@example.com')
    expect(uri).toBe(
      `otpauth://totp/My%20Shop:anna%40example.com?issuer=My%20Shop&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    )
    expect(URI.parse(uri)).toMatchObject({ issuer: 'My Shop', label: 'anna@example.com', digits: 6, period: 30 })
  })

  it('lets no name break out of its place', async () => {
    const uri = await totpUri(secret, 'Evil:x?secret=AAAA&issuer=\r\n"<b>', 'a:b/../../#?&secret=BBBB\uD800')
    const { pathname, searchParams, hash } = new URL(uri)
    expect(searchParams.getAll('secret')).toEqual([secret])
    expect(searchParams.getAll('issuer')).toEqual(['Evil x?secret=AAAA&issuer=  "<b>'])
    expect(hash).toBe('')
    expect(pathname.split(':')).toHaveLength(2)
    expect(decodeURIComponent(pathname).split(':')).toHaveLength(2)
    expect(uri).toMatch(/^[\x21-\x7e]+$/)
    expect(uri).not.toMatch(/[<>"']/)
  })

  it('works without an issuer and with a very long one', async () => {
    expect(await totpUri(secret, '', 'anna')).toContain('otpauth://totp/anna?secret=')
    expect((await totpUri(secret, 'ü'.repeat(10_000), 'anna')).length).toBeLessThan(4_000)
  })
})
