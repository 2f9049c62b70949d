import type { InheritedSettings } from '@cardea/collections'
import { isCardeaError } from '@cardea/core'
import type { Storage } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { afterAll, beforeAll } from 'vitest'
import { databases } from '../../databases.fixture.js'
import type { Hooks } from '../../hooks/hooks.js'
import type { MailMessage } from '../../mail/message.js'
import { createTestCardea } from '../../testing.fixture.js'
import { totpCode } from '../../totp.fixture.js'

export const minute = 60_000
export const hour = 60 * minute
const stepMilliseconds = 30_000

/** Where flows are tested: in memory, and on every database that is there. */
export const stores: readonly {
  readonly name: string
  readonly open: () => Promise<{ readonly storage: Storage; readonly close: () => Promise<void> }>
}[] = [
  {
    name: 'memory',
    open: async () => ({
      storage: createMemoryStorage({ clock: () => Date.UTC(2026, 0, 15, 10) }),
      close: async () => undefined,
    }),
  },
  ...databases.map(({ name, open }) => ({
    name,
    open: async () => {
      const database = await open()
      // Where the database is a server, this one has one connection: nothing may wait for what it holds itself.
      return { storage: database.nodes[1], close: () => database.close() }
    },
  })),
]

/** The code of the error that work ends with; `done` where it succeeds. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'done'
  } catch (error) {
    if (isCardeaError(error)) return error.code
    throw error
  }
}

let people = 0

/** An instance whose mails are kept, with codes by mail and second factors switched on. */
export async function openRecovery(
  storage: Storage | undefined,
  options: {
    readonly auth?: InheritedSettings
    readonly hooks?: Hooks
    readonly memoryKibibytes?: number
    readonly iterations?: number
    readonly mode?: 'strict' | 'stateless'
  } = {},
) {
  const mails: MailMessage[] = []
  const test = createTestCardea({
    ...(storage === undefined ? {} : { storage }),
    ...(options.memoryKibibytes === undefined ? {} : { memoryKibibytes: options.memoryKibibytes }),
    ...(options.iterations === undefined ? {} : { iterations: options.iterations }),
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    auth: { otp: { enabled: true }, mfa: { enabled: true }, ...options.auth },
    send: async (message) => {
      mails.push(message)
    },
    more: { baseUrl: 'https://shop.example', ...(options.hooks === undefined ? {} : { hooks: options.hooks }) },
  })
  const { auth, clock, settle } = test
  await auth.migrate()
  await auth.ready()

  /** What somebody new signs up with. */
  const fresh = () => {
    people += 1
    return {
      email: `person${people}@example.com`,
      username: `person${people}`,
      name: 'Person',
      password: 'a good password',
    }
  }
  const signUp = async () => {
    const own = fresh()
    const registered = await auth.users.register(own)
    if (registered.status !== 'signed_in') throw new Error(registered.status)
    return { ...own, id: registered.signIn.user.id, session: registered.signIn }
  }
  /** Somebody whose address is verified. */
  const member = async () => {
    const own = fresh()
    const { id } = await auth.users.create(own, { verified: true })
    return { ...own, id, session: await auth.users.login({ email: own.email, password: own.password }) }
  }
  const mailsTo = async (address: string): Promise<readonly MailMessage[]> => {
    await settle()
    return mails.filter(({ to }) => to === address)
  }
  /** The token of the newest link that was sent to an address. */
  const tokenTo = async (address: string): Promise<string> => {
    const links = (await mailsTo(address)).flatMap(({ text }) => /#token=([\w.-]{80})/.exec(text)?.[1] ?? [])
    return links.at(-1) ?? 'none'
  }
  const codeTo = async (address: string): Promise<string> => {
    const codes = (await mailsTo(address)).flatMap(({ text }) => /^\s*(\d{6})$/m.exec(text)?.[1] ?? [])
    return codes.at(-1) ?? 'none'
  }
  const authenticationOf = async ({ cookieToken = '' }: { readonly cookieToken?: string }) => {
    const result = await auth.sessions.verify({ cookieToken })
    if (!result.authenticated) throw new Error(result.code)
    return result.authentication
  }
  const isAlive = async ({ cookieToken = '' }: { readonly cookieToken?: string }): Promise<boolean> =>
    (await auth.sessions.verify({ cookieToken })).authenticated
  const canLogIn = async (email: string, password: string): Promise<string> =>
    outcomeOf(auth.users.login({ email, password }))
  /** Gives somebody a second factor. */
  const enroll = async (session: { readonly cookieToken?: string }) => {
    const { secret } = await auth.users.mfa.enroll(await authenticationOf(session))
    const code = totpCode(secret, Math.floor(clock.now() / stepMilliseconds))
    return await auth.users.mfa.activate(await authenticationOf(session), code)
  }
  const resetToken = async (email: string): Promise<string> => {
    await auth.users.requestPasswordReset(email)
    return await tokenTo(email)
  }
  const verificationToken = async (email: string): Promise<string> => {
    await auth.users.requestVerification(email)
    return await tokenTo(email)
  }
  const changeToken = async (
    person: { readonly session: { readonly cookieToken?: string }; readonly password: string },
    newEmail: string,
  ): Promise<string> => {
    const { password } = person
    await auth.users.requestEmailChange(await authenticationOf(person.session), { newEmail, password })
    return await tokenTo(newEmail)
  }
  /** A code that was just asked for. */
  const otpFor = async (email: string) => {
    const { flowId } = await auth.users.requestOtp(email)
    return { email, flowId, code: await codeTo(email) }
  }
  return {
    ...test,
    users: auth.users,
    mails,
    fresh,
    signUp,
    member,
    mailsTo,
    tokenTo,
    codeTo,
    authenticationOf,
    isAlive,
    canLogIn,
    enroll,
    resetToken,
    verificationToken,
    changeToken,
    otpFor,
  }
}

/** Another code of six digits. */
export const otherCode = (code: string): string => (code === '000000' ? '000001' : '000000')

export type RecoveryTest = Awaited<ReturnType<typeof openRecovery>>

/** Opens a store and an instance for all tests of a block, and closes them after the last. */
export function openForAll(
  open: (typeof stores)[number]['open'],
  take: (opened: { readonly storage: Storage; readonly test: RecoveryTest }) => void,
): void {
  let store: Awaited<ReturnType<typeof open>> | undefined
  let test: RecoveryTest | undefined
  beforeAll(async () => {
    store = await open()
    test = await openRecovery(store.storage)
    take({ storage: store.storage, test })
  })
  afterAll(async () => {
    await test?.auth.close()
    await store?.close()
  })
}
