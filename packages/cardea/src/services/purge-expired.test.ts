import { eq } from '@cardea/core'
import { devices, limits, outbox, sessions, verifications } from '@cardea/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { createTestCardea, jane } from '../testing.fixture.js'

const day = 86_400_000

describe.each(databases)('auth.jobs.run on $name', ({ open }) => {
  let database: TestDatabase
  let test: ReturnType<typeof createTestCardea>

  beforeAll(async () => {
    database = await open()
    test = createTestCardea({
      storage: database.nodes[0],
      auth: { otp: { enabled: true, createUser: true } },
      send: async () => undefined,
    })
    await test.auth.migrate()
    await test.auth.ready()
  })

  afterAll(async () => {
    await test.auth.close()
    await database?.close()
  })

  const count = async () =>
    await Promise.all([verifications, limits, sessions].map((table) => database.nodes[0].count(table)))

  it('removes what is over, more than one statement takes, and nothing else', async () => {
    const { auth, clock } = test
    const { users } = auth
    await users.register(jane)
    await users.requestOtp('first@example.com')
    await auth.jobs.run()
    await database.nodes[0].insert(
      limits,
      Array.from({ length: 1_100 }, (_, index) => ({ key: `test:${index}`, expires_at: clock.now() + day })),
    )
    const before = await count()
    expect(before[0]).toBe(1)
    expect(before[2]).toBe(1)
    await auth.jobs.run()
    expect(await count()).toEqual(before)

    clock.advance(2 * day)
    await users.requestOtp('second@example.com')
    await auth.jobs.run()
    const [codes, counters, living] = await count()
    expect([codes, living]).toEqual([1, 1])
    // Those of the second address.
    expect(counters).toBe(3)

    clock.advance(30 * day)
    await auth.jobs.run()
    expect((await count())[2]).toBe(1)
    clock.advance(7 * day)
    await auth.jobs.run()
    expect(await count()).toEqual([0, 0, 0])
    await test.settle()
  })

  it('removes devices that nobody has come with for 400 days, and mails that were given up 30 days ago', async () => {
    const { auth, clock } = test
    const [storage] = database.nodes
    const principal = await auth.users.create({ email: 'devices@example.com', password: jane.password })
    const seen = (days: number) => ({
      principal_id: principal.id,
      device_hash: `seen ${days}`,
      first_seen_at: 0,
      last_seen_at: clock.now() - days * day,
    })
    await storage.insert(devices, [399, 401, 500].map(seen))
    const dead = (days: number, state: string) => ({
      id: `${state} ${days}`,
      kind: 'otp',
      collection: 'users',
      recipient: 'somebody@example.com',
      state,
      due_at: clock.now() + (state === 'dead' ? -days : days) * day,
      created_at: 0,
    })
    await storage.insert(outbox, [dead(29, 'dead'), dead(31, 'dead'), dead(60, 'pending')])
    await auth.jobs.run()
    const left = await storage.find(devices, { where: eq('principal_id', principal.id), limit: 'all' })
    expect(left.map(({ device_hash: device }) => device)).toEqual(['seen 399'])
    const ids = (await storage.find(outbox, { limit: 'all' })).map(({ id }) => id)
    expect(ids.sort()).toEqual(['dead 29', 'pending 60'])
    await storage.delete(outbox, eq('id', 'pending 60'))
  })

  it('may run on two nodes at once', async () => {
    const { auth, clock } = test
    const other = createTestCardea({ storage: database.nodes[1], send: async () => undefined })
    other.clock.advance(clock.now() - other.clock.now())
    const over = Array.from({ length: 2_500 }, (_, index) => ({ key: `both:${index}`, expires_at: clock.now() - day }))
    await database.nodes[0].insert(limits, over)
    await Promise.all([auth.jobs.run(), other.auth.jobs.run(), auth.jobs.run()])
    expect((await count())[1]).toBe(0)
    await other.settle()
    await test.settle()
  })
})
