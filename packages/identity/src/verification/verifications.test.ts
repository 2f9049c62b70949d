import { createKeyring, createUuidV7, secureRandom } from '@cardea/core/crypto'
import { verifications as table } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { addPrincipal, createTestStorage } from '../identity.fixture.js'
import { bumpEpoch, deletePrincipal, disablePrincipal } from '../principal/principals.js'
import { createVerifications } from './verifications.js'
import { countWaiting, endWaiting, findWaiting, listWaiting } from './waiting-verifications.js'

const roots = ['a root secret that only this test uses']

const setUp = async () => {
  const statements: string[] = []
  const storage = await createTestStorage((kind) => statements.push(kind))
  const time = { now: 1_000_000 }
  const clock = () => time.now
  const build = (secrets: readonly string[]) =>
    createVerifications({
      clock,
      random: secureRandom,
      createId: createUuidV7(clock, secureRandom),
      keyring: createKeyring(secrets),
    })
  await addPrincipal(storage, 'anna')
  return { storage, time, build, verifications: build(roots), statements }
}

const reset = {
  purpose: 'password_reset',
  collection: 'users',
  subject: 'anna',
  principal: { id: 'anna', epoch: 0 },
  lifetimeSeconds: 3_600,
} as const
const expected = { purpose: 'password_reset', collection: 'users' } as const
const otp = { ...reset, purpose: 'otp', subject: 'anna@example.test', flowId: 'flow-1', lifetimeSeconds: 600 } as const
const place = { purpose: 'otp', collection: 'users', subject: 'anna@example.test', flowId: 'flow-1' } as const
const wrong = (code: string) => (code === '000000' ? '000001' : '000000')

describe('findByToken', () => {
  it('finds what a token stands for, without using it up', async () => {
    const { storage, verifications } = await setUp()
    const { token } = await verifications.issueToken(storage, { ...reset, bound: { email: 'new@example.test' } })
    expect(token).toMatch(/^[\w.-]{80}$/)
    for (let round = 0; round < 2; round += 1) {
      expect(await verifications.findByToken(storage, token, expected)).toMatchObject({
        purpose: 'password_reset',
        subject: 'anna',
        bound: { email: 'new@example.test' },
        principal: { id: 'anna', epoch: 0 },
      })
    }
  })

  it('finds nothing for another purpose or collection', async () => {
    const { storage, verifications } = await setUp()
    const { token } = await verifications.issueToken(storage, reset)
    expect(await verifications.findByToken(storage, token, { ...expected, purpose: 'email_change' })).toBeUndefined()
    expect(await verifications.findByToken(storage, token, { ...expected, collection: 'vendors' })).toBeUndefined()
  })

  it('finds nothing from its last instant on', async () => {
    const { storage, verifications, time } = await setUp()
    const { token } = await verifications.issueToken(storage, reset)
    time.now += 3_599_999
    expect(await verifications.findByToken(storage, token, expected)).toBeDefined()
    time.now += 1
    expect(await verifications.findByToken(storage, token, expected)).toBeUndefined()
  })

  it.each([
    ['the epoch has passed', (storage) => bumpEpoch(storage, 'anna')],
    ['the principal is disabled', (storage) => disablePrincipal(storage, 'anna')],
    ['the principal is gone', (storage) => deletePrincipal(storage, 'anna')],
  ] satisfies [string, (storage: Awaited<ReturnType<typeof createTestStorage>>) => Promise<unknown>][])(
    'finds nothing once %s',
    async (_name, change) => {
      const { storage, verifications } = await setUp()
      const { token } = await verifications.issueToken(storage, reset)
      await change(storage)
      expect(await verifications.findByToken(storage, token, expected)).toBeUndefined()
    },
  )

  it('knows only the newest of one flow', async () => {
    const { storage, verifications } = await setUp()
    const old = await verifications.issueToken(storage, reset)
    const newer = await verifications.issueToken(storage, reset)
    expect(await verifications.findByToken(storage, old.token, expected)).toBeUndefined()
    expect(await verifications.findByToken(storage, newer.token, expected)).toBeDefined()
    expect(await storage.count(table)).toBe(1)
  })

  it('asks the database nothing about what cannot be a token', async () => {
    const { storage, verifications, statements } = await setUp()
    const { token } = await verifications.issueToken(storage, reset)
    const before = statements.length
    for (const odd of [undefined, null, 0, '', [token], { token }, `${token}A`, token.slice(1), 'x'.repeat(80)]) {
      expect(await verifications.findByToken(storage, odd, expected)).toBeUndefined()
    }
    expect(statements).toHaveLength(before)
  })

  it('takes a secret of a root that is no longer the first', async () => {
    const { storage, build } = await setUp()
    const { token } = await build(roots).issueToken(storage, reset)
    const other = 'another root secret for the same test'
    expect(await build([other, ...roots]).findByToken(storage, token, expected)).toBeDefined()
    expect(await build([other]).findByToken(storage, token, expected)).toBeUndefined()
  })

  it('refuses every token that differs by one character', async () => {
    const { storage, verifications } = await setUp()
    const { token } = await verifications.issueToken(storage, reset)
    for (let index = 37; index < token.length; index += 1) {
      const other = `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`
      expect(await verifications.findByToken(storage, other, expected)).toBeUndefined()
    }
  })
})

