import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import type { SessionOptions } from './options.js'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

function create(baseUrl: string | undefined, environment: 'production' | 'test', sessions: SessionOptions) {
  return createCardea({
    storage: createMemoryStorage(),
    secret: 'a secret of the tests, long enough for them',
    logger: silent,
    environment,
    sessions,
    ...(baseUrl === undefined ? {} : { baseUrl }),
  })
}

describe('options of cookies', () => {
  it('are Secure where the base URL is https, and Lax', () => {
    const usual = { cookieName: 'session', cookieSameSite: 'lax', cookieDomain: undefined }
    expect(create('https://app.test', 'production', {}).config).toMatchObject({ ...usual, cookieSecure: true })
    expect(create('http://localhost:3000', 'test', {}).config).toMatchObject({ ...usual, cookieSecure: false })
    expect(create('http://localhost:3000', 'test', { cookieSecure: true }).config.cookieSecure).toBe(true)
    expect(create('https://app.test', 'test', { cookieSecure: false }).config.cookieSecure).toBe(false)
  })

  it.each([
    ['http://localhost:3000', 'test', { cookieSameSite: 'none' }, 'cookieSameSite'],
    ['https://app.test', 'test', { cookieSameSite: 'none', cookieSecure: false }, 'cookieSameSite'],
    ['https://app.test', 'production', { cookieSecure: false }, 'cookieSecure'],
    ['https://app.test', 'test', { cookieDomain: 'evil.test' }, 'cookieDomain'],
    ['https://app.test', 'test', { cookieDomain: 'pp.test' }, 'cookieDomain'],
    ['https://app.test', 'test', { cookieDomain: 'www.app.test' }, 'cookieDomain'],
  ] as const)('refuse for %s in %s: %j', (baseUrl, environment, sessions, option) => {
    expect(() => create(baseUrl, environment, sessions)).toThrow(`createCardea: sessions.${option} `)
  })

  it.each([
    ['https://app.test', { cookieSameSite: 'none' }],
    ['http://localhost:3000', { cookieSameSite: 'none', cookieSecure: true }],
    ['https://www.app.test', { cookieDomain: 'app.test' }],
    ['https://app.test', { cookieDomain: 'app.test', cookieSameSite: 'strict' }],
  ] as const)('take for %s: %j', (baseUrl, sessions) => {
    expect(create(baseUrl, 'production', sessions).config).toMatchObject(sessions)
  })

  it('wait for the base URL in a build step, and no longer', async () => {
    const auth = create(undefined, 'test', { cookieSameSite: 'none' })
    await auth.migrate()
    await expect(auth.ready()).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('sessions.cookieSameSite'),
    })
  })

  it('warn of plain http in production', async () => {
    const warnings: string[] = []
    const auth = createCardea({
      storage: createMemoryStorage(),
      secret: 'kT7-vQ2_xN9bR4mZ8wL1cH6pJ3dF5gS0',
      logger: { ...silent, warn: (message) => void warnings.push(message) },
      environment: 'production',
      baseUrl: 'http://app.test',
    })
    await auth.migrate()
    await auth.ready()
    expect(warnings).toContainEqual(expect.stringMatching(/`baseUrl` is not https.*set to the https origin/))
  })
})
