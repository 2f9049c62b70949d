import { limits, sessions, verifications } from '@cardea/storage'
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
})
