import { defineCollection, type Fields, text } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { definePermissions, defineRoles } from '@cardea/permissions'
import { type Finding, roles as roleTable, type Storage } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { databases } from '../databases.fixture.js'
import { createMailbox } from '../mail/mailbox.js'
import { cheapHashing, createTestCardea, createTestLogger, jane, secret } from '../testing.fixture.js'

const production = { environment: 'production', baseUrl: 'https://app.test', secret } as const

type Options = Partial<Parameters<typeof createCardea>[0]>

const open = (options: Options) =>
  createCardea({ storage: createMemoryStorage(), logger: createTestLogger(), passwords: cheapHashing, ...options })

const named = (checks: readonly Finding[], name: string) => checks.filter((check) => check.name === name)

const statusesOf = (checks: readonly Finding[]) => checks.map(({ name, status }) => `${name}: ${status}`)

describe('doctor() on settings', () => {
  const short = 'too short'
  const example = 'change-me-change-me-change-me-change-me'

  it.each([
    ['a secret that is missing', 'secret', 'problem', 'warning', { secret: undefined }],
    ['a secret that is too short', 'secret', 'problem', 'problem', { secret: short }],
    ['a second secret that is too short', 'secret', 'problem', 'problem', { secret: [secret, short] }],
    ['an example as the secret', 'secret', 'problem', 'warning', { secret: example }],
    ['a secret', 'secret', 'ok', 'ok', { secret }],
    ['a base URL that is missing', 'base URL', 'problem', 'warning', { baseUrl: undefined }],
    ['a base URL that is not https', 'base URL', 'warning', 'ok', { baseUrl: 'http://app.test' }],
    ['a base URL', 'base URL', 'ok', 'ok', {}],
    ['no mail', 'mail', 'warning', 'warning', {}],
    [
      'mail that a mailbox keeps',
      'mail',
      'warning',
      'ok',
      { mail: { transport: createMailbox().send, from: 'no-reply@app.test' } },
    ],
    ['mail', 'mail', 'ok', 'ok', { mail: { transport: async () => undefined, from: 'no-reply@app.test' } }],
  ] as const)('tells of %s', async (_what, name, inProduction, elsewhere, options) => {
    for (const [environment, status] of [
      ['production', inProduction],
      ['development', elsewhere],
    ] as const) {
      const { checks } = await open({ ...production, ...options, environment }).doctor()
      expect(named(checks, name)).toMatchObject([{ status }])
      expect(named(checks, name)[0]?.advice === undefined).toBe(status === 'ok')
    }
  })

  it('never says a secret', async () => {
    for (const value of [secret, short, example]) {
      const report = await open({ ...production, secret: value }).doctor()
      expect(JSON.stringify(report)).not.toContain(value)
    }
  })

  it('finds a default role that nobody declares, before and after the first start', async () => {
    const permissions = definePermissions({ posts: ['read'] })
    const roles = defineRoles(permissions, { reader: { permissions: ['posts:read'] } })
    for (const [defaultRole, count] of [
      ['reader', 0],
      ['reeder', 1],
    ] as const) {
      const auth = open({ ...production, permissions, roles, defaultRole })
      await auth.migrate()
      expect(named((await auth.doctor()).checks, 'default role')).toHaveLength(count)
    }
  })
})

