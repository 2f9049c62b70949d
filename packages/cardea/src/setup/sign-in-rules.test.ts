import { type AuthOptions, defineCollection, select } from '@cardea/collections'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { createTestLogger, secret } from '../testing.fixture.js'

describe('ready', () => {
  const ready = async (signIn: AuthOptions['signIn']) => {
    const fields = { plan: select(['free', 'paid'], { optional: true }) }
    const customers = defineCollection('customers', { type: 'auth', fields, auth: { signIn: signIn as never } })
    const logger = createTestLogger()
    const storage = createMemoryStorage()
    const auth = createCardea({ storage, secret, environment: 'test', collections: [customers], logger })
    await auth.migrate()
    await auth.ready()
  }

  it('refuses a sign-in rule of code that would let nobody in for a mistake, by its place', async () => {
    await expect(ready({ rule: { plann: { eq: 'paid' } } })).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('customers.auth.signIn.rule.plann names no field'),
    })
    await expect(ready({ rule: [{ plan: { eq: 'payed' } }] })).rejects.toMatchObject({
      issues: [{ path: 'customers.auth.signIn.rule.0.plan.eq', code: 'invalid_value' }],
    })
    await expect(ready({ rule: {} })).rejects.toMatchObject({ code: 'configuration_invalid' })
    for (const rule of [true, false, null, undefined, { plan: { eq: 'paid' } }]) await ready({ rule })
  })
})
