import { eq } from '@cardea/core'
import { createKeyring, sha256 } from '@cardea/core/crypto'
import { credentials, identities, principals, sessions, verifications } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import type { SessionAuthentication } from '../../api/sign-in.js'
import { jane, secret } from '../../testing.fixture.js'
import { anna, createOAuthCardea } from './oauth.fixture.js'
import { unsealTokens } from './sealed-tokens.js'

type Setup = Awaited<ReturnType<typeof createOAuthCardea>>
type Outcome = Awaited<ReturnType<Setup['signIn']>>

const signedIn = (outcome: Outcome) => {
  if (outcome.status !== 'signed_in') throw new Error(`${outcome.status} ${'code' in outcome ? outcome.code : ''}`)
  return outcome.signIn
}

/** Who is behind a cookie. */
async function authenticate({ auth }: Setup, cookieToken = ''): Promise<SessionAuthentication> {
  const result = await auth.sessions.verify({ cookieToken })
  if (!result.authenticated) throw new Error(result.code)
  return result.authentication
}

const codeOf = async (work: Promise<unknown>): Promise<string | undefined> => {
  try {
    await work
    return undefined
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error)
  }
}

/** Somebody with a password; verified, where it says so. */
async function register(test: Setup, verified: boolean) {
  const { email, password } = { ...jane, email: 'anna@example.com' }
  if (!verified) {
    const registered = await test.users.register({ ...jane, email })
    if (registered.status !== 'signed_in') throw new Error(registered.status)
  } else {
    const { user } = signedIn(await test.signIn({ ...anna, subject: 'first' }, { provider: 'other' }))
    await test.storage.delete(identities, eq('principal_id', user.id))
    await test.users.setPassword(user.id, password)
  }
  const { user, cookieToken } = await test.users.login({ email, password })
  return { id: user.id, cookieToken: cookieToken ?? '', authentication: await authenticate(test, cookieToken) }
}

describe('oauth.begin', () => {
  it('sends the browser to the provider, and keeps no secret in the clear', async () => {
    const test = await createOAuthCardea()
    const begun = await test.users.oauth.begin({ provider: 'company', redirectTo: '/welcome?tab=1' })
    const { searchParams, origin } = new URL(begun.url)
    expect(origin).toBe('https://company.test')
    expect(searchParams.get('state')).toBe(begun.state)
    expect(searchParams.get('redirectUri')).toBe('https://app.test/api/v1/auth/oauth/callback/company')
    const rows = JSON.stringify(
      await test.storage.find(verifications, { where: eq('purpose', 'oauth_transaction'), limit: 10 }),
    )
    const state = begun.state.slice(37)
    for (const value of [state, begun.browserToken, searchParams.get('nonce') ?? 'none']) {
      expect(rows).not.toContain(value)
      expect(rows).not.toContain(Buffer.from(value, 'base64url').toString('hex'))
    }
    expect(rows).toContain('https://app.test/welcome?tab=1')
  })

  it('makes everything anew for each transaction', async () => {
    const test = await createOAuthCardea()
    const begun = await Promise.all(['company', 'company'].map((provider) => test.users.oauth.begin({ provider })))
    for (const part of ['state', 'nonce', 'challenge']) {
      expect(new Set(begun.map(({ url }) => new URL(url).searchParams.get(part))).size).toBe(2)
    }
    expect(new Set(begun.map(({ browserToken }) => browserToken)).size).toBe(2)
  })

  it('refuses targets that are not allowed, and leaves nothing behind', async () => {
    const test = await createOAuthCardea()
    for (const redirectTo of [
      'https://evil.test',
      '//evil.test',
      '/\\evil.test',
      '/other',
      'https://app.test@evil.test/',
    ]) {
      expect(await codeOf(test.users.oauth.begin({ provider: 'company', redirectTo }))).toBe('invalid_request')
    }
    expect(await test.storage.count(verifications)).toBe(0)
  })

  it('knows the providers of each collection, and none where OAuth is off', async () => {
    const test = await createOAuthCardea()
    const { customers } = test.auth.collections
    expect(test.users.oauth.providers().map(({ name }) => name)).toEqual(['company', 'other'])
    expect(customers.oauth.providers().map(({ name }) => name)).toEqual(['company'])
    expect(await codeOf(customers.oauth.begin({ provider: 'other' }))).toBe('not_found')
    for (const provider of ['unknown', '__proto__', 'constructor', '']) {
      expect(await codeOf(test.users.oauth.begin({ provider }))).toBe('not_found')
    }
    const off = await createOAuthCardea({ auth: { oauth: { enabled: false } } })
    expect(off.users.oauth.providers()).toEqual([])
    expect(await codeOf(off.users.oauth.begin({ provider: 'company' }))).toBe('method_disabled')
  })

  it('wants a challenge for tokens, and a session for an intent', async () => {
    const { users } = await createOAuthCardea()
    const begin = (more: object) => codeOf(users.oauth.begin({ provider: 'company', ...more }))
    const codeChallenge = sha256('x'.repeat(43))
    expect(await begin({ mode: 'token' })).toBe('invalid_request')
    expect(await begin({ mode: 'token', codeChallenge: 'short' })).toBe('invalid_request')
    expect(await begin({ codeChallenge })).toBe('invalid_request')
    expect(await begin({ mode: 'token', codeChallenge })).toBe(undefined)
    expect(await begin({ intent: 'link' })).toBe('unauthenticated')
    expect(await begin({ intent: 'reauth' })).toBe('unauthenticated')
  })

  it('says so when the provider does not answer', async () => {
    const test = await createOAuthCardea()
    test.company.fail('provider_unavailable')
    expect(await codeOf(test.users.oauth.begin({ provider: 'company' }))).toBe('unavailable')
    test.company.fail('issuer_mismatch')
    expect(await codeOf(test.users.oauth.begin({ provider: 'company' }))).toBe('oauth_failed')
  })
})

