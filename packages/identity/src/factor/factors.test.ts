import { eq, matches } from '@cardea/core'
import { createKeyring, createUuidV7, type Keyring, secureRandom } from '@cardea/core/crypto'
import { factors as factorTable, principals, type Storage, systemTables } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { HOTP, Secret } from 'otpauth'
import { describe, expect, it } from 'vitest'
import { addPrincipal } from '../identity.fixture.js'
import { deletePrincipal } from '../principal/principals.js'
import { createFactors, type FactorAttempt, type Factors } from './factors.js'

const root = 'a root secret that only this test uses'
const names = { issuer: 'My Shop', account: 'anna@example.com' }
const step = 60_000_000

const setUp = async (keyring: Keyring = createKeyring([root])) => {
  const statements: string[] = []
  const storage = createMemoryStorage({
    clock: () => 1_000,
    log: ({ kind }) => {
      if (kind === 'statement') statements.push(kind)
    },
  })
  await storage.migrate(systemTables)
  await addPrincipal(storage, 'anna')
  await addPrincipal(storage, 'ben')
  const time = { now: step * 30_000 }
  const clock = () => time.now
  const nodeOf = (own: Keyring): Factors =>
    createFactors({ clock, random: secureRandom, createId: createUuidV7(clock, secureRandom), keyring: own })
  const factors = nodeOf(keyring)
  const codeOf = (secret: string, at = step) => HOTP.generate({ secret: Secret.fromBase32(secret), counter: at })
  const enroll = async (principalId = 'anna') => {
    const enrolment = await factors.enroll(storage, principalId, names)
    if (enrolment === undefined) throw new Error('a generator is in use')
    return enrolment
  }
  const activate = async (code: string, principalId = 'anna') => {
    const check = await factors.checkEnrolment(storage, principalId, code)
    return check.fits
      ? await storage.transaction((transaction) => factors.activate(transaction, check.claim))
      : undefined
  }
  /** A principal with a generator in use, two steps after its first code. */
  const enrolled = async (principalId = 'anna') => {
    time.now = step * 30_000
    const { secret } = await enroll(principalId)
    const backupCodes = (await activate(codeOf(secret), principalId)) ?? []
    time.now += 60_000
    return { secret, backupCodes, code: codeOf(secret, step + 2) }
  }
  /** Checks and uses up at once. */
  const prove = async (attempt: FactorAttempt, principalId = 'anna', node = factors) => {
    const check = await node.check(storage, principalId, attempt)
    if (!check.fits) return check.reason
    return await node.consume(storage, check.claim)
  }
  return { storage, factors, time, statements, nodeOf, codeOf, enroll, activate, enrolled, prove }
}

const countOf = async (storage: Storage, principalId = 'anna') =>
  (await storage.findOne(principals, { where: eq('id', principalId) }))?.second_factors

describe('enroll', () => {
  it('gives secret, URI and picture, and changes nothing about signing in', async () => {
    const { storage, factors, enroll } = await setUp()
    const { secret, otpauthUri, qrSvg } = await enroll()
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(otpauthUri).toContain(`secret=${secret}`)
    expect(otpauthUri).toContain('My%20Shop:anna%40example.com')
    expect(qrSvg).toMatch(/^<svg /)
    expect(await countOf(storage)).toBe(0)
    expect(await factors.find(storage, 'anna')).toEqual({ totp: 'pending', backupCodesRemaining: 0 })
    expect(await factors.find(storage, 'ben')).toEqual({ totp: 'none', backupCodesRemaining: 0 })
  })

  it('replaces one that was never confirmed', async () => {
    const { storage, enroll, activate, codeOf } = await setUp()
    const abandoned = await enroll()
    const { secret } = await enroll()
    expect(await storage.count(factorTable)).toBe(1)
    expect(await activate(codeOf(abandoned.secret))).toBeUndefined()
    expect(await activate(codeOf(secret))).toHaveLength(10)
  })

  it('touches none that is in use', async () => {
    const { storage, factors, enrolled, prove } = await setUp()
    const { code } = await enrolled()
    const before = await storage.find(factorTable, { limit: 'all' })
    expect(await factors.enroll(storage, 'anna', names)).toBeUndefined()
    expect(await storage.find(factorTable, { limit: 'all' })).toEqual(before)
    expect(await prove({ code })).toBe(true)
  })

  it('keeps the secret where the database alone cannot read it', async () => {
    const { storage, enrolled } = await setUp()
    const { secret, backupCodes } = await enrolled()
    const dump = JSON.stringify(await storage.find(factorTable, { limit: 'all' }))
    const bytes = Buffer.from(Secret.fromBase32(secret).bytes)
    for (const form of [
      secret,
      ...(['hex', 'base64', 'base64url', 'latin1'] as const).map((kind) => bytes.toString(kind)),
    ]) {
      expect(dump).not.toContain(form)
    }
    for (const code of backupCodes) {
      const symbols = code.replaceAll('-', '')
      for (const form of [code, symbols, symbols.toLowerCase(), Buffer.from(symbols).toString('base64url')]) {
        expect(dump).not.toContain(form)
      }
    }
  })
})

