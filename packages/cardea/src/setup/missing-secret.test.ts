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

describe('a secret that is a placeholder', () => {
  const placeholder = 'change-me-change-me-change-me-change-me'
  const open = (environment: 'production' | 'development' | 'test', secret: string) => {
    const warnings: string[] = []
    const auth = createCardea({
      storage: createMemoryStorage(),
      logger: { info: ignore, warn: (message) => warnings.push(message), error: ignore },
      environment,
      baseUrl: 'https://app.test',
      secret,
    })
    return { auth, ofSecret: () => warnings.filter((message) => message.includes('secret')) }
  }

  it.each([placeholder, 'ab'.repeat(20)])('is warned of in development, once: %s', async (secret) => {
    const { auth, ofSecret } = open('development', secret)
    await auth.migrate()
    await auth.ready()
    await auth.ready()
    expect(ofSecret()).toEqual([expect.stringMatching(/too regular, which production refuses: .*npx cardea secret/)])
    expect(ofSecret().join()).not.toContain(secret)
  })

  it('is refused in production, and is nothing to tell of in a test', async () => {
    const refused = open('production', placeholder)
    await refused.auth.migrate().catch(ignore)
    await expect(refused.auth.ready()).rejects.toMatchObject({ code: 'configuration_invalid' })
    const tested = open('test', placeholder)
    await tested.auth.migrate()
    await tested.auth.ready()
    expect(tested.ofSecret()).toEqual([])
  })
})
