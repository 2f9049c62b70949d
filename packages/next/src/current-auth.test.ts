import { createGuards } from '@cardea/http'
import { createTestCardea } from '@cardea/testing'
import { describe, expect, it, vi } from 'vitest'
import { createCurrentAuths } from './current-auth.js'

/** As Next has it: one object for all who ask while a request is answered. */
const asked = new Headers()
vi.mock('next/headers.js', () => ({ headers: async () => await Promise.resolve(asked) }))

describe('findAuth without a request', () => {
  it('refuses what it does not know, also once the rest has been asked', async () => {
    const { auth, signInAs } = await createTestCardea({ mail: false })
    const { headers } = await signInAs()
    asked.set('authorization', String(headers['authorization']))
    const { find } = createCurrentAuths(createGuards(auth), (head) => head)
    expect(await find()).toMatchObject({ collection: 'users' })
    // As an app in JavaScript may write it.
    await expect(find({ collection: ['staff'] } as object)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('collection is not a known field'),
    })
    expect(await find({ collections: ['users'] })).toMatchObject({ collection: 'users' })
  })
})