describe('doctor() on a database that does not answer', () => {
  it('says why and stops there, and throws nothing', async () => {
    const cause = new AggregateError([
      new Error('connect ECONNREFUSED ::1:5432'),
      new Error('connect ECONNREFUSED 127.0.0.1:5432'),
    ])
    const away: Storage = {
      ...createMemoryStorage(),
      examine: () => Promise.reject(Object.assign(unavailable(), { cause })),
    }
    const { checks } = await open({ ...production, storage: away }).doctor()
    expect(statusesOf(checks)).toEqual([
      'environment: ok',
      'secret: ok',
      'base URL: ok',
      'mail: warning',
      'database: problem',
    ])
    expect(checks.at(-1)?.message).toContain('ECONNREFUSED ::1:5432, connect ECONNREFUSED 127.0.0.1:5432')
    expect(checks.at(-1)?.advice).toContain('start the database')
  })

  it('says once why the database cannot be reached, where the error says it already', async () => {
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:5432')
    const error = new CardeaError('unavailable', `storage: the database cannot be reached: ${cause.message}`, { cause })
    const away: Storage = { ...createMemoryStorage(), examine: () => Promise.reject(error) }
    const { checks } = await open({ ...production, storage: away }).doctor()
    expect(checks.at(-1)?.message).toBe(error.message)
  })

  it('reports what fails after that, too', async () => {
    const memory = createMemoryStorage()
    const broken: Storage = { ...memory, verify: () => Promise.reject(new Error('verify broke')) }
    const { checks } = await open({ ...production, storage: broken }).doctor()
    expect(named(checks, 'schema')).toMatchObject([{ status: 'problem', message: 'verify broke' }])
    expect(named(checks, 'admin')).toEqual([])
  })
})

const unavailable = () => new CardeaError('unavailable', 'storage: the database cannot be reached or cannot write')

describe('doctor() on clocks', () => {
  it.each([
    [0, 'ok', ''],
    [4_900, 'ok', ''],
    [-4_900, 'ok', ''],
    [6_000, 'warning', '6 s behind'],
    [-61_000, 'warning', '61 s ahead'],
  ])('judges a database that is %i ms ahead', async (skew, status, message) => {
    const now = Date.UTC(2026, 0, 15)
    const storage: Storage = {
      ...createMemoryStorage(),
      examine: async () => ({ version: 'Test 1', now: now + skew, findings: [] }),
    }
    const { checks } = await open({ ...production, storage, clock: () => now }).doctor()
    expect(named(checks, 'clocks')).toMatchObject([{ status, message: expect.stringContaining(message) }])
  })
})

