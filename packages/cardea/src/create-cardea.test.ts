import { isCardeaError } from '@cardea/core'
import { definePermissions, defineRoles } from '@cardea/permissions'
import type { Storage } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from './create-cardea.js'
import { cmsPreset } from './presets/cms.js'
import { createTestCardea, createTestLogger, jane, secret } from './testing.fixture.js'

/** The error that something throws or rejects with. */
async function errorOf(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

const production = { environment: 'production', baseUrl: 'https://app.test', secret } as const

describe('createCardea', () => {
  it('touches neither storage nor secret, so that a build may run it', () => {
    const untouched = new Proxy(createMemoryStorage(), {
      get: (target, property, receiver) => {
        const value: unknown = Reflect.get(target, property, receiver)
        if (typeof value !== 'function') return value
        return () => {
          throw new Error(`storage.${String(property)} was called`)
        }
      },
    })
    expect(() => createCardea({ storage: untouched, environment: 'production' })).not.toThrow()
  })

  it.each([
    ['storage', {}],
    ['storage', { storage: {} }],
    ['storge', { storage: createMemoryStorage(), storge: 1 }],
    ['secret', { storage: createMemoryStorage(), secret: 5 }],
    ['baseUrl', { storage: createMemoryStorage(), baseUrl: 'https://app.test/path' }],
    ['baseUrl', { storage: createMemoryStorage(), baseUrl: 'javascript:alert(1)' }],
    ['basePath', { storage: createMemoryStorage(), basePath: 'api' }],
    ['ownership.0.table', { storage: createMemoryStorage(), ownership: [{ table: 'a; drop', column: 'a' }] }],
    ['ownership.0.table', { storage: createMemoryStorage(), ownership: [{ table: 'Cardea_sessions', column: 'a' }] }],
    ['ownership.0.column', { storage: createMemoryStorage(), ownership: [{ table: 'a', column: 'a"b' }] }],
    [
      'ownership',
      {
        storage: createMemoryStorage(),
        ownership: [
          { table: 'a', column: 'b' },
          { table: 'a', column: 'c' },
        ],
      },
    ],
    ['sessions.mode', { storage: createMemoryStorage(), sessions: { mode: 'lax' } }],
    ['sessions.cookieName', { storage: createMemoryStorage(), sessions: { cookieName: 'a;b' } }],
    ['sessions.cookieSameSite', { storage: createMemoryStorage(), sessions: { cookieSameSite: 'Lax' } }],
    ['sessions.cookieSecure', { storage: createMemoryStorage(), sessions: { cookieSecure: 'yes' } }],
    ...['.app.test', 'app', 'APP.test', 'app.test.', '192.0.2.1', 'app.test/x', 'a_b.test', ''].map(
      (cookieDomain): [string, object] => [
        'sessions.cookieDomain',
        { storage: createMemoryStorage(), sessions: { cookieDomain } },
      ],
    ),
    [
      'sessions.lifetimes.accessSeconds',
      { storage: createMemoryStorage(), sessions: { lifetimes: { accessSeconds: -1 } } },
    ],
    ['passwords.minLength', { storage: createMemoryStorage(), passwords: { minLength: 4 } }],
    ['logger', { storage: createMemoryStorage(), logger: {} }],
    ['tablePrefix', { storage: createMemoryStorage(), tablePrefix: 'a"; drop' }],
  ])('names the option %s when it is wrong', async (path, options) => {
    // Options as somebody without types writes them.
    const error = await errorOf(() => createCardea(options as Parameters<typeof createCardea>[0]))
    expect(isCardeaError(error, 'configuration_invalid')).toBe(true)
    expect(String(error)).toContain(path)
  })

  it.each([
    [{ dryRun: 'yes' }, 'dryRun'],
    [{ dryRun: 0 }, 'dryRun'],
    [{ dryrun: true }, 'dryrun'],
    [{ dryRun: true, patienceMilliseconds: 10 }, 'patienceMilliseconds'],
    ['dry', 'options'],
    [null, 'options'],
  ])('refuses to migrate with %j, and names what is wrong', async (options, path) => {
    const { auth } = createTestCardea()
    const error = await errorOf(() => auth.migrate(options as { dryRun: boolean }))
    expect(isCardeaError(error, 'configuration_invalid')).toBe(true)
    expect(String(error)).toContain(`migrate: ${path} `)
    expect(String(error)).not.toMatch(/yes|'dry'/)
    expect((await auth.migrate({ dryRun: true })).steps).not.toEqual([])
  })

  it('never says the value of an option that is wrong', async () => {
    const options = { storage: createMemoryStorage(), secret: ['s3cr3t-value', 7], basePath: 's3cr3t-path' }
    const error = await errorOf(() => createCardea(options as unknown as Parameters<typeof createCardea>[0]))
    expect(JSON.stringify([String(error), (error as { issues?: unknown }).issues])).not.toContain('s3cr3t')
  })

  it.each([
    [{ password: { minLength: 3 } }, 'auth.password.minLength', 'too_small'],
    [{ password: { length: 9 } }, 'auth.password.length', 'unknown_field'],
    [{ registration: 'sometimes' }, 'auth.registration', 'invalid_value'],
    [7, 'auth', 'invalid_type'],
  ])('refuses %j for all collections, and names the place', async (auth, path, code) => {
    const options = { storage: createMemoryStorage(), auth } as unknown as Parameters<typeof createCardea>[0]
    const error = await errorOf(() => createCardea(options))
    expect(isCardeaError(error, 'configuration_invalid')).toBe(true)
    expect(error).toMatchObject({ issues: [{ path, code }] })
  })

  it('refuses an admin that is none', () => {
    const roles = defineRoles(definePermissions({ posts: ['read'] }), { admin: { permissions: ['posts:read'] } })
    expect(() => createCardea({ storage: createMemoryStorage(), roles })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid' }),
    )
  })

  it('keeps two instances apart', async () => {
    const first = createTestCardea()
    const second = createTestCardea()
    await Promise.all([first.auth.migrate(), second.auth.migrate()])
    await Promise.all([first.auth.ready(), second.auth.ready()])
    await first.auth.users.register(jane)
    await expect(second.auth.users.login(jane2())).rejects.toMatchObject({ code: 'invalid_credentials' })
    expect(second.events.filter(({ type }) => type === 'user.registered')).toEqual([])
  })
})

const jane2 = () => ({ email: jane.email, password: jane.password })

describe('ready', () => {
  it.each([
    ['secret', { ...production, secret: undefined }],
    ['secret', { ...production, secret: 'too short' }],
    ['secret', { ...production, secret: 'change-me-change-me-change-me-change-me' }],
    ['secret', { ...production, secret: 'abababababababababababababababababab' }],
    ['secret', { ...production, secret: [secret, 'too short'] }],
    ['baseUrl', { ...production, baseUrl: undefined }],
  ])('refuses production with a bad %s', async (path, { environment, ...options }) => {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
    const auth = createCardea({ storage: createMemoryStorage(), logger: createTestLogger(), environment, ...given })
    await auth.migrate()
    const error = await errorOf(() => auth.ready())
    expect(isCardeaError(error, 'configuration_invalid')).toBe(true)
    expect(String(error)).toContain(path)
    if (typeof options.secret === 'string') expect(String(error)).not.toContain(options.secret)
  })

  it('makes up a secret outside production, and says so once', async () => {
    const logger = createTestLogger()
    const auth = createCardea({ storage: createMemoryStorage(), environment: 'development', logger })
    await auth.migrate()
    await auth.ready()
    await auth.ready()
    expect(logger.lines.filter((line) => line.startsWith('warn No `secret`'))).toHaveLength(1)
  })

  it('refuses a database that is not migrated, and goes on once it is', async () => {
    const { auth } = createTestCardea()
    const error = await errorOf(() => auth.ready())
    expect(isCardeaError(error, 'schema_outdated')).toBe(true)
    expect(String(error)).toMatch(/never migrated: none of \d+ tables .* auth\.migrate\(\) .*`npx cardea migrate`\.$/)
    expect(isCardeaError(error) && error.issues).toHaveLength(5)
    await auth.migrate()
    await auth.ready()
  })

  it('names a few of the tables that are missing, and how many more', async () => {
    const storage = createMemoryStorage()
    const few: Storage = {
      ...storage,
      verify: async (tables) => (await storage.verify(tables)).slice(1),
    }
    const error = await errorOf(() => createTestCardea({ storage: few }).auth.ready())
    expect(String(error)).toMatch(/\(missing tables: (\w+, ){5}and \d+ more\)\. Run auth\.migrate\(\)/)
  })

  it('does not remember that the database was away', async () => {
    const storage = createMemoryStorage()
    let away = true
    const unsteady: Storage = {
      ...storage,
      verify: async (tables) => {
        if (away) throw new Error('away')
        return await storage.verify(tables)
      },
    }
    const { auth } = createTestCardea({ storage: unsteady })
    await auth.migrate()
    await expect(auth.ready()).rejects.toThrow('away')
    away = false
    await expect(auth.ready()).resolves.toBeUndefined()
  })

  it('refuses a default role that nobody declared', async () => {
    const auth = createCardea({
      storage: createMemoryStorage(),
      ...cmsPreset,
      // As a text of which the compiler knows no more.
      defaultRole: String('nobody'),
      environment: 'test',
    })
    await auth.migrate()
    await expect(auth.ready()).rejects.toMatchObject({ code: 'configuration_invalid' })
  })

  it('prints the set-up code while there is no admin, the same on every node, and not any more after that', async () => {
    const storage = createMemoryStorage()
    const codeOf = async () => {
      const { auth, logger } = createTestCardea({ storage })
      await auth.migrate()
      await auth.ready()
      return /"setup_code": "([\w-]{24})"/.exec(logger.lines.join('\n'))?.[1]
    }
    const code = await codeOf()
    expect(code).toBeDefined()
    expect(await codeOf()).toBe(code)
    const { auth } = createTestCardea({ storage })
    await auth.createFirstAdmin(jane)
    expect(await codeOf()).toBeUndefined()
  })
})

describe('close', () => {
  it('waits for work in the background', async () => {
    const { auth, storage, clock } = createTestCardea()
    await auth.migrate()
    await auth.ready()
    const registered = await auth.users.register(jane)
    if (registered.status !== 'signed_in') throw new Error('not signed in')
    clock.advance(120_000)
    await auth.sessions.verify({ cookieToken: registered.signIn.cookieToken ?? '' })
    await auth.close()
    expect(storage.dialect).toBe('memory')
  })
})
