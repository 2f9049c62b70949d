import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { cmsPreset } from '../presets/cms.js'
import { jane, secret } from '../testing.fixture.js'

describe('auth.users.create', () => {
  it('names auth.ready() where the default role is not written yet', async () => {
    const auth = createCardea({
      ...cmsPreset,
      storage: createMemoryStorage(),
      environment: 'test',
      secret,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    })
    await auth.migrate()
    await expect(auth.users.create(jane)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('there is no role viewer yet: await auth.ready() first'),
    })
    await auth.ready()
    expect(await auth.users.create(jane)).toMatchObject({ role: 'viewer' })
  })
})
