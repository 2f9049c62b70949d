import { limits, type Storage } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createTestCardea } from '../../testing.fixture.js'
import { hour, minute, openForAll, outcomeOf, type RecoveryTest, stores } from '../recovery/recovery.fixture.js'

/** A token that nobody was given. */
const madeUp = (index: number): string => Buffer.from(String(index).padStart(16, '0')).toString('base64url')

describe.each(stores)('codes for a device that the account knows, on $name,', ({ open }) => {
  let test: RecoveryTest
  let storage: Storage

  openForAll(open, (opened) => {
    ;({ storage, test } = opened)
  })

  /** Signs in from another browser. @returns What it is known by. */
  async function browserOf({ email, password }: { readonly email: string; readonly password: string }) {
    const { deviceToken = '' } = await test.users.login({ email, password }, { keepsDeviceToken: true })
    await test.settle()
    return { deviceToken }
  }

  const codesTo = async (email: string) =>
    (await test.mailsTo(email)).filter(({ subject }) => subject.startsWith('Your code')).length

  it('come however much strangers ask for, with the same pause and as many a day', async () => {
    const { users, member, clock, codeTo } = test
    const person = await member()
    const { email } = person
    const browser = await browserOf(person)
    const ask = async (context = {}) => {
      const asked = await users.requestOtp(email, context)
      await test.settle()
      return asked
    }
    for (let hourOfDay = 0; hourOfDay < 12; hourOfDay += 1) {
      for (let time = 0; time < 5; time += 1) {
        await ask({ deviceToken: madeUp(time), ip: `198.51.${hourOfDay}.${time}` })
        await ask()
        clock.advance(minute)
      }
      clock.advance(hour)
    }
    for (let time = 0; time < 10; time += 1) {
      await ask({ deviceToken: madeUp(time) })
      clock.advance(minute)
    }
    const strangers = await codesTo(email)
    expect(strangers).toBeGreaterThanOrEqual(20)
    expect(strangers).toBeLessThanOrEqual(31)
    await ask()
    await ask({ deviceToken: madeUp(99) })
    expect(await codesTo(email)).toBe(strangers)

    const { flowId } = await ask(browser)
    expect(await codesTo(email)).toBe(strangers + 1)
    expect((await users.verifyOtp({ email, flowId, code: await codeTo(email) }, browser)).user.id).toBe(person.id)
    await ask(browser)
    expect(await codesTo(email)).toBe(strangers + 1)
    for (let time = 0; time < 10; time += 1) {
      clock.advance(minute)
      await ask(browser)
    }
    // Five at once, and one more for each twelve minutes that pass.
    expect(await codesTo(email)).toBeLessThanOrEqual(strangers + 6)
    expect(await codesTo(email)).toBeGreaterThanOrEqual(strangers + 5)
    // Another one has its own.
    await ask(await browserOf(person))
    expect(await codesTo(email)).toBeGreaterThanOrEqual(strangers + 6)
  })

  it('come out of what all get where another account knows it, or the address is not verified', async () => {
    const { users, member, signUp } = test
    const [person, other, unverified] = [await member(), await member(), await signUp()]
    const ofOther = await browserOf(other)
    for (const [{ email }, browser] of [
      [person, ofOther],
      [unverified, await browserOf(unverified)],
    ] as const) {
      await users.requestOtp(email)
      await users.requestOtp(email, browser)
      expect([email, await codesTo(email)]).toEqual([email, 1])
    }
    // Where nobody has asked before, it is not refused.
    const { email } = await member()
    await users.requestOtp(email, ofOther)
    expect(await codesTo(email)).toBe(1)
    await users.requestOtp(email)
    expect(await codesTo(email)).toBe(1)
  })

  it('are a hundred a day for all devices together', async () => {
    const { users, member } = test
    const person = await member()
    const tokens: string[] = []
    for (let index = 0; index < 60; index += 1) tokens.push((await browserOf(person)).deviceToken)
    for (let round = 0; round < 2; round += 1) {
      for (const deviceToken of tokens) await users.requestOtp(person.email, { deviceToken })
      test.clock.advance(minute)
    }
    expect(await codesTo(person.email)).toBe(100)
  })

  it('keep the token of the device to themselves', async () => {
    const { users, member } = test
    const person = await member()
    const { deviceToken } = await browserOf(person)
    await users.requestOtp(person.email, { deviceToken })
    await test.settle()
    expect(JSON.stringify(await storage.find(limits, { limit: 'all' }))).not.toContain(deviceToken)
  })
})

describe('a code that could not be sent at once', () => {
  it.each(['of nobody', 'of the account'])(
    'is sent later, from the budget that it has drawn on: device %s',
    async (whose) => {
      const sent: string[] = []
      let fails = true
      const { auth, clock, settle } = createTestCardea({
        auth: { otp: { enabled: true } },
        send: async ({ text, subject }) => {
          if (!subject.startsWith('Your code')) return
          if (fails) throw new Error('the server is away')
          sent.push(/\d{6}/.exec(text)?.[0] ?? '')
        },
      })
      await auth.migrate()
      await auth.ready()
      const jane = { email: 'jane@example.com', password: 'a good password', username: 'jane', name: 'Jane' }
      await auth.users.create(jane, { verified: true })
      const { email, password } = jane
      const { deviceToken = '' } = await auth.users.login({ email, password }, { keepsDeviceToken: true })
      await settle()
      const context = { deviceToken: whose === 'of nobody' ? madeUp(1) : deviceToken }
      const { flowId } = await auth.users.requestOtp(email, context)
      await settle()
      expect(await auth.jobs.run()).toMatchObject({ sent: 0, remaining: 1 })
      fails = false
      clock.advance(30_000)
      expect(await auth.jobs.run()).toMatchObject({ sent: 1, remaining: 0 })
      expect(await outcomeOf(auth.users.verifyOtp({ email, flowId, code: sent[0] ?? '' }))).toBe('done')
    },
  )
})