describe('consume', () => {
  it('succeeds once, however many try', async () => {
    const { storage, verifications } = await setUp()
    const { token } = await verifications.issueToken(storage, reset)
    const won = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const pending = await verifications.findByToken(storage, token, expected)
        return pending !== undefined && (await verifications.consume(storage, pending))
      }),
    )
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await verifications.findByToken(storage, token, expected)).toBeUndefined()
  })

  it('takes nothing that was replaced meanwhile', async () => {
    const { storage, verifications } = await setUp()
    const { token } = await verifications.issueToken(storage, reset)
    const pending = await verifications.findByToken(storage, token, expected)
    const newer = await verifications.issueToken(storage, reset)
    if (pending === undefined) throw new Error('not found')
    expect(await verifications.consume(storage, pending)).toBe(false)
    expect(await verifications.findByToken(storage, newer.token, expected)).toBeDefined()
  })
})

describe('tryCode', () => {
  it('takes the right code', async () => {
    const { storage, verifications } = await setUp()
    const { code } = await verifications.issueCode(storage, otp)
    expect(code).toMatch(/^\d{6}$/)
    expect(await verifications.tryCode(storage, code, place)).toMatchObject({
      accepted: true,
      pending: { principal: { id: 'anna' } },
    })
  })

  it('looks at no more guesses than there are tries, however many come at once', async () => {
    const { storage, verifications } = await setUp()
    const { code } = await verifications.issueCode(storage, otp)
    const results = await Promise.all(
      Array.from({ length: 200 }, () => verifications.tryCode(storage, wrong(code), place)),
    )
    const reasons = results.map((result) => (result.accepted ? 'accepted' : result.reason))
    expect(reasons.filter((reason) => reason === 'mismatch')).toHaveLength(5)
    expect(reasons.filter((reason) => reason === 'exhausted')).toHaveLength(195)
    expect(await verifications.tryCode(storage, code, place)).toMatchObject({ accepted: false, reason: 'exhausted' })
  })

  it('takes no code of another flow', async () => {
    const { storage, verifications } = await setUp()
    const first = await verifications.issueCode(storage, otp)
    const second = await verifications.issueCode(storage, { ...otp, flowId: 'flow-2' })
    if (first.code === second.code) return
    expect(await verifications.tryCode(storage, first.code, { ...place, flowId: 'flow-2' })).toMatchObject({
      reason: 'mismatch',
    })
    expect(await verifications.tryCode(storage, first.code, place)).toMatchObject({ accepted: true })
  })

  it.each(['a\u0000b', '\ud800', 'x'.repeat(10_000), "' or 1=1 --", ''])('finds no flow by %j', async (flowId) => {
    const { storage, verifications } = await setUp()
    const { code } = await verifications.issueCode(storage, otp)
    expect(await verifications.tryCode(storage, code, { ...place, flowId })).toMatchObject({ accepted: false })
  })

  it('means the newest where no flow is named, and counts that elsewhere', async () => {
    const { storage, verifications, time } = await setUp()
    const old = await verifications.issueCode(storage, otp)
    time.now += 1
    const newer = await verifications.issueCode(storage, { ...otp, flowId: 'flow-2' })
    if (old.code === newer.code) return
    const asked: string[] = []
    const loose = {
      ...place,
      flowId: undefined,
      countAttempt: async (id: string) => asked.push(id) <= 2,
    }
    expect(await verifications.tryCode(storage, old.code, loose)).toMatchObject({ reason: 'mismatch' })
    expect(await verifications.tryCode(storage, newer.code, loose)).toMatchObject({ accepted: true })
    expect(await verifications.tryCode(storage, newer.code, loose)).toMatchObject({ reason: 'exhausted' })
    expect(asked).toEqual([newer.id, newer.id, newer.id])
    const [row] = await storage.find(table, { where: { op: 'eq', field: 'id', value: newer.id }, limit: 1 })
    expect(row?.attempts_left).toBe(5)
  })

  it('asks as much of the database for nobody as for somebody', async () => {
    const { storage, verifications, statements } = await setUp()
    const { code } = await verifications.issueCode(storage, otp)
    const count = async (work: () => Promise<unknown>) => {
      const before = statements.length
      await work()
      return statements.slice(before)
    }
    expect(await count(() => verifications.tryCode(storage, '123456', { ...place, subject: 'nobody' }))).toEqual(
      await count(() => verifications.tryCode(storage, wrong(code), place)),
    )
  })

  it.each([undefined, null, 483_921, ['483921'], '', '48392', 'x'.repeat(10_000)])('refuses %j', async (odd) => {
    const { storage, verifications } = await setUp()
    await verifications.issueCode(storage, otp)
    expect((await verifications.tryCode(storage, odd, place)).accepted).toBe(false)
  })

  it('is over with the epoch', async () => {
    const { storage, verifications } = await setUp()
    const { code } = await verifications.issueCode(storage, otp)
    await bumpEpoch(storage, 'anna')
    expect(await verifications.tryCode(storage, code, place)).toMatchObject({ accepted: false, reason: 'outdated' })
  })
})

