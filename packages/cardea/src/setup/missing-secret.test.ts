import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'

const ignore = (): void => undefined

describe('a secret that is missing', () => {
  it('is refused in production, with the option and the command that makes one', async () => {
    const auth = createCardea({
      storage: createMemoryStorage(),
      logger: { info: ignore, warn: ignore, error: ignore },
      environment: 'production',
      baseUrl: 'https://app.test',
    })
    await expect(auth.migrate().then(() => auth.ready())).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringMatching(/secret .*npx cardea secret/),
    })
  })
})
