import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeOf } from '../accounts/recovery/recovery.fixture.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { createTestCardea, jane } from '../testing.fixture.js'

describe.each(firstWhereQuick(databases))('a second factor that the default role wants, on $name', ({ open }) => {
  let database: TestDatabase
  let test: ReturnType<typeof createTestCardea>

  beforeAll(async () => {
    database = await open()
    // On a server it has one connection: the role is read where it was written, for nobody else sees it yet.
    const auth = { mfa: { enabled: true, required: ['viewer'] } } as const
    test = createTestCardea({ storage: database.nodes[1], auth })
    await test.auth.migrate()
    await test.auth.ready()
  })
  afterAll(async () => {
    await test?.auth.close()
    await database?.close()
  })

  it('is asked for by the registration that gives the role', async () => {
    expect(await outcomeOf(test.auth.users.register(jane))).toBe('mfa_required')
    expect(await outcomeOf(test.auth.users.login({ email: jane.email, password: jane.password }))).toBe('mfa_required')
  })
})
