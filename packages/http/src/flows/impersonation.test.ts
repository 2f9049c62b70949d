import type { OAuthProvider } from 'cardea/oauth'
import { describe, expect, it } from 'vitest'
import { type Account, type App, type AppOptions, authPath, createApp, type Got, password } from '../app.fixture.js'
import { routeContracts } from '../contract/routes.js'
import { totpCode } from '../totp.fixture.js'

const at = authPath('users')
const base = '/api/v1'
const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'

/** Somebody of support, and a user. */
async function setUp(options: AppOptions = {}) {
  const app = await createApp(options)
  const [helper, user] = [await app.signUp(), await app.signUp()]
  await app.auth.permissions.assign(helper.id, 'support')
  const act = (by: Account = helper, id = user.id, body: object = { reason: 'ticket 7' }): Promise<Got> =>
    app.send('POST', `${base}/users/${id}/impersonate`, { bearer: by.access, body })
  const me = (bearer: string): Promise<Got> => app.send('GET', `${at}/me`, { bearer })
  /** Acts as the user. @returns The access token. */
  const acting = async (): Promise<string> => {
    const got = await act()
    expect(got.status, got.text).toBe(200)
    return String(got.body['access_token'])
  }
  return { app, helper, user, act, acting, me }
}

const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

const refusals = ({ events }: App): readonly unknown[] =>
  events.filter(({ type }) => type === 'impersonation.refused').map(({ reason }) => reason)

