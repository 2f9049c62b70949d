import { eq, matches } from '@cardea/core'
import { createKeyring, createUuidV7, secureRandom } from '@cardea/core/crypto'
import { createPrincipal, type FactorAttempt, lazyFactors } from '@cardea/identity'
import { factors as factorTable, principals, type Storage, systemTables } from '@cardea/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { secret as root } from '../testing.fixture.js'
import { totpCode } from '../totp.fixture.js'

const step = 60_000_000

describe.each(databases)('second factors on $name', ({ open }) => {
  let database: TestDatabase
  let accounts = 0

  beforeAll(async () => {
    database = await open()
    await database.nodes[0].migrate(systemTables)
  })
  afterAll(async () => database?.close())

  const setUp = async () => {
    accounts += 1
    const principalId = `principal-${accounts}`
    const [storage] = database.nodes
    await createPrincipal(storage, { id: principalId, collection: 'users', recordKey: principalId, now: 0 })
    const time = { now: step * 30_000 }
    const clock = () => time.now
    const createId = createUuidV7(clock, secureRandom)
    const factors = lazyFactors({ clock, random: secureRandom, createId, keyring: createKeyring([root]) })
    const node = (index: number): Storage => database.nodes[index % 2 === 0 ? 0 : 1]
    const enroll = () => factors.enroll(storage, principalId, { issuer: 'Shop', account: 'anna' })
    const activate = async (code: string, on: Storage = storage) => {
      const check = await factors.checkEnrolment(on, principalId, code)
      return check.fits ? await on.transaction((inside) => factors.activate(inside, check.claim)) : undefined
    }
    const prove = async (attempt: FactorAttempt, on: Storage = storage) => {
      const check = await factors.check(on, principalId, attempt)
      return check.fits && (await factors.consume(on, check.claim))
    }
    const winnersOf = async <Result>(work: (on: Storage) => Promise<Result>, isWon: (result: Result) => boolean) =>
      (await Promise.all(Array.from({ length: 50 }, (_, index) => work(node(index))))).filter(isWon)
    return { principalId, storage, time, factors, enroll, activate, prove, winnersOf }
  }

  it('are begun anew until one is confirmed, and then not any more', async () => {
    const { principalId, storage, enroll, activate, factors } = await setUp()
    const abandoned = await enroll()
    const enrolment = await enroll()
    expect(await storage.count(factorTable, eq('principal_id', principalId))).toBe(1)
    expect(await activate(totpCode(abandoned?.secret ?? '', step))).toBeUndefined()
    expect(await activate(totpCode(enrolment?.secret ?? '', step))).toHaveLength(10)
    expect(await enroll()).toBeUndefined()
    expect(await factors.find(storage, principalId)).toEqual({ totp: 'active', backupCodesRemaining: 10 })
  })

  it('are confirmed once and each code of theirs counts once, of fifty at a time on two nodes', async () => {
    const { principalId, storage, time, enroll, activate, prove, winnersOf } = await setUp()
    const { secret } = (await enroll()) ?? { secret: '' }
    const activated = await winnersOf(
      (on) => activate(totpCode(secret, step), on),
      (codes) => codes !== undefined,
    )
    expect(activated).toHaveLength(1)
    expect(await storage.findOne(principals, { where: eq('id', principalId) })).toMatchObject({ second_factors: 1 })
    expect(await storage.count(factorTable, matches({ principal_id: principalId, kind: 'backup_code' }))).toBe(10)
    time.now += 60_000
    const isWon = (won: boolean) => won
    expect(await winnersOf((on) => prove({ code: totpCode(secret, step + 2) }, on), isWon)).toHaveLength(1)
    const [backupCode = ''] = activated[0] ?? []
    expect(await winnersOf((on) => prove({ backupCode }, on), isWon)).toHaveLength(1)
    expect(await storage.count(factorTable, matches({ principal_id: principalId, kind: 'backup_code' }))).toBe(9)
  })

  it('can be renewed and taken away', async () => {
    const { principalId, storage, enroll, activate, prove, factors } = await setUp()
    const { secret } = (await enroll()) ?? { secret: '' }
    const [backupCode = ''] = (await activate(totpCode(secret, step))) ?? []
    const [renewed = ''] = (await storage.transaction((inside) => factors.renewBackupCodes(inside, principalId))) ?? []
    expect(await prove({ backupCode })).toBe(false)
    expect(await prove({ backupCode: renewed })).toBe(true)
    expect(await storage.transaction((inside) => factors.disable(inside, principalId))).toBe(true)
    expect(await storage.count(factorTable, eq('principal_id', principalId))).toBe(0)
    expect(await storage.findOne(principals, { where: eq('id', principalId) })).toMatchObject({ second_factors: 0 })
  })
})
