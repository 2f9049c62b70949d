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

  it.each([
    ['a list of one empty text', 'production', ''.split(',')],
    ['a list of one empty text', 'development', ''.split(',')],
    ['an empty list', 'production', []],
    ['an empty list', 'development', []],
    ['an empty text', 'production', ''],
    ['an empty text', 'development', ''],
  ] as const)('is said to be missing as %s in %s, not to be too short', async (_, environment, secret) => {
    const auth = createCardea({
      storage: createMemoryStorage(),
      logger: { info: ignore, warn: ignore, error: ignore },
      environment,
      baseUrl: 'https://app.test',
      secret,
    })
    await expect(auth.ready()).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringMatching(
        /^createCardea: (required in production|missing): secret .*npx cardea secret.*empty/,
      ),
    })
    const finding = (await auth.doctor()).checks.find(({ name }) => name === 'secret')
    expect(finding).toMatchObject({ status: 'problem', message: expect.stringContaining('empty') })
    expect(finding?.advice).toContain('npx cardea secret')
  })
})