describe('activate', () => {
  it('needs a right code, and none is good enough for somebody else', async () => {
    const { storage, factors, enroll, activate, codeOf } = await setUp()
    const { secret } = await enroll()
    await enroll('ben')
    expect(await factors.checkEnrolment(storage, 'ben', codeOf(secret))).toEqual({ fits: false, reason: 'mismatch' })
    expect(await activate(codeOf(secret, step + 5))).toBeUndefined()
    expect(await countOf(storage)).toBe(0)
    expect(await activate(codeOf(secret))).toHaveLength(10)
    expect(await countOf(storage)).toBe(1)
    expect(await factors.find(storage, 'anna')).toEqual({ totp: 'active', backupCodesRemaining: 10 })
    expect(await factors.find(storage, 'ben')).toEqual({ totp: 'pending', backupCodesRemaining: 0 })
  })

  it('happens once, of fifty at a time', async () => {
    const { storage, enroll, activate, codeOf } = await setUp()
    const { secret } = await enroll()
    const results = await Promise.all(Array.from({ length: 50 }, () => activate(codeOf(secret))))
    expect(results.filter((codes) => codes !== undefined)).toHaveLength(1)
    expect(await countOf(storage)).toBe(1)
    expect(await storage.count(factorTable, eq('kind', 'backup_code'))).toBe(10)
  })

  it('does nothing with a claim on a generator that was replaced meanwhile', async () => {
    const { storage, factors, enroll, codeOf } = await setUp()
    const { secret } = await enroll()
    const check = await factors.checkEnrolment(storage, 'anna', codeOf(secret))
    await enroll()
    if (!check.fits) throw new Error(check.reason)
    expect(await factors.activate(storage, check.claim)).toBeUndefined()
    expect(await countOf(storage)).toBe(0)
  })

  it('takes no claim on a backup code, and its own code is used up', async () => {
    const { storage, factors, enroll, activate, codeOf, prove } = await setUp()
    const { secret } = await enroll()
    const [backupCode = ''] = (await activate(codeOf(secret))) ?? []
    const check = await factors.check(storage, 'anna', { backupCode })
    if (!check.fits) throw new Error(check.reason)
    expect(await factors.activate(storage, check.claim)).toBeUndefined()
    expect(await prove({ code: codeOf(secret) })).toBe('replayed')
    expect(await factors.checkEnrolment(storage, 'anna', codeOf(secret, step + 1))).toMatchObject({ fits: false })
  })
})

