import { eq } from '@cardea/core'
import { outbox, principals, type Storage } from '@cardea/storage'
import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { mostFailedAttempts } from './lock.js'
import { openForAll, openRecovery, outcomeOf, type RecoveryTest, stores } from './recovery/recovery.fixture.js'

const subject = 'Signing in was stopped'

describe.each(stores)('an account that is locked by wrong guesses, on $name,', ({ open }) => {
  let test: RecoveryTest
  let storage: Storage
  let networks = 0

  openForAll(open, (opened) => {
    ;({ storage, test } = opened)
  })

  const elsewhere = () => {
    networks += 1
    return { ip: `198.${18 + (networks >> 16)}.${(networks >> 8) & 255}.${networks & 255}`, userAgent: 'Firefox/140.0' }
  }
  const guess = async (email: string) => {
    expect(await outcomeOf(test.users.login({ email, password: 'a wrong guess' }, elsewhere()))).toBe(
      'invalid_credentials',
    )
    await test.settle()
  }
  /** As if there had been so many guesses before. */
  const leave = (id: string, left: number) =>
    storage.update(principals, { where: eq('id', id), set: { failed_attempts: mostFailedAttempts - left } })
  const told = async ({ id, email }: { readonly id: string; readonly email: string }) => ({
    mails: (await test.mailsTo(email)).filter((mail) => mail.subject.startsWith(subject)).length,
    events: test.events.filter(({ type, principalId }) => type === 'sign_in.locked' && principalId === id).length,
  })

  it('has that told to its owner once, when it begins', async () => {
    const { users, member, mailsTo } = test
    const person = await member()
    await leave(person.id, 2)
    await guess(person.email)
    expect(await told(person)).toEqual({ mails: 0, events: 0 })
    await guess(person.email)
    expect(await told(person)).toEqual({ mails: 1, events: 1 })
    for (let more = 0; more < 3; more += 1) await guess(person.email)
    expect(await told(person)).toEqual({ mails: 1, events: 1 })
    const { text } = (await mailsTo(person.email)).findLast((mail) => mail.subject.startsWith(subject)) ?? { text: '' }
    expect(text).toContain('your password has held')
    // The next lock is another one.
    await users.setPassword(person.id, 'another good password')
    await leave(person.id, 1)
    await guess(person.email)
    expect(await told(person)).toEqual({ mails: 2, events: 2 })
  })

  it('has it told once where many guess at once', async () => {
    for (let round = 0; round < rounds({ test: 2, ci: 5, long: 40 }); round += 1) {
      const person = await test.member()
      await leave(person.id, 10)
      await Promise.all(
        Array.from({ length: 20 }, () =>
          outcomeOf(test.users.login({ email: person.email, password: 'x' }, elsewhere())),
        ),
      )
      await test.settle()
      expect(await told(person)).toEqual({ mails: 1, events: 1 })
    }
  })

  it('has it told by whatever the last guess was at', async () => {
    const { users, member, otpFor, enroll, settle } = test
    const byCode = await member()
    const sent = await otpFor(byCode.email)
    await leave(byCode.id, 1)
    await outcomeOf(users.verifyOtp({ ...sent, code: 'wrong' }, elsewhere()))
    await settle()
    expect(await told(byCode)).toEqual({ mails: 1, events: 1 })

    const byFactor = await member()
    const { cookieToken } = await enroll(byFactor.session)
    await leave(byFactor.id, 1)
    const authentication = await test.authenticationOf(cookieToken === undefined ? {} : { cookieToken })
    await outcomeOf(users.reauthenticate(authentication, { code: '000000' }))
    await settle()
    expect(await told(byFactor)).toEqual({ mails: 1, events: 1 })
  })

  it('says nothing to an address that was never verified', async () => {
    const person = await test.signUp()
    await leave(person.id, 1)
    await guess(person.email)
    expect(await told(person)).toEqual({ mails: 0, events: 1 })
    expect(await storage.count(outbox, eq('recipient', person.email))).toBe(0)
  })

  it('is none where there are no passwords', async () => {
    const { users, clock, events, settle } = await openRecovery(storage, {
      auth: { otp: { enabled: true }, password: { enabled: false } },
    })
    const person = await test.member()
    clock.advance(3_600_000)
    await leave(person.id, 1)
    const { flowId } = await users.requestOtp(person.email)
    await settle()
    await outcomeOf(users.verifyOtp({ email: person.email, flowId, code: 'wrong' }))
    await settle()
    expect(events.filter(({ type }) => type === 'sign_in.locked')).toEqual([])
    expect(await storage.findOne(principals, { where: eq('id', person.id) })).toMatchObject({
      failed_attempts: mostFailedAttempts,
      lock_told: false,
    })
  })
})