describe.each(databases)('doctor() on $name', ({ name, open: openDatabase }) => {
  const server = !name.startsWith('SQLite')

  it('tells of a database before and after its migration, and of the first admin, and writes nothing itself', async () => {
    const database = await openDatabase()
    try {
      const auth = open({ ...production, storage: database.nodes[0] })
      const empty = await auth.doctor()
      expect(named(empty.checks, 'database')).toMatchObject([
        { status: 'ok', message: expect.stringMatching(/ \d.* \((database \w+ at .+:\d+|file .+)\) answers$/) },
      ])
      expect(named(empty.checks, 'schema')).toMatchObject([
        { status: 'problem', advice: expect.stringContaining('migrate') },
      ])
      expect(named(empty.checks, 'admin')).toEqual([])

      const planned = await auth.migrate({ dryRun: true })
      expect((await auth.migrate()).steps).toEqual(planned.steps)
      const migrated = await auth.doctor()
      expect(named(migrated.checks, 'schema')).toMatchObject([{ status: 'ok' }])
      expect(named(migrated.checks, 'admin')).toMatchObject([{ status: 'warning' }])
      const limitsOf = async () => named((await auth.doctor()).checks, 'rate limits')
      const advice = expect.stringMatching(/store: 'database'.*redisRateLimits/)
      expect(await limitsOf()).toMatchObject(server ? [{ status: 'warning', advice }] : [])
      const rule = { limit: 1, periodSeconds: 60, burst: 1 }
      await auth.rateLimitStore.take([{ key: 'somebody', rule }], Date.now())
      expect(await limitsOf()).toMatchObject(server ? [{ status: 'ok' }] : [])
      expect(named(migrated.checks, 'clocks')).toHaveLength(server ? 1 : 0)
      // Roles are not written by looking.
      expect(await database.nodes[1].count(roleTable)).toBe(0)
      expect(migrated.checks.filter(({ status }) => status === 'problem')).toEqual([])

      await auth.createFirstAdmin(jane)
      expect(named((await auth.doctor()).checks, 'admin')).toMatchObject([{ status: 'ok' }])
    } finally {
      await database.close()
    }
  })

  it('finds what somebody dropped; ready() refuses without a unique key, and only warns without an index', async () => {
    const database = await openDatabase()
    try {
      const { auth, logger } = createTestCardea({ storage: database.nodes[0] })
      const drop = async (table: string, index: string) => {
        const statement = database.app.schema.dropIndex(index)
        await (name === 'MySQL' ? statement.on(table) : statement).execute()
      }
      await auth.migrate()
      await drop('cardea_sessions', 'cardea_sessions$expiry_idx')
      const slow = (await auth.doctor()).checks
      expect(named(slow, 'schema')).toMatchObject([
        {
          status: 'warning',
          message: expect.stringContaining('cardea_sessions.expiry'),
          advice: expect.stringContaining('migrate'),
        },
      ])
      await auth.ready()
      expect(logger.lines.filter((line) => line.includes('cardea_sessions.expiry'))).toHaveLength(1)

      await drop('cardea_principals', 'cardea_principals$record_key')
      expect(named((await auth.doctor()).checks, 'schema')).toContainEqual(
        expect.objectContaining({ status: 'problem', message: expect.stringContaining('cardea_principals.record') }),
      )
      const other = createTestCardea({ storage: database.nodes[1] })
      await expect(other.auth.ready()).rejects.toMatchObject({
        code: 'schema_outdated',
        message: expect.stringContaining('cardea_principals.record'),
      })
      await other.auth.migrate()
      await other.auth.ready()
      expect(named((await auth.doctor()).checks, 'schema')).toMatchObject([{ status: 'ok' }])
    } finally {
      await database.close()
    }
  })

  it('names what the code no longer defines, and guesses nothing of it', async () => {
    const database = await openDatabase()
    try {
      const [storage] = database.nodes
      const withFields = (fields: Fields) =>
        open({ ...production, storage, collections: [defineCollection('members', { type: 'auth', fields })] })
      const before = withFields({ nickname: text({ optional: true, unique: true }) })
      await before.migrate()
      expect(named((await before.doctor()).checks, 'leftovers')).toEqual([])
      // Renamed, for whoever knows.
      const after = withFields({ alias: text({ optional: true, unique: true }) })
      expect((await after.migrate()).steps.map(({ summary }) => summary)).toEqual([
        'add column auth_members.alias',
        'add unique key auth_members.alias',
      ])
      await after.ready()
      const { checks } = await after.doctor()
      const left = named(checks, 'leftovers').find(({ message }) =>
        message.startsWith('column auth_members.nickname is'),
      )
      expect(left).toMatchObject({ status: 'warning', advice: expect.stringMatching(/copy .*drop it: .*drop column/s) })
      expect(checks.filter(({ status }) => status === 'problem')).toEqual([])
      await after.close()
    } finally {
      await database.close()
    }
  })
})

describe('createAdmin', () => {
  it('makes another admin beside the first, without a session, and says so to listeners', async () => {
    const { auth, events } = createTestCardea()
    await auth.migrate()
    const first = await auth.createFirstAdmin(jane)
    const second = await auth.createAdmin({ ...jane, email: 'joe@example.com', username: 'joe' })
    expect((await auth.permissions.rolesOf(second.id)).map(({ label }) => label)).toEqual(['admin'])
    expect(await auth.sessions.list(second.id)).toEqual([])
    expect(events).toMatchObject([
      { type: 'user.registered', principalId: first.id },
      { type: 'user.registered', principalId: second.id },
    ])
    await auth.users.disable(first.id)
    await expect(auth.createAdmin({ ...jane, username: 'other' })).rejects.toMatchObject({ code: 'email_taken' })
    await expect(auth.createAdmin({ email: 'x@example.com', password: 'short' })).rejects.toMatchObject({
      code: 'weak_password',
    })
  })
})
