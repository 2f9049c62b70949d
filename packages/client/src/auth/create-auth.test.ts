import { totpCode } from '@cardea/testing'
import { describe, expect, it, vi } from 'vitest'
import { type App, createServer, password, url } from '../app.fixture.js'
import { createClient, isClientError, memoryStorage } from '../index.js'

const anna = { email: 'anna@example.test', password }

async function setUp(options: Parameters<typeof createServer>[0] = {}) {
  const server = await createServer(options)
  const browser = server.openBrowser()
  const cookies = createClient<App>({ url, platform: browser.platform })
  const storage = memoryStorage()
  const tokens = createClient<App>({ url, tokens: storage, platform: browser.platform })
  return { ...server, browser, cookies, tokens, storage }
}

describe('auth of a client', () => {
  it.each(['cookies', 'tokens'] as const)('signs up, in and out with %s', async (mode) => {
    const { requests, ...clients } = await setUp()
    const { auth } = clients[mode]
    expect(auth.state()).toEqual({ status: 'unknown', user: null })
    const registered = await auth.register({ ...anna, username: 'anna', name: 'Anna' })
    expect(registered).toMatchObject({ status: 'signed-in', user: { email: anna.email, roles: ['viewer'] } })
    expect(auth.state()).toMatchObject({ status: 'signed-in', user: { username: 'anna' } })
    expect((await auth.me()).name).toBe('Anna')
    await auth.signOut()
    expect(auth.state()).toEqual({ status: 'signed-out', user: null })
    await expect(auth.me()).rejects.toMatchObject({ code: 'unauthenticated', status: 401 })
    expect((await auth.signIn(anna)).status).toBe('signed-in')
    expect((await auth.sessions.list()).length).toBe(1)
    expect(requests).toContain('POST /api/v1/auth/logout')
  })

  it('keeps no token with cookies, and sends no cookie with tokens', async () => {
    const { cookies, tokens, storage, browser } = await setUp()
    await cookies.auth.register(anna)
    expect([...browser.cookies.keys()]).toEqual(['__Host-session', '__Host-session-device'])
    expect(storage.getItem('cardea:users')).toBeNull()
    await expect(tokens.auth.me()).rejects.toMatchObject({ code: 'unauthenticated' })
    await cookies.auth.signOut()
    await tokens.auth.signIn(anna)
    expect(browser.cookies.has('__Host-session')).toBe(false)
    expect(Object.keys(JSON.parse(String(storage.getItem('cardea:users'))))).toEqual([
      'access',
      'refresh',
      'session',
      'until',
    ])
  })

  it('says that a server which gives no tokens gives none', async () => {
    const { tokens } = await setUp({ sessions: { delivery: 'cookie' } })
    await expect(tokens.auth.register(anna)).rejects.toMatchObject({ code: 'unexpected_answer' })
    expect(tokens.auth.state().status).toBe('unknown')
  })

  it('extends a session by the refresh token in its cookie', async () => {
    const { cookies, browser, clock } = await setUp({ sessions: { delivery: 'cookie' } })
    await cookies.auth.register(anna)
    const before = new Map(browser.cookies)
    clock.advance('1h')
    expect(await cookies.auth.refresh()).toBe(true)
    expect(browser.cookies.get('__Secure-session-refresh')).not.toBe(before.get('__Secure-session-refresh'))
    await cookies.auth.sessions.revokeAll()
    await expect(cookies.auth.refresh()).rejects.toMatchObject({ code: 'invalid_request' })
    expect(cookies.auth.state().status).toBe('signed-out')
  })

  it('finds who is signed in, once it is asked', async () => {
    const { cookies, browser } = await setUp()
    const { auth } = createClient<App>({ url, platform: browser.platform })
    expect(await auth.load()).toEqual({ status: 'signed-out', user: null })
    await cookies.auth.register(anna)
    expect(await auth.load()).toMatchObject({ status: 'signed-in', user: { email: anna.email } })
  })

  it('asks for the second factor, and takes it', async () => {
    const { tokens, clock } = await setUp()
    const { auth } = tokens
    await auth.register(anna)
    const { secret } = await auth.mfa.enroll()
    const { backup_codes } = await auth.mfa.activate({ code: totpCode(secret, clock.now()) })
    expect(await auth.mfa.state()).toMatchObject({ enabled: true, backup_codes_remaining: backup_codes.length })
    await auth.signOut()

    const outcome = await auth.signIn(anna)
    expect(outcome).toMatchObject({
      status: 'mfa-required',
      methods: ['totp', 'backup_code'],
      enrollment_required: false,
    })
    expect(auth.state().status).toBe('signed-out')
    if (outcome.status !== 'mfa-required') return
    const { mfa_token } = outcome
    await expect(auth.mfa.verify({ mfa_token, code: '000000' })).rejects.toMatchObject({ code: 'mfa_invalid' })
    const [backup_code = ''] = backup_codes
    expect(await auth.mfa.verify({ mfa_token, backup_code })).toMatchObject({ status: 'signed-in' })
    expect(auth.state().status).toBe('signed-in')
    await auth.mfa.disable({ backup_code: String(backup_codes[1]) })
    expect((await auth.mfa.state()).enabled).toBe(false)
  })

  it('sets a factor up within a sign-in that cannot do without', async () => {
    const { tokens, clock } = await setUp({ auth: { mfa: { enabled: true, required: true } } })
    const { auth } = tokens
    const registered = await auth.register(anna)
    if (registered.status !== 'mfa-required') throw new Error(registered.status)
    const { mfa_token, enrollment_required } = registered
    expect(enrollment_required).toBe(true)
    const { secret } = await auth.mfa.enroll({ mfa_token })
    const { backup_codes } = await auth.mfa.activate({ mfa_token, code: totpCode(secret, clock.now()) })
    const [backup_code = ''] = backup_codes
    expect((await auth.mfa.verify({ mfa_token, backup_code })).status).toBe('signed-in')
  })

  it('signs in with a code by mail', async () => {
    const { tokens, mails, settle } = await setUp()
    await tokens.auth.register(anna)
    await tokens.auth.signOut()
    const { flow_id } = await tokens.auth.otp.request({ email: anna.email })
    await settle()
    const code = await mails.codeFor(anna.email)
    expect(await tokens.auth.otp.verify({ email: anna.email, code, flow_id })).toMatchObject({ status: 'signed-in' })
  })

  it('tells registrations apart that sign nobody in', async () => {
    const verified = await setUp({ auth: { requireVerified: true } })
    expect(await verified.tokens.auth.register(anna)).toMatchObject({
      status: 'verification-required',
      user: { email: anna.email, verified: false },
    })
    const ruled = await setUp()
    await ruled.auth.settings.change({ sign_in_rule: { name: { eq: 'Anna' } } }, { collection: 'users' })
    expect(await ruled.tokens.auth.register(anna)).toMatchObject({
      status: 'sign-in-not-allowed',
      user: { email: anna.email },
    })
    const uniform = await setUp({ auth: { registrationAnswer: 'uniform' } })
    expect(await uniform.tokens.auth.register(anna)).toMatchObject({ status: 'accepted' })
    expect(uniform.tokens.auth.state().status).toBe('unknown')
  })

  it('resets a password, verifies an address and changes it', async () => {
    const { tokens, mails, settle } = await setUp()
    const { auth } = tokens
    await auth.register(anna)
    await auth.requestVerification({ email: anna.email })
    await settle()
    await auth.confirmVerification({ token: await mails.tokenFor(anna.email) })
    expect((await auth.me()).verified).toBe(true)

    mails.clear()
    await auth.requestEmailChange({ new_email: 'anne@example.test', password })
    await settle()
    await auth.confirmEmailChange({ token: await mails.tokenFor('anne@example.test') })
    expect((await auth.me()).email).toBe('anne@example.test')

    mails.clear()
    await auth.requestPasswordReset({ email: 'anne@example.test' })
    await settle()
    await auth.confirmPasswordReset({
      token: await mails.tokenFor('anne@example.test'),
      password: 'another horse battery',
    })
    expect(auth.state().status).toBe('signed-out')
    await expect(auth.me()).rejects.toMatchObject({ code: 'unauthenticated' })
    await auth.signIn({ email: 'anne@example.test', password: 'another horse battery' })
    await auth.changePassword({ current_password: 'another horse battery', new_password: password })
    expect((await auth.updateMe({ name: 'Anne' })).name).toBe('Anne')
    expect(auth.state().user?.name).toBe('Anne')
    await auth.reauthenticate({ password })
  })

  it.each(['cookies', 'tokens'] as const)('shows in every tab what a link has changed, with %s', async (mode) => {
    const { mails, settle, openBrowser } = await createServer()
    const { platform } = openBrowser({ channels: true })
    const storage = memoryStorage()
    const open = () => createClient<App>({ url, platform, ...(mode === 'tokens' ? { tokens: storage } : {}) })
    const [{ auth }, { auth: other }] = [open(), open()]
    await auth.register(anna)
    const says = (what: object) =>
      vi.waitFor(() => {
        for (const { user } of [auth.state(), other.state()]) expect(user).toMatchObject(what)
      })
    await says({ verified: false })
    await auth.requestVerification({ email: anna.email })
    await settle()
    await auth.confirmVerification({ token: await mails.tokenFor(anna.email) })
    expect(auth.state().user?.verified).toBe(true)
    await says({ verified: true })
    await auth.updateMe({ name: 'Anne' })
    await says({ name: 'Anne' })

    mails.clear()
    await auth.requestPasswordReset({ email: anna.email })
    await settle()
    await auth.confirmPasswordReset({ token: await mails.tokenFor(anna.email), password: 'another horse battery' })
    expect(auth.state().status).toBe('signed-out')
    await vi.waitFor(() => expect(other.state().status).toBe('signed-out'))
  })

  it('leaves whoever is signed in alone when somebody else’s link is followed', async () => {
    const { tokens, mails, settle, auth: server } = await setUp()
    const bob = { ...anna, email: 'bob@example.test' }
    await server.users.create(bob)
    await tokens.auth.register(anna)
    await tokens.auth.requestPasswordReset({ email: bob.email })
    await settle()
    const token = await mails.tokenFor(bob.email)
    await tokens.auth.confirmPasswordReset({ token, password: 'another horse battery' })
    expect(tokens.auth.state().user?.email).toBe(anna.email)
  })

  it('shows in every tab who has come back from a provider with a cookie', async () => {
    const { openBrowser, auth: server } = await createServer()
    const browser = openBrowser({ channels: true })
    const open = () => createClient<App>({ url, platform: browser.platform })
    const first = open()
    await first.auth.register(anna)
    await server.users.create({ ...anna, email: 'bob@example.test' })
    // A cookie that no client has seen coming.
    const { auth: unheard } = createClient<App>({ url, platform: { ...browser.platform, openChannel: undefined } })
    await unheard.signIn({ ...anna, email: 'bob@example.test' })
    expect(first.auth.state().user?.email).toBe(anna.email)
    const back = open()
    await back.auth.load()
    await vi.waitFor(() => expect(first.auth.state().user?.email).toBe('bob@example.test'))
    // As for a page that a server has rendered.
    await unheard.signIn(anna)
    open().auth.restore(await unheard.me())
    await vi.waitFor(() => expect(first.auth.state().user?.email).toBe(anna.email))
    expect(back.auth.state().user?.email).toBe(anna.email)
  })

  it('signs in through a provider, with tokens by PKCE', async () => {
    const { tokens, browser, storage } = await setUp()
    const { auth } = tokens
    expect(await auth.oauth.providers()).toMatchObject([{ name: 'company', label: 'Company' }])
    // What a browser does that goes where it is sent.
    const go = async (address: string) => {
      const headers = { cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; ') }
      const response = await browser.fetch(address, { method: 'GET', credentials: 'include', headers })
      return String(response.headers.get('location'))
    }
    const address = await auth.oauth.begin({ provider: 'company', redirect_to: '/welcome' })
    const state = new URL(await go(address)).searchParams.get('state')
    const back = await go(`${url}/auth/oauth/callback/company?state=${state}&code=anna`)
    expect(back).toMatch(/^https:\/\/app\.test\/welcome\?code=/)
    expect(await auth.oauth.finish(back)).toMatchObject({ status: 'signed-in', user: { email: 'anna@example.test' } })
    expect(storage.getItem('cardea:users:pkce')).toBeNull()
    const [connection] = await auth.oauth.connections()
    expect(connection).toMatchObject({ provider: 'company' })
    // Nobody finishes the same twice, nor what another device has begun.
    await expect(auth.oauth.finish(back)).rejects.toMatchObject({ code: 'token_invalid' })
    await auth.oauth.begin()
    await expect(auth.oauth.finish('/welcome?error=oauth_failed')).rejects.toMatchObject({ code: 'oauth_failed' })
  })

  it('makes the challenge of RFC 7636, appendix B', async () => {
    const bytes = Buffer.from('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', 'base64url')
    const crypto = {
      getRandomValues: (into: Uint8Array<ArrayBuffer>) => {
        into.set(bytes)
        return into
      },
      subtle: globalThis.crypto.subtle,
    }
    const { auth } = createClient({ url, tokens: memoryStorage(), platform: { crypto } })
    const address = new URL(await auth.oauth.begin())
    expect(address.searchParams.get('code_challenge')).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })

  it.each([undefined, { getRandomValues: (into: Uint8Array<ArrayBuffer>) => into }])(
    'says what is missing for PKCE: %o',
    async (crypto) => {
      const { auth } = createClient({ url, tokens: memoryStorage(), platform: { crypto } })
      await expect(auth.oauth.begin()).rejects.toThrow('PKCE needs `crypto.subtle`')
    },
  )

  it('gives the address of a sign-in with cookies', async () => {
    const { cookies } = await setUp()
    expect(cookies.auth.oauth.loginUrl({ provider: 'company', redirect_to: '/welcome', remember_me: true })).toBe(
      `${url}/auth/oauth/login?provider=company&redirect_to=%2Fwelcome&remember_me=true`,
    )
    await expect(cookies.auth.oauth.begin()).rejects.toMatchObject({ code: 'method_disabled' })
  })

  it('is for the collection that the client names', async () => {
    const { browser, requests } = await setUp()
    const client = createClient<App, 'customers'>({
      url,
      collection: 'customers',
      tokens: memoryStorage(),
      platform: browser.platform,
    })
    const outcome = await client.auth.register({ ...anna, company: 'Hinges Ltd' })
    expect(outcome).toMatchObject({ status: 'signed-in', user: { company: 'Hinges Ltd', phone: null } })
    expect((await client.auth.me()).company).toBe('Hinges Ltd')
    expect(requests.at(-1)).toBe('GET /api/v1/collections/customers/auth/me')
  })

  it('ends sessions, and knows when its own was among them', async () => {
    const { tokens, browser } = await setUp()
    const other = createClient<App>({ url, tokens: memoryStorage(), platform: browser.platform })
    await tokens.auth.register(anna)
    await other.auth.signIn(anna)
    await tokens.auth.sessions.revokeOthers()
    await expect(other.auth.me()).rejects.toMatchObject({ code: 'session_revoked' })
    expect(other.auth.state().status).toBe('signed-out')
    expect((await tokens.auth.sessions.list()).map(({ current }) => current)).toEqual([true])
    await tokens.auth.sessions.revokeAll()
    expect(tokens.auth.state().status).toBe('signed-out')
  })

  it('gives what the user may, for what is shown', async () => {
    const { tokens, auth } = await setUp()
    const outcome = await tokens.auth.register(anna)
    if (outcome.status !== 'signed-in') throw new Error(outcome.status)
    expect(await tokens.auth.permissions()).toMatchObject({
      version: 1,
      id: outcome.user.id,
      allowed: ['content:read'],
    })
    await auth.permissions.assign(outcome.user.id, 'admin')
    expect(await tokens.auth.permissions()).toMatchObject({ bypass: true })
  })

  it('says what is wrong with what was sent', async () => {
    const { tokens } = await setUp()
    const error: unknown = await tokens.auth
      .register({ email: 'no address', password: 'short' })
      .catch((thrown: unknown) => thrown)
    expect(isClientError(error, 'invalid_request')).toBe(true)
    expect(error).toMatchObject({ status: 422, issues: [{ path: 'email' }] })
    await tokens.auth.register(anna)
    await expect(tokens.auth.register(anna)).rejects.toMatchObject({ code: 'email_taken', status: 409 })
    await expect(tokens.auth.signIn({ ...anna, password: 'wrong horse' })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    // Whoever types a wrong password is signed in still.
    expect(tokens.auth.state().status).toBe('signed-in')
  })
})