describe('oauth.callback', () => {
  it('makes somebody who is new a user with a verified address, and knows it again', async () => {
    const test = await createOAuthCardea()
    const first = signedIn(await test.signIn())
    expect(first.user).toMatchObject({ email: 'anna@example.com', verified: true, name: 'Anna', role: 'viewer' })
    expect(first.session.amr).toEqual(['fed'])
    const again = signedIn(await test.signIn({ ...anna, email: 'anna@elsewhere.example' }))
    expect(again.user.id).toBe(first.user.id)
    expect(again.user.email).toBe('anna@example.com')
    expect(test.events.map(({ type }) => type)).toEqual(['user.registered', 'sign_in.succeeded', 'sign_in.succeeded'])
    expect(await test.users.oauth.connections(first.user.id)).toMatchObject([
      { provider: 'company', label: 'COMPANY', email: 'anna@elsewhere.example' },
    ])
  })

  it('keeps the tokens of the provider sealed', async () => {
    const test = await createOAuthCardea()
    await test.signIn()
    await test.signIn()
    const [row] = await test.storage.find(identities, { limit: 10 })
    if (row === undefined || row.tokens === null) throw new Error('no tokens')
    expect(JSON.stringify(row)).not.toContain('access-of')
    const keyring = createKeyring([secret])
    expect(unsealTokens({ keyring }, row.id, row.tokens)).toEqual({
      access: 'access-of-company-code-2',
      refresh: 'refresh-of-company-code-2',
    })
    expect(unsealTokens({ keyring }, 'another row', row.tokens)).toBe(undefined)
    expect(await test.users.oauth.tokens(row.principal_id, row.id)).toMatchObject({
      access: 'access-of-company-code-2',
    })
    expect(await test.users.oauth.tokens('somebody else', row.id)).toBe(undefined)
  })

  it('takes at most 6 statements for somebody it knows', async () => {
    const test = await createOAuthCardea()
    await test.signIn()
    await test.signIn()
    const coming = await test.come()
    const statements = await test.statementsOf(() => test.users.oauth.callback(coming))
    // The device and the provider's tokens are noted after the answer.
    expect(statements.filter((sql) => !/devices|identities/.test(sql)).length).toBeLessThanOrEqual(5)
  })

  it('refuses a state that is used, too old, made up, or of another browser, provider or collection', async () => {
    const test = await createOAuthCardea()
    const { oauth } = test.users
    const used = await test.come()
    expect((await oauth.callback(used)).status).toBe('signed_in')
    expect(await codeOf(oauth.callback(used))).toBe('invalid_request')

    const late = await test.come()
    test.clock.advance(600_000)
    expect(await codeOf(oauth.callback(late))).toBe('invalid_request')

    const first = await test.come()
    const second = await test.come()
    expect(await codeOf(oauth.callback({ ...first, browserToken: second.browserToken }))).toBe('invalid_request')
    expect(await codeOf(oauth.callback({ ...second, browserToken: undefined }))).toBe('invalid_request')
    expect(await codeOf(oauth.callback({ ...(await test.come()), provider: 'other' }))).toBe('invalid_request')
    expect(await codeOf(test.auth.collections.customers.oauth.callback(await test.come()))).toBe('invalid_request')
    for (const state of ['', 'x', 'x'.repeat(80), second.params.state.toUpperCase()]) {
      expect(await codeOf(oauth.callback({ ...second, params: { ...second.params, state } }))).toBe('invalid_request')
    }
    expect(await codeOf(oauth.callback({ params: {}, browserToken: undefined }))).toBe('invalid_request')
    // Nobody was asked for any of them.
    expect(test.company.exchanges()).toBe(1)
  })

  it('uses the state up before it looks at anything else', async () => {
    const test = await createOAuthCardea()
    const stolen = await test.come()
    expect(await codeOf(test.users.oauth.callback({ ...stolen, browserToken: 'another' }))).toBe('invalid_request')
    expect(await codeOf(test.users.oauth.callback(stolen))).toBe('invalid_request')
  })

  it('does not take the code of one sign-in for another', async () => {
    const test = await createOAuthCardea()
    const mine = await test.come()
    const theirs = await test.come({ ...anna, subject: 'theirs', email: 'theirs@example.com' })
    const swapped = { ...mine, params: { state: mine.params.state, code: theirs.params.code } }
    expect(await test.users.oauth.callback(swapped)).toMatchObject({ status: 'failed', code: 'oauth_failed' })
    expect(await test.storage.count(sessions)).toBe(0)
  })

  it('sends every failure to the target, as a code', async () => {
    const test = await createOAuthCardea()
    const fail = async (params: Record<string, string>) => {
      const coming = await test.come(anna, { redirectTo: '/welcome?tab=1' })
      return await test.users.oauth.callback({ ...coming, params: { state: coming.params.state, ...params } })
    }
    const target = 'https://app.test/welcome?tab=1&error='
    expect(await fail({ error: 'access_denied' })).toEqual({
      status: 'failed',
      code: 'oauth_failed',
      redirectTo: `${target}oauth_failed`,
    })
    expect(await fail({ code: 'made up' })).toMatchObject({ redirectTo: `${target}oauth_failed` })
    expect(await fail({})).toMatchObject({ redirectTo: `${target}oauth_failed` })
    test.company.fail(undefined)
    for (const [reason, code] of [
      ['provider_unavailable', 'unavailable'],
      ['provider_answer_invalid', 'oauth_failed'],
      ['id_token_invalid', 'oauth_failed'],
      ['issuer_mismatch', 'oauth_failed'],
      ['subject_missing', 'oauth_failed'],
    ] as const) {
      const coming = await test.come()
      test.company.fail(reason)
      expect(await test.users.oauth.callback(coming)).toMatchObject({ status: 'failed', code })
      // Whatever became of it, the state is used up.
      test.company.fail(undefined)
      expect(await codeOf(test.users.oauth.callback(coming))).toBe('invalid_request')
    }
    expect(test.logger.lines.join('\n')).not.toMatch(/made up|access_denied|@/)
  })

  it('links a verified address to the account that has it, and tells the owner', async () => {
    const test = await createOAuthCardea()
    const { id } = await register(test, true)
    const { user } = signedIn(await test.signIn())
    expect(user.id).toBe(id)
    expect(await test.storage.find(credentials, { limit: 10 })).toHaveLength(1)
    expect(test.events.map(({ type }) => type)).toContain('identity.linked')
    await test.auth.jobs.run()
    expect(test.mailbox.list().map(({ to, text }) => `${to} ${/COMPANY/.test(text)}`)).toContain(
      'anna@example.com true',
    )
    await test.users.login({ email: 'anna@example.com', password: jane.password })
  })

  it.each([false, undefined, 'true', 1])(
    'never links an address that the provider calls verified: %j',
    async (word) => {
      const test = await createOAuthCardea()
      const { id } = await register(test, true)
      // What a provider of an app's own might let through.
      const outcome = await test.signIn({ ...anna, emailVerified: word as boolean })
      expect(outcome).toMatchObject({ status: 'failed', code: 'email_not_verified' })
      expect(await test.users.oauth.connections(id)).toEqual([])
    },
  )

  it('gives an account that was never verified to the owner of the mailbox, clean', async () => {
    const test = await createOAuthCardea()
    const squatter = await register(test, false)
    await test.signIn(
      { ...anna, subject: 'squatter', email: 'squatter@example.com' },
      { provider: 'other', intent: 'link' },
      squatter.authentication,
    )
    expect(await test.users.oauth.connections(squatter.id)).toHaveLength(1)

    const owner = signedIn(await test.signIn())
    expect(owner.user).toMatchObject({ id: squatter.id, verified: true })
    expect(await test.users.oauth.connections(owner.user.id)).toMatchObject([{ provider: 'company' }])
    expect(await codeOf(test.users.login({ email: 'anna@example.com', password: jane.password }))).toBe(
      'invalid_credentials',
    )
    expect(await test.auth.sessions.verify({ cookieToken: squatter.cookieToken })).toMatchObject({
      authenticated: false,
    })
    expect((await authenticate(test, owner.cookieToken)).principalId).toBe(squatter.id)
    // What the stranger linked no longer leads here.
    const back = await test.signIn(
      { ...anna, subject: 'squatter', email: 'squatter@example.com' },
      { provider: 'other' },
    )
    expect(signedIn(back).user.id).not.toBe(squatter.id)
  })

  it('makes no user where it may not', async () => {
    const closed = [{ registration: 'closed' }, { oauth: { createUser: false } }] as const
    for (const auth of closed) {
      const test = await createOAuthCardea({ auth })
      expect(await test.signIn()).toMatchObject({ status: 'failed', code: 'method_disabled' })
      expect(await test.storage.count(principals)).toBe(0)
    }
    const apart = await createOAuthCardea({ auth: { oauth: { linkByEmail: false } } })
    await register(apart, true)
    expect(await apart.signIn()).toMatchObject({ status: 'failed', code: 'email_taken' })
  })

  it('tells nobody who has no mailbox whether it has an account', async () => {
    const unverified = { ...anna, emailVerified: false }
    const test = await createOAuthCardea({ auth: { registrationAnswer: 'uniform' } })
    const free = await test.signIn(unverified)
    await register(test, true)
    const taken = await test.signIn(unverified)
    expect(free).toEqual(taken)
    expect(free).toMatchObject({ status: 'failed', code: 'email_not_verified' })
    expect(await test.signIn({ ...anna, email: undefined })).toMatchObject({ code: 'email_not_verified' })
  })

  it('makes a user of an address that is not verified, where sign-up does', async () => {
    const test = await createOAuthCardea()
    const { user } = signedIn(await test.signIn({ ...anna, emailVerified: false }))
    expect(user).toMatchObject({ email: 'anna@example.com', verified: false })
    const strict = await createOAuthCardea({ auth: { requireVerified: true } })
    expect(await strict.signIn({ ...anna, emailVerified: false })).toMatchObject({ code: 'email_not_verified' })
    expect(await strict.storage.count(sessions)).toBe(0)
    await strict.auth.jobs.run()
    expect(strict.mailbox.list().map(({ to }) => to)).toEqual(['anna@example.com'])
  })

  it('lets nobody in who is disabled, and links nothing', async () => {
    const test = await createOAuthCardea()
    const { user } = signedIn(await test.signIn())
    await test.users.disable(user.id)
    expect(await test.signIn()).toMatchObject({ status: 'failed', code: 'invalid_credentials' })
    expect(await test.signIn({ ...anna, subject: 'new' })).toMatchObject({ code: 'invalid_credentials' })
    expect(await test.users.oauth.connections(user.id)).toHaveLength(1)
  })

  it('asks the hooks before it makes a user', async () => {
    const refuse = await createOAuthCardea({ hooks: { beforeRegister: () => ({ refuse: 'Not here.' }) } })
    expect(await refuse.signIn()).toMatchObject({ status: 'failed', code: 'forbidden' })
    expect(await refuse.storage.count(principals)).toBe(0)
  })

  it('asks for the second factor, and gives a ticket only', async () => {
    const test = await createOAuthCardea()
    const { user } = signedIn(await test.signIn())
    await test.storage.update(principals, { where: eq('id', user.id), set: { second_factors: 1 } })
    const outcome = await test.signIn()
    if (outcome.status !== 'mfa_required') throw new Error(outcome.status)
    expect(outcome.redirectTo).toBe('https://app.test/?error=mfa_required')
    expect(outcome.redirectTo).not.toContain(outcome.challenge.token)
    expect(Object.keys(outcome).sort()).toEqual(['challenge', 'redirectTo', 'status'])
    expect(await test.auth.sessions.list(user.id)).toHaveLength(1)
  })

  it('keeps collections apart', async () => {
    const test = await createOAuthCardea()
    const { user } = signedIn(await test.signIn())
    const { oauth } = test.auth.collections.customers
    const begun = await oauth.begin({ provider: 'company' })
    expect(new URL(begun.url).searchParams.get('redirectUri')).toBe(
      'https://app.test/api/v1/collections/customers/auth/oauth/callback/company',
    )
    const params = { state: begun.state, code: test.company.agree(begun.url) }
    const outcome = await oauth.callback({ params, browserToken: begun.browserToken })
    if (outcome.status !== 'signed_in') throw new Error(outcome.status)
    expect(outcome.signIn.user.id).not.toBe(user.id)
  })
})