describe('carryOver', () => {
  it('lets a secret live on over the bump just made, and over no earlier one', async () => {
    const { storage, verifications } = await setUp()
    const { token } = await verifications.issueToken(storage, reset)
    const pending = await verifications.findByToken(storage, token, expected)
    if (pending === undefined) throw new Error('not found')
    await bumpEpoch(storage, 'anna')
    expect(await verifications.carryOver(storage, pending, 1)).toBe(true)
    expect(await verifications.findByToken(storage, token, expected)).toBeDefined()
    await bumpEpoch(storage, 'anna')
    await bumpEpoch(storage, 'anna')
    expect(await verifications.carryOver(storage, pending, 3)).toBe(false)
  })
})

describe('revoke', () => {
  it('ends those of some purposes, or all', async () => {
    const { storage, verifications } = await setUp()
    await verifications.issueToken(storage, reset)
    await verifications.issueCode(storage, otp)
    expect(await verifications.revoke(storage, 'anna', ['otp'])).toBe(1)
    expect(await verifications.revoke(storage, 'anna')).toBe(1)
  })
})

const invitation = { purpose: 'invitation', collection: 'users' } as const

describe('renewToken', () => {
  it('makes the secret anew, and keeps all else', async () => {
    const { storage, time, verifications } = await setUp()
    const issued = await verifications.issueToken(storage, { ...reset, bound: { email: 'a@b.test' } })
    time.now += 1_000
    const renewed = await verifications.renewToken(storage, issued.id, expected)
    expect(renewed).toMatchObject({
      id: issued.id,
      subject: 'anna',
      bound: { email: 'a@b.test' },
      createdAt: 1_000_000,
    })
    expect(renewed?.expiresAt).toBe(issued.expiresAt)
    expect(await verifications.findByToken(storage, issued.token, expected)).toBeUndefined()
    expect(await verifications.findByToken(storage, renewed?.token, expected)).toMatchObject({ id: issued.id })
  })

  it('makes none for what does not wait: unknown, of another purpose or collection, expired, used, outdated', async () => {
    const { storage, time, verifications } = await setUp()
    const { id, token } = await verifications.issueToken(storage, reset)
    expect(await verifications.renewToken(storage, 'nothing', expected)).toBeUndefined()
    expect(await verifications.renewToken(storage, id, invitation)).toBeUndefined()
    expect(await verifications.renewToken(storage, id, { ...expected, collection: 'customers' })).toBeUndefined()
    // None of these has touched it.
    const pending = await verifications.findByToken(storage, token, expected)
    if (pending === undefined) throw new Error('not pending')
    expect(await storage.transaction((transaction) => verifications.consume(transaction, pending))).toBe(true)
    expect(await verifications.renewToken(storage, id, expected)).toBeUndefined()
    const late = await verifications.issueToken(storage, { ...reset, lifetimeSeconds: 1 })
    time.now += 1_000
    expect(await verifications.renewToken(storage, late.id, expected)).toBeUndefined()
    const outdated = await verifications.issueToken(storage, reset)
    await storage.transaction((transaction) => bumpEpoch(transaction, 'anna'))
    expect(await verifications.renewToken(storage, outdated.id, expected)).toBeUndefined()
  })
})

describe('what waits', () => {
  it('is listed by purpose and collection in the order of subjects, and says whether it holds', async () => {
    const { storage, time, verifications } = await setUp()
    const issue = (subject: string, more: object = {}) =>
      verifications.issueToken(storage, { ...invitation, subject, lifetimeSeconds: 60, ...more })
    await issue('c')
    const second = await issue('b', { principal: { id: 'anna', epoch: 0 } })
    await issue('a')
    await issue('a', { collection: 'customers' })
    await verifications.issueToken(storage, reset)
    const list = (part: { readonly limit: number; readonly offset?: number; readonly after?: string }) =>
      listWaiting(storage, invitation, time.now, part)
    expect((await list({ limit: 10 })).map(({ subject, holds }) => [subject, holds])).toEqual([
      ['a', true],
      ['b', true],
      ['c', true],
    ])
    expect((await list({ limit: 1, after: 'a' })).map(({ subject }) => subject)).toEqual(['b'])
    expect((await list({ limit: 5, offset: 2 })).map(({ subject }) => subject)).toEqual(['c'])
    expect(await countWaiting(storage, invitation)).toBe(3)
    await storage.transaction((transaction) => bumpEpoch(transaction, 'anna'))
    expect(await findWaiting(storage, second.id, invitation, time.now)).toMatchObject({
      principalId: 'anna',
      holds: false,
    })
    expect(await endWaiting(storage, second.id, { ...invitation, collection: 'customers' })).toBe(false)
    expect(await endWaiting(storage, second.id, invitation)).toBe(true)
    expect(await endWaiting(storage, second.id, invitation)).toBe(false)
    time.now += 60_000
    expect((await list({ limit: 10 })).map(({ subject, holds }) => [subject, holds])).toEqual([
      ['a', false],
      ['c', false],
    ])
  })
})