describe('POST /users/{id}/impersonate', () => {
  it('gives an access token of the user that says who acts, for fifteen minutes, and nothing else', async () => {
    const { app, helper, user, act, me } = await setUp()
    const got = await act()
    expect(Object.keys(got.body).sort()).toEqual([
      'access_token',
      'actor_id',
      'expires_at',
      'expires_in',
      'session_id',
      'token_type',
      'user',
    ])
    expect([got.status, got.cookies.size, got.body['expires_in'], got.body['actor_id']]).toEqual([
      200,
      0,
      900,
      helper.id,
    ])
    expect(got.headers.get('cache-control')).toBe('no-store')
    const access = String(got.body['access_token'])
    expect(claimsOf(access)).toMatchObject({ sub: user.id, act: { sub: helper.id }, amr: ['impersonation'], aal: 1 })
    expect((await me(access)).body['id']).toBe(user.id)
    expect((await me(helper.access)).body['id']).toBe(helper.id)

    const begun = app.time.now
    app.time.now = begun + 900_000 - 1_000
    expect((await me(access)).status).toBe(200)
    app.time.now = begun + 900_000
    expect((await me(access)).code).toBe('token_expired')
  })

  it('is told of, and shown to the user, who can end it', async () => {
    const { app, helper, user, act, me } = await setUp()
    const got = await act()
    const sessionId = String(got.body['session_id'])
    expect(app.events.filter(({ type }) => type === 'impersonation.started')).toMatchObject([
      {
        type: 'impersonation.started',
        at: app.time.now,
        collection: 'users',
        principalId: user.id,
        actorId: helper.id,
        sessionId,
        reason: 'ticket 7',
      },
    ])
    expect(app.events.filter(({ type }) => type === 'sign_in.succeeded')).toHaveLength(2)
    const listed = await app.send('GET', `${at}/sessions`, { bearer: user.access })
    const shown = new Set(listed.list.map(({ id, actor_id: actor, current }) => JSON.stringify([id, actor, current])))
    expect(shown).toEqual(
      new Set(
        [
          [sessionId, helper.id, false],
          [user.sessionId, null, true],
        ].map((each) => JSON.stringify(each)),
      ),
    )
    expect((await app.send('DELETE', `${at}/sessions/${sessionId}`, { bearer: user.access })).status).toBe(204)
    expect((await me(String(got.body['access_token']))).code).toBe('session_revoked')
  })

  it('ends with a logout, which leaves the actor and the user signed in', async () => {
    const { app, helper, user, acting, me } = await setUp()
    const access = await acting()
    expect((await app.send('POST', `${at}/logout`, { bearer: access, body: {} })).status).toBe(200)
    expect([(await me(access)).code, (await me(helper.access)).status, (await me(user.access)).status]).toEqual([
      'session_revoked',
      200,
      200,
    ])
    expect(app.events.at(-1)).toMatchObject({ type: 'session.ended', principalId: user.id })
  })

  it('takes the permission, which nobody has by way of other resources', async () => {
    const { app, user, act } = await setUp()
    const other = await app.signUp()
    for (const role of ['editor', 'keeper', 'programmer']) {
      await app.auth.permissions.assign(other.id, role)
      const got = await act(other)
      expect([got.status, got.code]).toEqual([403, 'forbidden'])
    }
    const anonymous = await app.send('POST', `${base}/users/${user.id}/impersonate`, { body: {} })
    expect([anonymous.status, anonymous.code]).toEqual([401, 'unauthenticated'])
    const { key } = await app.auth.apiKeys.create({ principalId: other.id })
    expect((await act({ ...other, access: key })).status).toBe(403)
  })

  it('never goes upwards, and an admin is acted as by admins alone', async () => {
    const { app, helper, user, act } = await setUp()
    await app.auth.permissions.assign(user.id, 'editor')
    expect([(await act()).status, refusals(app)]).toEqual([403, ['forbidden']])
    await app.auth.permissions.assign(helper.id, 'editor')
    expect((await act()).status).toBe(200)
    await app.auth.permissions.assign(user.id, 'admin')
    expect((await act()).status).toBe(403)
    await app.auth.permissions.assign(helper.id, 'admin')
    expect((await act()).status).toBe(200)
  })

  it('is for others: never oneself, nobody that there is not, and nobody who is disabled', async () => {
    const { app, helper, user, act } = await setUp()
    expect((await act(helper, helper.id)).status).toBe(403)
    for (const id of [unknownId, 'x', '%00']) expect((await act(helper, id)).code).toBe('not_found')
    await app.auth.users.disable(user.id)
    expect([(await act()).code, refusals(app).length]).toEqual(['forbidden', 4])
  })

  it('reaches other collections by their name', async () => {
    const { app, helper, act } = await setUp()
    const customer = await app.signUp('customers')
    expect((await act(helper, customer.id)).code).toBe('not_found')
    const got = await act(helper, customer.id, { collection: 'customers' })
    const access = String(got.body['access_token'])
    expect([got.status, (await app.send('GET', `${authPath('customers')}/me`, { bearer: access })).body['id']]).toEqual(
      [200, customer.id],
    )
    expect((await app.send('GET', `${at}/me`, { bearer: access })).status).toBe(401)
  })

  it('is not nested', async () => {
    const { app, user, act, acting } = await setUp()
    const third = await app.signUp()
    await app.auth.permissions.assign(user.id, 'support')
    const access = await acting()
    const got = await act({ ...user, access }, third.id)
    expect([got.status, got.code]).toEqual([403, 'forbidden'])
    const found = await app.auth.verify({ bearerToken: access })
    if (!found.authenticated) throw new Error(found.code)
    await expect(app.auth.impersonate({ actor: found.authentication, principalId: third.id })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('takes a reason that is a line of text', async () => {
    const { helper, user, act } = await setUp()
    for (const reason of ['x'.repeat(501), 'a\nb', 7, null]) {
      expect((await act(helper, user.id, { reason })).status).toBe(422)
    }
    expect((await act(helper, user.id, { expires_in: 9_999 })).code).toBe('unknown_field')
    expect((await act(helper, user.id, {})).status).toBe(200)
  })

  it('keeps a reason without what could turn its text around', async () => {
    const { app, helper, user, act } = await setUp()
    expect((await act(helper, user.id, { reason: 'ticket \u202e7\u2028x' })).status).toBe(200)
    expect(app.events.at(-1)).toMatchObject({ reason: 'ticket \ufffd7\ufffdx' })
  })

  it('asks for no second factor, and lets the hook of the app refuse', async () => {
    let refused = ''
    const { app, user, act, acting, me } = await setUp({
      auth: { mfa: { enabled: true } },
      hooks: { beforeSignIn: ({ methods }) => (methods.join() === refused ? { refuse: 'not this one' } : undefined) },
    })
    const begun = await app.send('POST', `${at}/mfa/totp/enroll`, { bearer: user.access, body: {} })
    const code = totpCode(String(begun.body['secret']), Math.floor(app.time.now / 30_000))
    const activated = await app.send('POST', `${at}/mfa/totp/activate`, { bearer: user.access, body: { code } })
    expect(activated.status).toBe(200)
    expect((await me(await acting())).status).toBe(200)
    refused = 'impersonation'
    expect((await act()).code).toBe('forbidden')
  })
})

describe('somebody who acts as a user', () => {
  /** Only begun by somebody with a session of its own; only a question. One that is added here was thought about. */
  const others = ['impersonate', 'checkPermission']
  const changes = Object.entries(routeContracts).filter(
    ([name, { access, method }]) => access !== 'public' && method !== 'GET' && !others.includes(name),
  )

  it.each(changes)('is refused by %s, which changes something', async (_name, contract) => {
    const { app, acting, user } = await setUp()
    const access = await acting()
    const before = await app.rows()
    const mount = contract.mount === 'auth' ? at : base
    const path = `${mount}${contract.path.replace('{name}', 'customers').replace(/\{\w+\}/, user.sessionId)}`
    const got = await app.send(contract.method, path, { bearer: access, body: {} })
    expect([got.status, got.code]).toEqual([403, 'forbidden'])
    expect(await app.rows()).toBe(before)
  })

  it('begins nothing at a provider for the user', async () => {
    const provider: OAuthProvider = {
      name: 'company',
      label: 'company',
      kind: 'oidc',
      responseMode: 'query',
      connect: () => ({
        authorizationUrl: async () => ({ ok: true, url: 'https://company.test/' }),
        exchange: async () => ({ ok: false, reason: 'code_rejected', detail: '' }),
      }),
    }
    const { app, acting } = await setUp({ oauth: { providers: [provider], redirects: ['/welcome'] } })
    const access = await acting()
    for (const intent of ['link', 'reauth']) {
      const got = await app.send('GET', `${at}/oauth/login?provider=company&intent=${intent}`, { bearer: access })
      expect([intent, got.status]).toEqual([intent, 403])
    }
  })

  it('is refused by the methods behind the routes as well', async () => {
    const { app, acting, user } = await setUp({ auth: { mfa: { enabled: true } }, mail: {} })
    const found = await app.auth.sessions.verify({ accessToken: await acting() })
    if (!found.authenticated) throw new Error(found.code)
    const { authentication } = found
    const { users, apiKeys, sshKeys } = app.auth
    const next = { currentPassword: password, newPassword: 'another horse battery' }
    for (const work of [
      () => users.changePassword(authentication, next),
      () => users.reauthenticate(authentication, { password }),
      () => users.requestEmailChange(authentication, { newEmail: 'x@example.test', password }),
      () => users.mfa.enroll(authentication),
      () => users.mfa.renewBackupCodes(authentication, { code: '000000' }),
      () => users.mfa.disable(authentication, { code: '000000' }),
      () => apiKeys.create({ principalId: user.id }, authentication),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'forbidden' })
    }
    const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGbbR/KZU6AZUMNQiOMllCJ/uGN6SWSFAAgkr9n1FxOe'
    await expect(sshKeys.add({ principalId: user.id, publicKey }, authentication)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('says so in stateless mode, too, for as long as the token lives', async () => {
    const { app, helper, acting } = await setUp({ sessions: { mode: 'stateless' } })
    const found = await app.auth.sessions.verify({ accessToken: await acting() })
    if (!found.authenticated) throw new Error(found.code)
    const { actorId, expiresAt, authTime } = found.authentication.session
    expect([actorId, expiresAt - app.time.now <= 900_000, authTime]).toEqual([helper.id, true, 0])
    await expect(app.auth.users.reauthenticate(found.authentication, { password })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })
})

describe('acting as a user ends at once', () => {
  const ends: readonly (readonly [string, (all: Awaited<ReturnType<typeof setUp>>) => Promise<unknown>])[] = [
    ['the actor is disabled', ({ app, helper }) => app.auth.users.disable(helper.id)],
    ['the actor is deleted', ({ app, helper }) => app.auth.users.delete(helper.id)],
    ['the actor gets a new password', ({ app, helper }) => app.auth.users.setPassword(helper.id, 'another battery')],
    [
      'the actor changes its password',
      ({ app, helper }) =>
        app.send('POST', `${at}/me/change-password`, {
          bearer: helper.access,
          body: { current_password: password, new_password: 'another horse battery' },
        }),
    ],
    ['the actor ends its sessions', ({ app, helper }) => app.auth.sessions.revokeAll(helper.id)],
    ['the actor loses its role', ({ app, helper }) => app.auth.permissions.unassign(helper.id, 'support')],
    ['the user gets a role', ({ app, user }) => app.auth.permissions.assign(user.id, 'admin')],
    ['the user is disabled', ({ app, user }) => app.auth.users.disable(user.id)],
    [
      'the user ends other sessions',
      ({ app, user }) => app.send('DELETE', `${at}/sessions/all?scope=others`, { bearer: user.access }),
    ],
  ]

  it.each(ends)('when %s', async (_name, end) => {
    const all = await setUp()
    const access = await all.acting()
    expect((await all.me(access)).status).toBe(200)
    await end(all)
    const got = await all.me(access)
    expect([got.status, got.code]).toEqual([401, 'session_revoked'])
  })

  it('and does not begin with a session of the actor that has ended', async () => {
    const { app, helper, user } = await setUp()
    const found = await app.auth.sessions.verify({ accessToken: helper.access })
    if (!found.authenticated) throw new Error(found.code)
    await app.auth.sessions.revoke(helper.id, helper.sessionId)
    const input = { actor: found.authentication, principalId: user.id }
    await expect(app.auth.impersonate(input)).rejects.toMatchObject({ code: 'session_revoked' })
  })

  it('no later than a role of the actor that is for a while', async () => {
    const { app, helper, act } = await setUp()
    await app.auth.permissions.unassign(helper.id, 'support')
    await app.auth.permissions.assign(helper.id, 'support', { expiresAt: app.time.now + 60_000 })
    expect((await act()).body['expires_in']).toBe(60)
  })
})