describe('check and consume', () => {
  it('take a code of the generator once, of fifty at a time', async () => {
    const { enrolled, prove } = await setUp()
    const { code } = await enrolled()
    const results = await Promise.all(Array.from({ length: 50 }, () => prove({ code })))
    expect(results.filter((result) => result === true)).toHaveLength(1)
    expect(await prove({ code })).toBe('replayed')
  })

  it('take no older code after a newer one, also when the clock goes back', async () => {
    const { enrolled, prove, codeOf, time } = await setUp()
    const { secret } = await enrolled()
    expect(await prove({ code: codeOf(secret, step + 3) })).toBe(true)
    expect(await prove({ code: codeOf(secret, step + 2) })).toBe('replayed')
    time.now -= 60_000
    expect(await prove({ code: codeOf(secret, step + 1) })).toBe('replayed')
    time.now += 120_000
    expect(await prove({ code: codeOf(secret, step + 4) })).toBe(true)
  })

  it('count a claim once, whatever was checked meanwhile', async () => {
    const { storage, factors, enrolled, codeOf } = await setUp()
    const { secret, code } = await enrolled()
    const check = await factors.check(storage, 'anna', { code })
    const newer = await factors.check(storage, 'anna', { code: codeOf(secret, step + 3) })
    if (!check.fits || !newer.fits) throw new Error('does not fit')
    expect(await factors.consume(storage, newer.claim)).toBe(true)
    expect(await factors.consume(storage, check.claim)).toBe(false)
  })

  it('take nothing that is not in use', async () => {
    const { storage, factors, enroll, prove, codeOf } = await setUp()
    const { secret } = await enroll()
    const pending = await factors.checkEnrolment(storage, 'anna', codeOf(secret))
    if (!pending.fits) throw new Error(pending.reason)
    expect(await factors.consume(storage, pending.claim)).toBe(false)
    expect(await prove({ code: codeOf(secret) })).toBe('no_factor')
    expect(await prove({ code: '123456' }, 'nobody')).toBe('no_factor')
    expect(await prove({ backupCode: '0000-0000-0000-0000' })).toBe(false)
  })

  it('spend no statement on what is no code', async () => {
    const { storage, factors, enrolled, statements } = await setUp()
    await enrolled()
    statements.length = 0
    for (const attempt of [{ code: '12345' }, { code: 'abcdef' }, { backupCode: '123456' }, { backupCode: '' }]) {
      expect(await factors.check(storage, 'anna', attempt)).toEqual({ fits: false, reason: 'malformed' })
    }
    expect(await factors.checkEnrolment(storage, 'anna', '')).toEqual({ fits: false, reason: 'malformed' })
    expect(statements).toEqual([])
  })

  it('take a backup code once, of fifty at a time, and only from its owner', async () => {
    const { storage, factors, enrolled, prove } = await setUp()
    const { backupCodes } = await enrolled()
    await enrolled('ben')
    const [backupCode = '', other = ''] = backupCodes
    expect(await prove({ backupCode }, 'ben')).toBe(false)
    const typed = backupCode.toLowerCase().replaceAll('-', ' ')
    const results = await Promise.all(Array.from({ length: 50 }, () => prove({ backupCode: typed })))
    expect(results.filter((result) => result === true)).toHaveLength(1)
    expect(await factors.find(storage, 'anna')).toEqual({ totp: 'active', backupCodesRemaining: 9 })
    expect(await prove({ backupCode: other })).toBe(true)
  })

  it('take backup codes of a root secret that was replaced, while it is listed', async () => {
    const { nodeOf, enrolled, prove, codeOf } = await setUp()
    const { secret, backupCodes } = await enrolled()
    const rotated = nodeOf(createKeyring(['the root secret that comes after it', root]))
    expect(await prove({ backupCode: backupCodes[0] ?? '' }, 'anna', rotated)).toBe(true)
    expect(await prove({ code: codeOf(secret, step + 2) }, 'anna', rotated)).toBe(true)
  })

  it('never take a missing key for a wrong code', async () => {
    const { storage, nodeOf, enrolled, enroll, codeOf } = await setUp()
    const { code } = await enrolled()
    const { secret } = await enroll('ben')
    const without = nodeOf(createKeyring(['the root secret that comes after it']))
    for (const wrong of [code, '000000']) {
      await expect(without.check(storage, 'anna', { code: wrong })).rejects.toMatchObject({ code: 'unavailable' })
    }
    await expect(without.checkEnrolment(storage, 'ben', codeOf(secret))).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('take no secret that was copied to somebody else', async () => {
    const { storage, factors, enrolled } = await setUp()
    const { code } = await enrolled()
    await enrolled('ben')
    const own = await storage.findOne(factorTable, {
      where: matches({ principal_id: 'anna', kind: 'totp' }),
    })
    await storage.update(factorTable, {
      where: matches({ principal_id: 'ben', kind: 'totp' }),
      set: { secret: own?.secret ?? null },
    })
    await expect(factors.check(storage, 'ben', { code })).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('have no effect on the codes of a generator after it is gone', async () => {
    const { storage, factors, enrolled } = await setUp()
    const { code, backupCodes } = await enrolled()
    const checks = [
      await factors.check(storage, 'anna', { code }),
      await factors.check(storage, 'anna', { backupCode: backupCodes[0] ?? '' }),
    ]
    await factors.disable(storage, 'anna')
    await enrolled()
    for (const check of checks) {
      if (!check.fits) throw new Error(check.reason)
      expect(await factors.consume(storage, check.claim)).toBe(false)
    }
  })
})

describe('renewBackupCodes', () => {
  it('makes ten new codes, and the old ones worthless', async () => {
    const { storage, factors, enrolled, prove } = await setUp()
    const { backupCodes, code } = await enrolled()
    await enrolled('ben')
    await prove({ backupCode: backupCodes[0] ?? '' })
    const renewed = (await factors.renewBackupCodes(storage, 'anna')) ?? []
    expect(renewed).toHaveLength(10)
    expect(await factors.find(storage, 'anna')).toEqual({ totp: 'active', backupCodesRemaining: 10 })
    expect(await factors.find(storage, 'ben')).toEqual({ totp: 'active', backupCodesRemaining: 10 })
    for (const backupCode of backupCodes) expect(await prove({ backupCode })).toBe(false)
    for (const backupCode of renewed) expect(await prove({ backupCode })).toBe(true)
    expect(await prove({ code })).toBe(true)
  })

  it('makes none without a generator in use', async () => {
    const { storage, factors, enroll } = await setUp()
    await enroll()
    for (const principalId of ['anna', 'ben']) {
      expect(await factors.renewBackupCodes(storage, principalId)).toBeUndefined()
    }
    expect(await storage.count(factorTable, eq('kind', 'backup_code'))).toBe(0)
  })
})

describe('disable', () => {
  it('takes all factors from one principal', async () => {
    const { storage, factors, enrolled, enroll } = await setUp()
    await enrolled()
    await enrolled('ben')
    expect(await factors.disable(storage, 'anna')).toBe(true)
    expect(await factors.disable(storage, 'anna')).toBe(false)
    expect(await factors.find(storage, 'anna')).toEqual({ totp: 'none', backupCodesRemaining: 0 })
    expect(await countOf(storage)).toBe(0)
    expect(await countOf(storage, 'ben')).toBe(1)
    await enroll()
    expect(await factors.disable(storage, 'anna')).toBe(false)
    expect(await factors.find(storage, 'anna')).toEqual({ totp: 'none', backupCodesRemaining: 0 })
  })

  it('comes with the end of the principal', async () => {
    const { storage, enrolled } = await setUp()
    await enrolled()
    await deletePrincipal(storage, 'anna')
    expect(await storage.count(factorTable)).toBe(0)
  })
})
