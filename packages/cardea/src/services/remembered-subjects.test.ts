import type { Subject } from '@cardea/permissions'
import type { StoredPolicy } from '@cardea/permissions/stored'
import { describe, expect, it } from 'vitest'
import { createTestCardea, jane } from '../testing.fixture.js'
import { createRememberedSubjects } from './remembered-subjects.js'

async function open() {
  const test = createTestCardea({ mode: 'stateless' })
  await test.auth.migrate()
  await test.auth.ready()
  const registered = await test.auth.users.register(jane)
  if (registered.status !== 'signed_in') throw new Error('not signed in')
  const { accessToken = '', user } = registered.signIn
  const other = createTestCardea({ storage: test.storage, mode: 'stateless' })
  const mayCreate = async () => {
    const result = await test.auth.sessions.verify({ accessToken })
    if (!result.authenticated) throw new Error(result.code)
    return (await test.auth.permissions.subject(result.authentication)).can('content:create')
  }
  return { ...test, other, user, mayCreate }
}

describe('permissions in stateless mode', () => {
  it('take no statement at all once they are known', async () => {
    const { mayCreate, statementsOf } = await open()
    expect(await mayCreate()).toBe(false)
    expect(await statementsOf(mayCreate)).toEqual([])
  })

  it("follow a change of another node within 60 seconds, and the node's own at once", async () => {
    const { auth, other, user, mayCreate, clock } = await open()
    expect(await mayCreate()).toBe(false)
    await other.auth.permissions.assign(user.id, 'editor')
    clock.advance(59_999)
    expect(await mayCreate()).toBe(false)
    clock.advance(1)
    expect(await mayCreate()).toBe(true)
    await auth.permissions.unassign(user.id, 'editor')
    expect(await mayCreate()).toBe(false)
  })

  it('end with an assignment that expires', async () => {
    const { auth, user, mayCreate, clock } = await open()
    await auth.permissions.assign(user.id, 'editor', { expiresAt: clock.now() + 5_000 })
    expect(await mayCreate()).toBe(true)
    clock.advance(5_000)
    expect(await mayCreate()).toBe(false)
  })

  it('are read again when the clock was put back', async () => {
    const { other, user, mayCreate, clock } = await open()
    expect(await mayCreate()).toBe(false)
    await other.auth.permissions.assign(user.id, 'editor')
    clock.advance(-10_000)
    expect(await mayCreate()).toBe(true)
  })
})

describe('createRememberedSubjects', () => {
  it.each(['forget', 'forgetAll'] as const)('shares and keeps no read that began before %s', async (putAway) => {
    const reads: ((subject: Subject<string>) => void)[] = []
    // All that is asked of the policy, and of a subject.
    const policy = { subject: () => new Promise((resolve) => reads.push(resolve)) } as unknown as StoredPolicy<string>
    const [before, after] = [{ validUntil: null }, { validUntil: null }] as unknown as [
      Subject<string>,
      Subject<string>,
    ]
    const subjects = createRememberedSubjects(policy, () => 0)
    const early = [subjects.get('jane'), subjects.get('jane')]
    expect(reads).toHaveLength(1)
    subjects[putAway]('jane')
    const late = subjects.get('jane')
    expect(reads).toHaveLength(2)
    reads[1]?.(after)
    expect(await late).toBe(after)
    reads[0]?.(before)
    expect(await Promise.all(early)).toEqual([before, before])
    expect(await subjects.get('jane')).toBe(after)
    expect(reads).toHaveLength(2)
  })

  it('reads again after a read that failed', async () => {
    let fails = true
    const subject = { validUntil: null } as unknown as Subject<string>
    const policy = {
      subject: () => (fails ? Promise.reject(new Error('down')) : Promise.resolve(subject)),
    } as unknown as StoredPolicy<string>
    const subjects = createRememberedSubjects(policy, () => 0)
    await expect(subjects.get('jane')).rejects.toThrow('down')
    fails = false
    expect(await subjects.get('jane')).toBe(subject)
  })
})
