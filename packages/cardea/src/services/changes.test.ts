import type { ChangeTopic } from '@cardea/core/hints'
import { describe, expect, it } from 'vitest'
import { createTestCardea, createTestLogger, jane } from '../testing.fixture.js'
import { createChanges } from './changes.js'
import { createHandTimers, createLocalHints } from './hints.fixture.js'

function setUp() {
  const [hints, timers, logger] = [createLocalHints(), createHandTimers(), createTestLogger()]
  const changes = createChanges(hints, timers, logger)
  const heard: ChangeTopic[] = []
  for (const topic of ['policy', 'configuration', 'keys'] as const) changes.on(topic, () => heard.push(topic))
  return { hints, timers, changes, heard, logger }
}

describe('createChanges', () => {
  it('hears nothing before it starts and after it stops', () => {
    const { hints, changes, heard, timers } = setUp()
    hints.publish('keys')
    changes.listen()
    changes.listen()
    expect(hints.listeners).toBe(1)
    hints.publish('keys')
    changes.stop()
    changes.listen()
    hints.publish('keys')
    timers.fire()
    expect(heard).toEqual(['keys'])
    expect(hints.listeners).toBe(0)
    expect(timers.waiting()).toBe(0)
  })

  it('acts at once on the first of a flood, and once more for all the others', () => {
    const { hints, changes, heard, timers } = setUp()
    changes.listen()
    for (let count = 0; count < 1_000; count += 1) hints.publish('policy')
    expect(heard).toEqual(['policy'])
    hints.publish('configuration')
    expect(heard).toEqual(['policy', 'configuration'])
    timers.fire()
    expect(heard).toEqual(['policy', 'configuration', 'policy'])
    timers.fire()
    timers.fire()
    expect(heard).toHaveLength(3)
    hints.publish('policy')
    expect(heard).toHaveLength(4)
  })

  it.each(['', 'toString', '__proto__', 'Policy', 7])('takes %j for no hint', (topic) => {
    const { hints, changes, heard } = setUp()
    changes.listen()
    hints.publish(topic as ChangeTopic)
    expect(heard).toEqual([])
  })

  it('lets no failure of hints be one of a change', () => {
    const { logger } = setUp()
    const broken = {
      publish: () => {
        throw new Error('broken')
      },
      subscribe: () => () => undefined,
    }
    createChanges(broken, createHandTimers(), logger).publish('policy')
    expect(logger.lines).toHaveLength(1)
  })
})

/** Two nodes on one storage, each with what one of its users may do. */
async function twoNodes() {
  const [hints, timers] = [createLocalHints(), createHandTimers()]
  const more = { hints, timers }
  const first = createTestCardea({ mode: 'stateless', more })
  await first.auth.migrate()
  await first.auth.ready()
  const second = createTestCardea({ storage: first.storage, mode: 'stateless', more })
  await second.auth.ready()
  const registered = await first.auth.users.register(jane)
  if (registered.status !== 'signed_in') throw new Error('not signed in')
  const { accessToken = '', user } = registered.signIn
  // Making the roles that code declares was a change, too.
  expect(hints.published.splice(0)).toEqual(['policy'])
  timers.fire()
  const mayCreate = async (node: typeof first): Promise<boolean> => {
    const result = await node.auth.verify({ bearerToken: accessToken })
    if (!result.authenticated) throw new Error(result.code)
    return (await node.auth.permissions.subject(result.authentication)).can('content:create')
  }
  return { hints, timers, first, second, user, mayCreate }
}

describe('hints between nodes', () => {
  it('make a change of roles known at once, where nothing is read for a request', async () => {
    const { first, second, user, mayCreate } = await twoNodes()
    expect(await mayCreate(second)).toBe(false)
    await first.auth.permissions.assign(user.id, 'editor')
    expect(await mayCreate(second)).toBe(true)
    await second.settle()
  })

  it('read again once, however many hints and requests there are', async () => {
    const { hints, timers, first, mayCreate } = await twoNodes()
    await mayCreate(first)
    const statements = await first.statementsOf(async () => {
      for (let count = 0; count < 1_000; count += 1) hints.publish('policy')
      await Promise.all(Array.from({ length: 50 }, () => mayCreate(first)))
      for (let count = 0; count < 1_000; count += 1) hints.publish('policy')
      await Promise.all(Array.from({ length: 50 }, () => mayCreate(first)))
    })
    // The versions of one principal; they are those in memory.
    expect(statements).toHaveLength(1)
    timers.fire()
    expect(await first.statementsOf(() => mayCreate(first))).toHaveLength(1)
    expect(await first.statementsOf(() => mayCreate(first))).toHaveLength(0)
  })

  it('make a new collection known at once', async () => {
    const { first, second } = await twoNodes()
    await first.auth.definitions.create({ name: 'members', type: 'auth' })
    await second.settle()
    expect(second.auth.collectionNames()).toContain('members')
  })

  it('come when the app has committed, not before', async () => {
    const { hints, first, user } = await twoNodes()
    const { storage } = first
    await storage.transaction(async (transaction) => {
      const joined = first.auth.with(transaction)
      await joined.permissions.assign(user.id, 'editor')
      await joined.permissions.unassign(user.id, 'editor')
      expect(hints.published).toEqual([])
      joined.committed()
      joined.committed()
    })
    expect(hints.published).toEqual(['policy'])
  })

  it('tell of what a deleted principal may do no more', async () => {
    const { hints, first, user } = await twoNodes()
    await first.auth.users.delete(user.id)
    expect(hints.published).toEqual(['policy'])
  })

  it('change nothing when they are lost: what is old is read again as without them', async () => {
    const { hints, first, second, user, mayCreate } = await twoNodes()
    expect(await mayCreate(second)).toBe(false)
    // A node whose hints reach nobody.
    const lost = createTestCardea({ storage: first.storage, mode: 'stateless' })
    await lost.auth.permissions.assign(user.id, 'editor')
    expect(await mayCreate(second)).toBe(false)
    second.clock.advance(60_000)
    expect(await mayCreate(second)).toBe(true)
    expect(hints.published).toEqual([])
  })

  it('do not let a read that began before them be remembered', async () => {
    const { hints, first, user, mayCreate } = await twoNodes()
    const lost = createTestCardea({ storage: first.storage, mode: 'stateless' })
    const early = mayCreate(first)
    await lost.auth.permissions.assign(user.id, 'editor')
    hints.publish('policy')
    await early
    expect(await mayCreate(first)).toBe(true)
  })
})

describe('createCardea without hints', () => {
  it('hears and tells nothing, and takes none that are not', async () => {
    const { auth } = createTestCardea()
    await auth.migrate()
    await auth.ready()
    expect(() => createTestCardea({ more: { hints: { publish: () => undefined } as never } })).toThrow(
      /hints.*must have the functions publish and subscribe/,
    )
  })

  it('ends its subscription when it is closed', async () => {
    const hints = createLocalHints()
    const { auth } = createTestCardea({ more: { hints, timers: createHandTimers() } })
    await auth.migrate()
    expect(hints.listeners).toBe(0)
    await auth.ready()
    expect(hints.listeners).toBe(1)
    await auth.close()
    expect(hints.listeners).toBe(0)
  })
})
