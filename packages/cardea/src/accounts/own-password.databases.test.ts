import { eq } from '@cardea/core'
import { principals, type Storage } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { hour, minute, openForAll, outcomeOf, type RecoveryTest, stores } from './recovery/recovery.fixture.js'

const another = 'another good password'
const day = 24 * hour

describe.each(stores)('passwords that are tried in a session, on $name,', ({ open }) => {
  let test: RecoveryTest
  let storage: Storage

  openForAll(open, (opened) => {
    ;({ storage, test } = opened)
  })

  type Person = Awaited<ReturnType<typeof test.member>>
  type Session = Parameters<typeof test.authenticationOf>[0]
  /** Proves oneself in a session. @returns The session as it goes on, or why not. */
  const prove = async (session: Session, password: string) => {
    const authentication = await test.authenticationOf(session)
    try {
      return await test.users.reauthenticate(authentication, { password })
    } catch (error) {
      return await outcomeOf(Promise.reject(error))
    }
  }
  /** Guesses from the session of somebody, over days: here nobody looks whether it has ended before the password is right. */
  const guesser = async ({ session }: Person) => {
    const authentication = await test.authenticationOf(session)
    return (currentPassword: string) =>
      outcomeOf(test.users.changePassword(authentication, { currentPassword, newPassword: another }))
  }
  const failures = async ({ id }: Person) =>
    (await storage.findOne(principals, { where: eq('id', id) }))?.failed_attempts

  /** Guesses from the session until nothing is looked at any more, and then some, for days. */
  async function exhaust(person: Person): Promise<readonly string[]> {
    const outcomes: string[] = []
    const guess = await guesser(person)
    for (let time = 0; time < 20; time += 1) {
      test.clock.advance(time % 4 === 3 ? 2 * day : minute)
      await test.auth.jobs.run()
      outcomes.push(await guess(`guess ${time}`))
    }
    expect(await guess(person.password)).toBe('rate_limited')
    return outcomes
  }

  it('are ten in a row, over days, and do not keep the owner from signing in', async () => {
    const { users, member, canLogIn, events, settle } = test
    const person = await member()
    const outcomes = await exhaust(person)
    expect(outcomes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'invalid_credentials'))
    expect(outcomes.slice(10)).toEqual(Array.from({ length: 10 }, () => 'rate_limited'))
    expect(events.at(-1)).toMatchObject({ type: 'session.reauthentication_failed', reason: 'locked' })
    // Among all wrong guesses at the account, and too few for a lock.
    expect(await failures(person)).toBe(10)
    const context = { ip: '203.0.113.9' }
    const { email, password } = person
    const session = await users.login({ email, password }, context)
    await settle()
    expect(await failures(person)).toBe(0)
    // Whoever has signed in goes on.
    expect(await prove(session, password)).toHaveProperty('cookieToken')
    expect(await canLogIn(email, password)).toBe('done')
  })

  it('are no more than 14, however many come at once', async () => {
    const person = await test.member()
    const guess = await guesser(person)
    let looked = 0
    for (let time = 0; time < 12; time += 1) {
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => guess('a guess')))
      looked += outcomes.filter((outcome) => outcome === 'invalid_credentials').length
      test.clock.advance(5 * minute)
    }
    expect(looked).toBeGreaterThanOrEqual(10)
    expect(looked).toBeLessThanOrEqual(14)
    expect(await failures(person)).toBe(looked)
  })

  it('are forgotten with a right one', async () => {
    const person = await test.member()
    const guess = await guesser(person)
    let session: Session = person.session
    for (let time = 0; time < 3; time += 1) {
      for (let wrong = 0; wrong < 9; wrong += 1) {
        test.clock.advance(minute)
        expect(await guess('a guess')).toBe('invalid_credentials')
      }
      test.clock.advance(minute)
      const proved = await prove(session, person.password)
      if (typeof proved === 'string') throw new Error(proved)
      session = proved
    }
  })

  it.each<readonly [string, (person: Person) => Promise<string>]>([
    [
      'a reset',
      async ({ email }) => {
        await test.users.confirmPasswordReset(await test.resetToken(email), another)
        return another
      },
    ],
    [
      'a password that is set for its owner',
      async ({ id }) => {
        await test.users.setPassword(id, another)
        return another
      },
    ],
    [
      'a sign-in with a code by mail',
      async ({ email, password }) => {
        await test.users.verifyOtp(await test.otpFor(email))
        return password
      },
    ],
  ])('are looked at again after %s', async (_name, help) => {
    const person = await test.member()
    await exhaust(person)
    const password = await help(person)
    await test.settle()
    const session = await test.users.login({ email: person.email, password }, { ip: '203.0.113.10' })
    expect(await prove(session, 'a guess')).toBe('invalid_credentials')
    expect(await prove(session, password)).toHaveProperty('cookieToken')
  })
})