describe('oauth.exchange', () => {
  const verifier = 'a-verifier-that-the-app-keeps-to-itself-0123456789'
  const codeFor = async (test: Setup, challenge = sha256(verifier)) => {
    const outcome = await test.signIn(anna, { mode: 'token', codeChallenge: challenge })
    expect(outcome.status).toBe('code_issued')
    return new URL(outcome.redirectTo).searchParams.get('code') ?? ''
  }

  it('gives tokens for a code and its verifier, once', async () => {
    const test = await createOAuthCardea()
    const code = await codeFor(test)
    expect(await test.storage.count(sessions)).toBe(0)
    const { user, accessToken } = await test.users.oauth.exchange(code, verifier)
    expect(user.email).toBe('anna@example.com')
    expect(await test.auth.sessions.verify({ accessToken: accessToken ?? '' })).toMatchObject({ authenticated: true })
    expect(await codeOf(test.users.oauth.exchange(code, verifier))).toBe('token_invalid')
  })

  it('refuses a wrong verifier, a minute later, another collection and a change of the account', async () => {
    const test = await createOAuthCardea()
    for (const wrong of ['', 'x'.repeat(43), `${verifier}x`, sha256(verifier)]) {
      const code = await codeFor(test)
      expect(await codeOf(test.users.oauth.exchange(code, wrong))).toBe('token_invalid')
      expect(await codeOf(test.users.oauth.exchange(code, verifier))).toBe('token_invalid')
    }
    const other = await codeFor(test)
    expect(await codeOf(test.auth.collections.customers.oauth.exchange(other, verifier))).toBe('token_invalid')
    const changed = await codeFor(test)
    const [principal] = await test.storage.find(principals, { limit: 1 })
    await test.auth.sessions.revokeAll(principal?.id ?? '')
    expect(await codeOf(test.users.oauth.exchange(changed, verifier))).toBe('token_invalid')
    const late = await codeFor(test)
    test.clock.advance(60_000)
    expect(await codeOf(test.users.oauth.exchange(late, verifier))).toBe('token_invalid')
    expect(await test.storage.count(sessions)).toBe(0)
  })

  it('asks for the second factor here', async () => {
    const test = await createOAuthCardea()
    const { user } = signedIn(await test.signIn())
    await test.storage.update(principals, { where: eq('id', user.id), set: { second_factors: 1 } })
    expect(await codeOf(test.users.oauth.exchange(await codeFor(test), verifier))).toBe('mfa_required')
  })
})

