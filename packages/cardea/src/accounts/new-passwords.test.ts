import { defineCollection } from '@cardea/collections'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import type { PasswordOptions } from '../options/options.js'
import { cmsPreset } from '../presets/cms.js'
import { cheapHashing, createTestLogger, jane, secret } from '../testing.fixture.js'

/** An app whose collections have settings of their own. */
async function open(passwords: PasswordOptions = {}) {
  const auth = createCardea({
    ...cmsPreset,
    storage: createMemoryStorage(),
    secret,
    baseUrl: 'https://portal.acme.test',
    environment: 'test',
    collections: [
      defineCollection('customers', { type: 'auth' }),
      defineCollection('vendors', {
        type: 'auth',
        auth: { password: { minLength: 15, requireUpper: true, requireNumber: true, requireSpecial: true } },
      }),
    ],
    passwords: { ...cheapHashing, ...passwords },
    logger: createTestLogger(),
  })
  await auth.migrate()
  await auth.ready()
  return auth
}

type App = Awaited<ReturnType<typeof open>>

/** One that every policy here takes. */
const password = 'Secure passwords 1'

async function signedUp(auth: App) {
  const registered = await auth.users.register({ ...jane, password })
  if (registered.status !== 'signed_in') throw new Error('not signed in')
  const result = await auth.sessions.verify({ cookieToken: registered.signIn.cookieToken ?? '' })
  if (!result.authenticated) throw new Error(result.code)
  return { id: registered.signIn.user.id, authentication: result.authentication }
}

/** All ways in which an account of `users` gets a password, each with the place that its issues name. */
const paths: readonly (readonly [string, string, (auth: App, next: string) => Promise<unknown>])[] = [
  ['register', 'password', (auth, next) => auth.users.register({ ...jane, password: next })],
  ['createFirstAdmin', 'password', (auth, next) => auth.createFirstAdmin({ ...jane, password: next })],
  ['createAdmin', 'password', (auth, next) => auth.createAdmin({ ...jane, password: next })],
  ['setPassword', 'password', async (auth, next) => auth.users.setPassword((await signedUp(auth)).id, next)],
  [
    'changePassword',
    'new_password',
    async (auth, newPassword) => {
      const { authentication } = await signedUp(auth)
      return await auth.users.changePassword(authentication, { currentPassword: password, newPassword })
    },
  ],
]

const issuesOf = async (work: Promise<unknown>): Promise<readonly string[]> =>
  await work.then(
    () => [],
    (error: { code: string; issues: { path: string; code: string }[] }) => [
      error.code,
      ...error.issues.map(({ path, code }) => `${path} ${code}`),
    ],
  )

describe.each(paths)('a new password by %s', (_name, path, set) => {
  it.each([
    ['password123456789', 'too_common'],
    ['Password1!', 'too_common'],
    ['1234567', 'too_short'],
    ['x'.repeat(1_025), 'too_long'],
    ['a password \ud800', 'not_well_formed'],
    // The local part of the address, the user name, the name of the app, its host.
    ['jane2026', 'contains_context'],
    ['xx JDoe xx', 'contains_context'],
    ['Acme2026!', 'contains_context'],
    ['portal.acme', 'contains_context'],
  ])('is not %s', async (next, code) => {
    expect(await issuesOf(set(await open(), next))).toEqual(['weak_password', `${path} ${code}`])
  })

  it('follows the options', async () => {
    const strict = { minLength: 15, requireUpper: true, requireNumber: true, requireSpecial: true }
    expect(await issuesOf(set(await open(strict), 'correcthorse'))).toEqual([
      'weak_password',
      `${path} too_short`,
      `${path} needs_upper`,
      `${path} needs_number`,
      `${path} needs_special`,
    ])
    const auth = await open({ blocklist: false })
    expect(await issuesOf(set(auth, 'password123456789'))).toEqual([])
  })
})

describe('a new password', () => {
  it('has 15 characters at least where that is asked for', async () => {
    const auth = await open({ minLength: 15 })
    const [short, long] = ['correct horses', 'correct horses!']
    expect([short, long].map(({ length }) => length)).toEqual([14, 15])
    expect(await issuesOf(auth.users.register({ ...jane, password: short }))).toEqual([
      'weak_password',
      'password too_short',
    ])
    expect(await issuesOf(auth.users.register({ ...jane, password: long }))).toEqual([])
  })

  it('may be 20 lower-case letters, or 64 emoji', async () => {
    const auth = await open()
    for (const [index, each] of ['qmzkwpxvhtbnrgldfyjc', '😀'.repeat(64)].entries()) {
      const account = { email: `a${index}@example.com`, password: each }
      expect(await issuesOf(auth.collections.customers.register(account))).toEqual([])
      await auth.collections.customers.login(account)
    }
  })

  it('follows the settings of its collection, and the options where that says nothing', async () => {
    const auth = await open({ minLength: 10, requireNumber: false })
    const email = 'a@example.com'
    const customer = await issuesOf(auth.collections.customers.register({ email, password: 'horse 12' }))
    expect(customer).toEqual(['weak_password', 'password too_short'])
    expect(await issuesOf(auth.collections.vendors.register({ email, password: 'correct horses' }))).toEqual([
      'weak_password',
      'password too_short',
      'password needs_upper',
      'password needs_number',
    ])
    const vendor = await auth.collections.vendors.register({ email, password: 'Correct horses 1' })
    if (vendor.status !== 'signed_in') throw new Error('not signed in')
    const { id } = vendor.signIn.user
    expect(await issuesOf(auth.collections.vendors.setPassword(id, 'correct horses!'))).toEqual([
      'weak_password',
      'password needs_upper',
      'password needs_number',
    ])
  })

  it('differs from the one that it replaces', async () => {
    const auth = await open()
    const { authentication } = await signedUp(auth)
    const same = { currentPassword: password, newPassword: password }
    expect(await issuesOf(auth.users.changePassword(authentication, same))).toEqual([
      'weak_password',
      'new_password same_as_before',
    ])
    // Only to whoever knows the old one.
    const wrong = { currentPassword: 'not the password', newPassword: 'not the password' }
    await expect(auth.users.changePassword(authentication, wrong)).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    await auth.users.login({ email: jane.email, password })
  })
})
