import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { createTestCardea, jane } from '../testing.fixture.js'
import { totpCode } from '../totp.fixture.js'
import { eventTypes } from './events.js'

const sources = join(import.meta.dirname, '..')

describe('CardeaEvent', () => {
  it('has types that the documentation explains, all of them and no others', () => {
    const page = readFileSync(join(sources, '../../../docs/events.md'), 'utf8')
    const explained = [...page.matchAll(/^\| `([a-z_.]+)` \| \S/gm)].map(([, type]) => type)
    expect(explained).toEqual([...eventTypes])
  })

  it('has no type that nothing reports', () => {
    const code = globSync('**/*.ts', { cwd: sources })
      .filter((file) => !/\.(test|test-d|fixture)\.ts$/.test(file) && file !== 'api/events.ts')
      .map((file) => readFileSync(join(sources, file), 'utf8'))
      .join('\n')
    expect(eventTypes.filter((type) => !code.includes(`'${type}'`))).toEqual([])
  })

  it('tells of what succeeds and of what fails, without a secret', async () => {
    const { auth, clock, events, settle } = createTestCardea({ auth: { mfa: { enabled: true } } })
    await auth.migrate()
    await auth.ready()
    const { users, sessions, permissions } = auth
    const fails = async (work: Promise<unknown>) => await expect(work).rejects.toThrow(CardeaError)
    const login = (password: string = jane.password) => users.login({ email: jane.email, password })
    const proved = async (accessToken = '') => {
      const result = await sessions.verify({ accessToken })
      if (!result.authenticated) throw new Error(result.code)
      return result.authentication
    }
    const code = (secret: string) => totpCode(secret, Math.floor(clock.now() / 30_000))
    const secrets: unknown[] = [jane.email, jane.password, 'wrong-password', 'new-secret-password', 'typed-setup-code']

    const registered = await users.register(jane)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    const { user, ...first } = registered.signIn
    await fails(users.register(jane))
    const intruder = { ...jane, email: 'x@example.com', setup_code: 'typed-setup-code' }
    await fails(auth.collection('users')?.register(intruder) ?? Promise.resolve())
    await fails(login('wrong-password'))
    await fails(users.login({ email: 'nobody@example.com', password: 'wrong-password' }))
    const second = await login()
    const authentication = await proved(second.accessToken)
    await fails(users.reauthenticate(authentication, { password: 'wrong-password' }))
    await users.reauthenticate(authentication, { password: jane.password })
    await fails(users.changePassword(authentication, { currentPassword: 'wrong-password', newPassword: 'x' }))
    await users.update(user.id, { username: 'janet' })
    await permissions.assign(user.id, 'editor')
    await permissions.unassign(user.id, 'editor')
    await sessions.revoke(user.id, first.session.id)
    expect(await sessions.revoke(user.id, first.session.id)).toBe(false)
    const { secret } = await users.mfa.enroll(authentication)
    await fails(users.mfa.activate(authentication, '000000'))
    const { backupCodes } = await users.mfa.activate(authentication, code(secret))
    await fails(login())
    await users.setPassword(user.id, 'new-secret-password')
    await users.disable(user.id)
    await users.enable(user.id)
    await users.delete(user.id)
    await settle()

    const bystander = await users.register({ email: 'y@example.com', password: jane.password })
    if (bystander.status !== 'signed_in') throw new Error('not signed in')
    await sessions.revokeAll(bystander.signIn.user.id)
    expect(await sessions.revokeAll(bystander.signIn.user.id)).toBe(0)

    const told = events.map(({ type, principalId, reason }) => [type, principalId === user.id, reason])
    const wrong = expect.any(String)
    expect(told).toEqual([
      ['user.registered', true, undefined],
      ['sign_in.succeeded', true, undefined],
      ['user.registration_failed', false, 'email_taken'],
      ['user.registration_failed', false, 'forbidden'],
      ['sign_in.failed', true, wrong],
      ['sign_in.failed', false, wrong],
      ['sign_in.succeeded', true, undefined],
      ['session.reauthentication_failed', true, wrong],
      ['session.reauthenticated', true, undefined],
      ['session.reauthentication_failed', true, 'wrong_password'],
      ['user.updated', true, undefined],
      ['identifier.changed', true, 'username'],
      ['role.assigned', true, undefined],
      ['role.unassigned', true, undefined],
      ['session.revoked', true, undefined],
      ['mfa.enrollment_started', true, undefined],
      ['mfa.failed', true, wrong],
      ['mfa.enabled', true, undefined],
      ['sign_in.mfa_required', true, undefined],
      ['password.changed', true, undefined],
      ['principal.disabled', true, undefined],
      ['principal.enabled', true, undefined],
      ['principal.deleted', true, undefined],
      ['user.registered', false, undefined],
      ['sign_in.succeeded', false, undefined],
      ['session.revoked', false, undefined],
    ])
    secrets.push(secret, ...backupCodes, first.accessToken, first.refreshToken, first.cookieToken, 'nobody@', 'janet')
    const all = JSON.stringify(events)
    for (const each of secrets) expect(all).not.toContain(String(each))
  })
})
