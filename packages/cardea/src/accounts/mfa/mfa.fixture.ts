import type { InheritedSettings } from '@cardea/collections'
import { isCardeaError } from '@cardea/core'
import type { Storage } from '@cardea/storage'
import type { MailMessage } from '../../mail/message.js'
import { createTestCardea, jane } from '../../testing.fixture.js'
import { totpCode } from '../../totp.fixture.js'

const stepMilliseconds = 30_000

/** An instance with Jane in it, and all that signing in by two factors takes. */
export async function openMfa(
  options: {
    readonly auth?: InheritedSettings
    readonly storage?: Storage
    readonly mode?: 'strict' | 'stateless'
  } = {},
) {
  const mails: MailMessage[] = []
  let arrived: () => void = () => undefined
  const test = createTestCardea({
    auth: options.auth ?? { mfa: { enabled: true } },
    send: async (message) => {
      mails.push(message)
      arrived()
    },
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    ...(options.storage === undefined ? {} : { storage: options.storage }),
  })
  const { auth, clock } = test
  await auth.migrate()
  await auth.ready()
  const login = () => auth.users.login({ email: jane.email, password: jane.password })
  /** A sign-in that ends in front of the second factor. */
  const challenge = async () => {
    try {
      await login()
    } catch (error) {
      if (isCardeaError(error, 'mfa_required') && error.mfa !== undefined) return error.mfa
      throw error
    }
    throw new Error('no second factor was asked for')
  }
  const authenticationOf = async (credential: { readonly cookieToken?: string; readonly accessToken?: string }) => {
    const { cookieToken, accessToken } = credential
    const result = await auth.sessions.verify(
      cookieToken === undefined ? { accessToken: accessToken ?? '' } : { cookieToken },
    )
    if (!result.authenticated) throw new Error(result.code)
    return result.authentication
  }
  /** The code that the app shows a number of steps from now. */
  const codeOf = (secret: string, ahead = 0) => totpCode(secret, Math.floor(clock.now() / stepMilliseconds) + ahead)
  const nextCode = (secret: string) => {
    clock.advance(stepMilliseconds)
    return codeOf(secret)
  }
  /** Jane, signed in, with a second factor. */
  const enrolled = async () => {
    const session = await login()
    const other = await login()
    const authentication = await authenticationOf({ cookieToken: session.cookieToken ?? '' })
    const { secret } = await auth.users.mfa.enroll(authentication)
    const activated = await auth.users.mfa.activate(authentication, codeOf(secret))
    return {
      secret,
      session,
      other,
      activated,
      backupCodes: activated.backupCodes,
      authentication: await authenticationOf({ cookieToken: activated.cookieToken ?? '' }),
    }
  }
  /** What the first mails were about, once so many have gone out. */
  const subjects = async (count: number): Promise<readonly string[]> => {
    while (mails.length < count) {
      await new Promise<void>((resolve) => {
        arrived = resolve
      })
    }
    return mails.map(({ subject }) => subject)
  }
  return { ...test, mails, login, challenge, authenticationOf, codeOf, nextCode, enrolled, subjects }
}
