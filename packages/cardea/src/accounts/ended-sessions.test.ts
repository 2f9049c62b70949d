import { eq } from '@cardea/core'
import { sessions } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import type { SessionAuthentication } from '../api/sign-in.js'
import { createTestCardea, jane } from '../testing.fixture.js'
import { createTestProvider } from './oauth/oauth.fixture.js'

const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGbbR/KZU6AZUMNQiOMllCJ/uGN6SWSFAAgkr9n1FxOe'
const somebody = { subject: 'subject-jane', email: undefined, emailVerified: false, name: undefined }

async function open(mode: 'strict' | 'stateless') {
  const company = createTestProvider()
  const test = createTestCardea({
    mode,
    more: { baseUrl: 'https://app.test', oauth: { providers: [company.provider] } },
  })
  await test.auth.migrate()
  await test.auth.ready()
  const { users } = test.auth
  const registered = await users.register(jane)
  if (registered.status !== 'signed_in') throw new Error(registered.status)
  const { accessToken = '', user } = registered.signIn
  await test.auth.permissions.assign(user.id, 'admin')
  const authenticate = async (): Promise<SessionAuthentication> => {
    const result = await test.auth.sessions.verify({ accessToken })
    if (!result.authenticated) throw new Error(result.code)
    return result.authentication
  }
  return { ...test, users, company, user, authenticate }
}

describe('in stateless mode', () => {
  it('a session that has ended makes no key, which would outlive its access token', async () => {
    const { auth, user, authenticate } = await open('stateless')
    const caller = await authenticate()
    const principalId = user.id
    await auth.apiKeys.create({ principalId, label: 'before' }, caller)
    await auth.sessions.revokeAll(principalId)
    const ended = expect.objectContaining({ code: 'session_revoked' })
    await expect(auth.apiKeys.create({ principalId }, await authenticate())).rejects.toEqual(ended)
    await expect(auth.sshKeys.add({ principalId, publicKey }, await authenticate())).rejects.toEqual(ended)
    expect([await auth.apiKeys.list(principalId), await auth.sshKeys.list(principalId)]).toMatchObject([
      [{ label: 'before' }],
      [],
    ])
  })

  it('a fresh session links and unlinks accounts at providers', async () => {
    const { users, company, user, clock, authenticate } = await open('stateless')
    const begun = await users.oauth.begin({ provider: 'company', intent: 'link' }, await authenticate())
    const params = { state: begun.state, code: company.agree(begun.url, somebody) }
    expect(await users.oauth.callback({ params, browserToken: begun.browserToken })).toMatchObject({ status: 'linked' })
    const [link] = await users.oauth.connections(user.id)
    clock.advance(601_000)
    const stale = expect.objectContaining({ code: 'reauthentication_required' })
    await expect(users.oauth.disconnect(await authenticate(), link?.id ?? '')).rejects.toEqual(stale)
    await users.reauthenticate(await authenticate(), { password: jane.password })
    await users.oauth.disconnect(await authenticate(), link?.id ?? '')
    expect(await users.oauth.connections(user.id)).toEqual([])
  })
})

describe('a link to an account at a provider', () => {
  it('is not made for a session of an earlier epoch whose row is there still', async () => {
    const { storage, users, company, user, authenticate } = await open('strict')
    const caller = await authenticate()
    const begun = await users.oauth.begin({ provider: 'company', intent: 'link' }, caller)
    // As where the epoch moved between the look at the session and the look at its principal.
    await storage.update(sessions, { where: eq('id', caller.session.id), set: { epoch: -1 } })
    const params = { state: begun.state, code: company.agree(begun.url, somebody) }
    expect(await users.oauth.callback({ params, browserToken: begun.browserToken })).toMatchObject({
      status: 'failed',
      code: 'session_revoked',
    })
    expect(await users.oauth.connections(user.id)).toEqual([])
  })
})
