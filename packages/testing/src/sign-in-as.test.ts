import { authSettings, defineCollection, definePermissions, defineRoles, text } from 'cardea'
import { describe, expect, it } from 'vitest'
import { createTestCardea } from './create-test-cardea.js'

const permissions = definePermissions({ posts: ['read', 'pin'] })
const roles = defineRoles(permissions, {
  reader: { permissions: ['posts:read'] },
  pinner: { permissions: ['posts:pin'] },
})
const customers = defineCollection('customers', { type: 'auth', fields: { company: text() } })
const staff = defineCollection('staff', {
  type: 'auth',
  auth: { registration: 'closed', requireVerified: true, mfa: { enabled: true, required: true } },
})
const app = { permissions, roles, defaultRole: 'reader', collections: [customers, staff] } as const

describe('signInAs', () => {
  it('signs somebody new in each time, by what requests take', async () => {
    const { auth, signInAs } = await createTestCardea(app)
    const [one, other] = [await signInAs(), await signInAs()]
    expect(one.user.id).not.toBe(other.user.id)
    expect(one.headers).toEqual({ authorization: `Bearer ${one.accessToken}` })
    expect(one.cookieHeaders).toEqual({ cookie: one.cookie, origin: 'https://app.test' })
    const [name, cookieToken = ''] = one.cookie.split('=')
    expect(name).toBe('__Host-session')
    for (const credential of [{ accessToken: one.accessToken }, { cookieToken }]) {
      expect(await auth.sessions.verify(credential)).toMatchObject({
        authentication: { principalId: one.user.id, session: { id: one.sessionId } },
      })
    }
    await expect(auth.users.refresh(one.refreshToken)).resolves.toMatchObject({ user: { id: one.user.id } })
  })

  it('goes through the pipeline: hooks, events and settings of the app', async () => {
    const asked: unknown[] = []
    const { events, signInAs } = await createTestCardea({
      ...app,
      hooks: {
        beforeSignIn: ({ methods, request, user }) => {
          asked.push([methods, request.ip])
          return user['username'] === 'mallory' ? { refuse: 'Not you.' } : undefined
        },
      },
    })
    await signInAs({ username: 'jane' })
    expect(asked).toEqual([[['password'], '192.0.2.1']])
    await expect(signInAs({ username: 'mallory' })).rejects.toMatchObject({ code: 'forbidden', message: 'Not you.' })
    expect(events.filter(({ type }) => type === 'sign_in.succeeded')).toHaveLength(1)
  })

  it('gives roles before', async () => {
    const { auth, signInAs } = await createTestCardea(app)
    const { accessToken, user } = await signInAs({ email: 'jane@example.com' }, { roles: ['pinner'] })
    expect(user.roles).toEqual(['pinner', 'reader'])
    const result = await auth.sessions.verify({ accessToken })
    if (!result.authenticated) throw new Error(result.code)
    expect((await auth.permissions.subject(result.authentication)).can('posts:pin')).toBe(true)
    await expect(signInAs({}, { roles: ['no-such'] })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('finds who was there before: by address, by user, by password', async () => {
    const { auth, signInAs } = await createTestCardea(app)
    const { user, password } = await signInAs({ email: 'jane@example.com' })
    expect((await signInAs({ email: 'Jane@Example.com' })).user.id).toBe(user.id)
    expect(await signInAs(user)).toMatchObject({ user: { id: user.id }, password })
    expect(await auth.sessions.list(user.id)).toHaveLength(3)

    const own = { email: 'own@example.com', password: 'a-password-of-its-own' }
    await auth.users.register(own)
    await expect(signInAs({ email: own.email })).rejects.toMatchObject({ code: 'email_taken' })
    const again = await signInAs(own, { roles: ['pinner'] })
    expect(again.user.roles).toEqual(['pinner', 'reader'])
    // Registering has made one, and this the other.
    expect(await auth.sessions.list(again.user.id)).toHaveLength(2)

    const made = await auth.users.create({ email: 'made@example.com', password: 'a-password-of-its-own' })
    expect((await signInAs(made)).user.id).toBe(made.id)
    await expect(signInAs({ id: 'nobody' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('takes other collections, and their fields', async () => {
    const { auth, signInAs } = await createTestCardea(app)
    const { cookie, user } = await signInAs({ company: 'Acme' }, { collection: 'customers' })
    expect(cookie).toMatch(/^__Host-session_customers=/)
    expect(user.company).toBe('Acme')
    await expect(signInAs({}, { collection: 'customers' })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(signInAs({}, { collection: 'vendors' })).rejects.toMatchObject({ code: 'not_found' })
    await auth.definitions.create({ name: 'members', type: 'auth', fields: { plan: { type: 'text' } } })
    expect((await signInAs({ plan: 'gold' }, { collection: 'members' })).user['plan']).toBe('gold')
  })

  it('sets a second factor up, where it is wanted', async () => {
    const { auth, clock, signInAs } = await createTestCardea({ auth: { mfa: { enabled: true } } })
    const plain = await signInAs({ email: 'jane@example.com' })
    const strong = await signInAs(plain.user, { mfa: true })
    expect(await auth.sessions.list(plain.user.id)).toMatchObject([{ id: strong.sessionId, aal: 2 }])
    const codes = await signInAs(plain.user)
    expect(await auth.sessions.find(codes.sessionId)).toMatchObject({ aal: 2 })
    await expect(signInAs(plain.user)).rejects.toThrow("clock.advance('30s')")
    clock.advance('30s')
    await expect(signInAs(plain.user)).resolves.toBeDefined()
    const closed = await createTestCardea()
    await expect(closed.signInAs({}, { mfa: true })).rejects.toMatchObject({ code: 'method_disabled' })
  })

  it('gets into a collection that nobody can register in and that wants everything', async () => {
    const { auth, signInAs } = await createTestCardea(app)
    expect(authSettings(staff).registration).toBe('closed')
    const { user, sessionId } = await signInAs({}, { collection: 'staff' })
    expect(user.verified).toBe(true)
    expect(await auth.sessions.list(user.id)).toMatchObject([{ id: sessionId, aal: 2 }])
  })

  it('hands out what the app does', async () => {
    const cookie = await createTestCardea({ sessions: { delivery: 'cookie' }, baseUrl: 'http://localhost:3000' })
    const browser = await cookie.signInAs()
    expect(browser).toMatchObject({ accessToken: '', headers: browser.cookieHeaders })
    // Where it goes is a cookie of its own, for the refresh route alone.
    expect(browser.refreshToken).toMatch(/^[0-9a-f-]{36}\.0\./)
    expect(browser.cookie).not.toContain(browser.refreshToken)
    expect(browser.cookieHeaders).toMatchObject({ origin: 'http://localhost:3000' })
    expect(browser.cookie).toMatch(/^session=/)
    const token = await createTestCardea({ sessions: { delivery: 'token' } })
    expect((await token.signInAs()).cookie).toBe('')
  })

  it('comes from where it is told', async () => {
    const { auth, signInAs } = await createTestCardea()
    const { user } = await signInAs({}, { from: { ip: '198.51.100.7', userAgent: 'Mozilla/5.0' } })
    expect(await auth.sessions.list(user.id)).toMatchObject([{ ip: '198.51.100.7' }])
  })
})
