import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createTestCardea } from '../testing.fixture.js'

describe('auth.verify', () => {
  it.each([
    ['the token itself', 'a-secret-token'],
    ['a token by another name', { token: 'a-secret-token' }],
    ['nothing', undefined],
    ['null', null],
  ])('says what it takes where it is given %s, and not what it was given', async (_what, credential) => {
    const { auth } = createTestCardea({ storage: createMemoryStorage() })
    await auth.migrate()
    await auth.ready()
    const refused = await Promise.resolve(auth.verify(credential as never)).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'configuration_invalid',
      message: 'verify: takes { bearerToken } or { cookieToken }',
    })
    expect(String(refused)).not.toContain('a-secret-token')
  })
})
