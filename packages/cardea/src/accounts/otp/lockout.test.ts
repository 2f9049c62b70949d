import type { InheritedSettings } from '@cardea/collections'
import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import type { SignInContext } from '../../api/sign-in.js'
import { createMailbox } from '../../mail/mailbox.js'
import { createTestCardea, jane } from '../../testing.fixture.js'
import { mostFailedAttempts } from '../lock.js'

const { email } = jane
const hour = 3_600_000

async function open(settings: InheritedSettings = {}) {
  const mailbox = createMailbox()
  const test = createTestCardea({ auth: { otp: { enabled: true, createUser: true }, ...settings }, send: mailbox.send })
  await test.auth.migrate()
  await test.auth.ready()
  const { users } = test.auth
  const request = async () => {
    // So long that the budget of mails allows another.
    test.clock.advance(2 * hour)
    const { flowId } = await users.requestOtp(email)
    await test.auth.jobs.run()
    const code = /\b\d{6}\b/.exec(mailbox.list()[0]?.text ?? '')?.[0] ?? ''
    return { email, code, flowId }
  }
  const verify = async (input: Parameters<typeof users.verifyOtp>[0], context: SignInContext) => {
    try {
      const signIn = await users.verifyOtp(input, context)
      await test.settle()
      return signIn
    } catch (error) {
      if (!isCardeaError(error)) throw error
      return error.code
    }
  }
  /** Guesses until the account takes no more, from networks everywhere. */
  const guess = async (): Promise<void> => {
    for (let round = 0; round * 5 < mostFailedAttempts; round += 1) {
      const { code, flowId } = await request()
      for (let host = 1; host <= 5; host += 1) {
        const wrong = String((Number(code) + host) % 1_000_000).padStart(6, '0')
        await verify({ email, code: wrong, flowId }, { ip: `198.51.${round}.${host}` })
      }
    }
  }
  return { ...test, users, mailbox, request, verify, guess }
}

const signedIn = expect.objectContaining({ user: expect.objectContaining({ email }) })

describe('codes of an account at which strangers guess', () => {
  it('sign in from a device that it knows, and from others after a reset alone', async () => {
    const { verify, request, guess } = await open()
    const first = await verify(await request(), { ip: '192.0.2.1', keepsDeviceToken: true })
    expect(first).toEqual(signedIn)
    const deviceToken = typeof first === 'string' ? undefined : first.deviceToken
    expect(deviceToken).toBeDefined()
    await guess()
    expect(await verify(await request(), { ip: '192.0.2.1' })).toBe('invalid_credentials')
    const another = 'AAAAAAAAAAAAAAAAAAAAAA'
    expect(await verify(await request(), { ip: '192.0.2.1', deviceToken: another })).toBe('invalid_credentials')
    expect(await verify(await request(), { ip: '192.0.2.1', deviceToken })).toEqual(signedIn)
  })

  it('sign in from everywhere where there is no password to reset', async () => {
    const { verify, request, guess } = await open({ password: { enabled: false } })
    expect(await verify(await request(), { ip: '192.0.2.1' })).toEqual(signedIn)
    await guess()
    expect(await verify(await request(), { ip: '192.0.2.2' })).toEqual(signedIn)
  })

  it('are not used up by tries of flows that there are not', async () => {
    const { verify, request } = await open()
    const right = await request()
    for (let index = 0; index < 150; index += 1) {
      await verify({ email, code: '000000', flowId: `none-${index}` }, { ip: `198.51.100.${index}` })
    }
    expect(await verify(right, { ip: '192.0.2.1' })).toEqual(signedIn)
  })

  it('are tried without a flow a hundred times at most', async () => {
    const { verify, request, events } = await open()
    await request()
    const reasons: (string | undefined)[] = []
    for (let index = 0; index < 104; index += 1) {
      await verify({ email, code: '000000' }, { ip: `198.51.100.${index}` })
      reasons.push(events.at(-1)?.reason)
    }
    expect(reasons.slice(0, 100)).not.toContain('too many tries')
    expect(reasons.slice(100)).toEqual(Array.from({ length: 4 }, () => 'too many tries'))
  })
})

describe('a code for the address of somebody who is disabled', () => {
  it('is not made, though one would make an account for a new address', async () => {
    const { users, mailbox, request, verify } = await open()
    const first = await verify(await request(), {})
    if (typeof first === 'string') throw new Error(first)
    await users.disable(first.user.id)
    mailbox.clear()
    await request()
    expect(mailbox.list()).toEqual([])
  })
})
