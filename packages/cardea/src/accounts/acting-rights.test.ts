import { createUuidV7, secureRandom } from '@cardea/core/crypto'
import { createStoredPolicy } from '@cardea/permissions/stored'
import { describe, expect, it } from 'vitest'
import { cmsPreset } from '../presets/cms.js'
import { createTestCardea } from '../testing.fixture.js'

/** Long enough for whatever is remembered of rights to be read again. */
const aWhile = 61_000

async function setUp(mode: 'strict' | 'stateless') {
  const { auth, clock, storage } = createTestCardea({ mode })
  await auth.migrate()
  await auth.ready()
  const { permissions: catalogue, roles } = cmsPreset
  const createId = createUuidV7(clock.now, secureRandom)
  // As it is for another node, or a migration: nobody here is told.
  const policy = createStoredPolicy({ storage, clock: clock.now, createId, catalogue, roles })
  for (const label of ['helper', 'writer']) await policy.createRole({ label })
  const granted = await policy.grant('helper', 'impersonation:create')
  const signUp = async (name: string) => {
    const registered = await auth.users.register({ email: `${name}@example.com`, password: 'a long password' })
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    return registered.signIn
  }
  const [helper, user] = [await signUp('helper'), await signUp('user')]
  await auth.permissions.assign(helper.user.id, 'helper')
  await auth.permissions.assign(user.user.id, 'writer')
  const found = await auth.sessions.verify({ accessToken: helper.accessToken ?? '' })
  if (!found.authenticated) throw new Error(found.code)
  const acting = await auth.impersonate({ actor: found.authentication, principalId: user.user.id })
  const ofActing = async () => {
    clock.advance(aWhile)
    const now = await auth.sessions.verify({ accessToken: acting.accessToken })
    if (!now.authenticated) throw new Error(now.code)
    return await auth.permissions.subject(now.authentication)
  }
  return { auth, policy, granted, helper, user, ofActing }
}

describe.each(['strict', 'stateless'] as const)('whoever acts as somebody, in %s mode', (mode) => {
  it('may no more than the actor may at that time, whatever roles come to mean', async () => {
    const { auth, policy, user, ofActing } = await setUp(mode)
    expect((await ofActing()).roles.map(({ label }) => label)).toContain('writer')
    await policy.grant('writer', 'content:update')
    const narrowed = await ofActing()
    expect([narrowed.can('content:update'), narrowed.can('content:read')]).toEqual([false, true])
    expect((await auth.permissions.subject(user.user.id)).can('content:update')).toBe(true)
    await policy.grant('helper', 'content:update')
    const covered = await ofActing()
    expect([covered.can('content:update'), covered.roles.length]).toEqual([true, 2])
  })

  it('may nothing once the actor may not act as others', async () => {
    const { auth, policy, granted, helper, ofActing } = await setUp(mode)
    expect((await ofActing()).can('content:read')).toBe(true)
    await policy.revoke(granted.id)
    expect((await ofActing()).can('content:read')).toBe(false)
    expect((await auth.permissions.subject(helper.user.id)).can('content:read')).toBe(true)
  })
})
