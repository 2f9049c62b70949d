import { bool, defineCollection, text } from '@cardea/collections'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { cheapHashing, createTestLogger } from '../testing.fixture.js'
import type { SignInHook } from './hooks.js'

const members = defineCollection('members', {
  type: 'auth',
  fields: { suspended: bool({ hidden: true, default: true }), city: text({ optional: true }) },
})

const open = async (mfa: { readonly required: readonly string[] } = { required: [] }) => {
  const logger = createTestLogger()
  const seen: SignInHook[] = []
  const auth = createCardea({
    storage: createMemoryStorage(),
    secret: 'a secret of this test, long enough for it',
    environment: 'test',
    collections: [members],
    auth: { mfa },
    passwords: cheapHashing,
    logger,
    hooks: {
      beforeSignIn: (about) => {
        seen.push(about)
        return about.user['suspended'] === true ? { refuse: 'This account is suspended.' } : undefined
      },
    },
  })
  await auth.migrate()
  await auth.ready()
  return { auth, logger, seen }
}

describe('beforeSignIn', () => {
  it('sees fields that their owner does not, and can refuse by them', async () => {
    const { auth, seen } = await open()
    const account = { email: 'ann@example.com', password: 'a good password' }
    await expect(auth.collections.members.register(account)).rejects.toMatchObject({
      code: 'forbidden',
      message: 'This account is suspended.',
    })
    expect(seen).toMatchObject([{ collection: 'members', user: { suspended: true, city: null } }])
    expect(await auth.collections.members.findByEmail(account.email)).not.toHaveProperty('suspended')
  })
})

describe('ready', () => {
  it('warns of a role in mfa.required that there is not', async () => {
    const { logger } = await open({ required: ['admin', 'edx'] })
    const warnings = logger.lines.filter((line) => line.includes('mfa.required'))
    // One for each auth collection, and none for the role that there is.
    expect(warnings).toHaveLength(2)
    for (const warning of warnings) expect(warning).toContain('edx')
  })
})