describe('oauth with an intent', () => {
  const bob = { ...anna, subject: 'subject-bob', email: 'bob@example.com' }

  it('links an account at a provider to whoever is signed in, whatever its address', async () => {
    const test = await createOAuthCardea()
    const { id, authentication } = await register(test, true)
    const outcome = await test.signIn({ ...bob, emailVerified: false }, { intent: 'link' }, authentication)
    expect(outcome).toEqual({ status: 'linked', redirectTo: 'https://app.test/' })
    // Once more changes nothing.
    expect((await test.signIn(bob, { intent: 'link' }, authentication)).status).toBe('linked')
    expect(await test.users.oauth.connections(id)).toHaveLength(1)
    expect(signedIn(await test.signIn({ ...bob, emailVerified: false })).user.id).toBe(id)
    await test.auth.jobs.run()
    expect(test.mailbox.list().filter(({ text }) => /COMPANY/.test(text))).toHaveLength(1)
  })

  it('never takes an account away from somebody else', async () => {
    const test = await createOAuthCardea()
    const bobs = signedIn(await test.signIn(bob))
    const { id, authentication } = await register(test, true)
    expect(await test.signIn(bob, { intent: 'link' }, authentication)).toMatchObject({ code: 'conflict' })
    expect(await test.users.oauth.connections(id)).toEqual([])
    expect(await test.users.oauth.connections(bobs.user.id)).toHaveLength(1)
  })

  it('wants a session that is fresh, and there still when the browser comes back', async () => {
    const test = await createOAuthCardea()
    const { id, authentication } = await register(test, true)
    const logsOut = await test.come(bob, { intent: 'link' }, authentication)
    await test.auth.sessions.revoke(id, authentication.session.id)
    expect(await test.users.oauth.callback(logsOut)).toMatchObject({ status: 'failed', code: 'session_revoked' })

    const again = await test.users.login({ email: 'anna@example.com', password: jane.password })
    const fresh = await authenticate(test, again.cookieToken)
    const ends = await test.come(bob, { intent: 'link' }, fresh)
    await test.auth.sessions.revokeAll(id)
    expect(await codeOf(test.users.oauth.callback(ends))).toBe('invalid_request')

    test.clock.advance(601_000)
    expect(await codeOf(test.users.oauth.begin({ provider: 'company', intent: 'link' }, fresh))).toBe(
      'reauthentication_required',
    )
    expect(await test.users.oauth.connections(id)).toEqual([])
  })

  it('makes a session fresh for the account that is linked, and for no other', async () => {
    const test = await createOAuthCardea()
    const first = signedIn(await test.signIn())
    test.clock.advance(3_600_000)
    const authentication = await authenticate(test, first.cookieToken)
    expect(await test.signIn(bob, { intent: 'reauth' }, authentication)).toMatchObject({ code: 'invalid_credentials' })
    // Also when it signs somebody else in, whose epoch happens to be the same.
    signedIn(await test.signIn(bob))
    expect(await test.signIn(bob, { intent: 'reauth' }, authentication)).toMatchObject({ code: 'invalid_credentials' })
    expect((await authenticate(test, first.cookieToken)).session.authTime).toBe(authentication.session.authTime)
    const coming = await test.come(anna, { intent: 'reauth' }, authentication)
    expect(new URL(coming.begun.url).searchParams.get('fresh')).toBe('true')
    const outcome = await test.users.oauth.callback(coming)
    if (outcome.status !== 'reauthenticated') throw new Error(outcome.status)
    expect(await test.auth.sessions.verify({ cookieToken: first.cookieToken ?? '' })).toMatchObject({
      authenticated: false,
    })
    const renewed = await authenticate(test, outcome.cookieToken)
    expect(renewed.session).toMatchObject({ id: authentication.session.id, authTime: test.clock.now() })
  })
})

describe('oauth.disconnect', () => {
  it('takes an account away, but never the last way in', async () => {
    const test = await createOAuthCardea()
    const { user, cookieToken } = signedIn(await test.signIn())
    const authentication = await authenticate(test, cookieToken)
    const [only] = await test.users.oauth.connections(user.id)
    expect(await codeOf(test.users.oauth.disconnect(authentication, only?.id ?? ''))).toBe('conflict')
    await test.signIn({ ...anna, subject: 'second' }, { provider: 'other', intent: 'link' }, authentication)
    await test.users.oauth.disconnect(authentication, only?.id ?? '')
    expect(await test.users.oauth.connections(user.id)).toMatchObject([{ provider: 'other' }])
    const [last] = await test.users.oauth.connections(user.id)
    expect(await codeOf(test.users.oauth.disconnect(authentication, last?.id ?? ''))).toBe('conflict')
    await test.users.setPassword(user.id, 'another good password')
    const again = await test.users.login({ email: 'anna@example.com', password: 'another good password' })
    await test.users.oauth.disconnect(await authenticate(test, again.cookieToken), last?.id ?? '')
    expect(await test.users.oauth.connections(user.id)).toEqual([])
  })

  it('counts what signs in only, under the settings as they are', async () => {
    const otp = await createOAuthCardea({ auth: { otp: { enabled: true } } })
    const { user, cookieToken } = signedIn(await otp.signIn())
    const [only] = await otp.users.oauth.connections(user.id)
    await otp.users.oauth.disconnect(await authenticate(otp, cookieToken), only?.id ?? '')

    const bare = await createOAuthCardea({ auth: { password: { enabled: false } } })
    const second = signedIn(await bare.signIn())
    await bare.users.setPassword(second.user.id, 'another good password')
    const third = signedIn(await bare.signIn())
    const [link] = await bare.users.oauth.connections(second.user.id)
    expect(await codeOf(bare.users.oauth.disconnect(await authenticate(bare, third.cookieToken), link?.id ?? ''))).toBe(
      'conflict',
    )
  })

  it("finds nobody else's, and wants a fresh session", async () => {
    const test = await createOAuthCardea()
    const first = signedIn(await test.signIn())
    const second = signedIn(await test.signIn({ ...anna, subject: 'b', email: 'b@example.com' }))
    const [theirs] = await test.users.oauth.connections(second.user.id)
    const authentication = await authenticate(test, first.cookieToken)
    for (const id of [theirs?.id ?? '', 'nonsense', '']) {
      expect(await codeOf(test.users.oauth.disconnect(authentication, id))).toBe('not_found')
    }
    test.clock.advance(601_000)
    expect(await codeOf(test.users.oauth.disconnect(authentication, theirs?.id ?? ''))).toBe(
      'reauthentication_required',
    )
  })
})
