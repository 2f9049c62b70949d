import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { sqlite } from '@cardea/kysely/sqlite'
import {
  type CardeaEvent,
  defineCollection,
  definePermissions,
  defineRoles,
  isCardeaError,
  type Logger,
  text,
} from 'cardea'
import { describe, expect, it, vi } from 'vitest'
import { createTestCardea } from './create-test-cardea.js'

const permissions = definePermissions({ posts: ['read', 'pin'] })
const roles = defineRoles(permissions, {
  reader: { permissions: ['posts:read'] },
  pinner: { permissions: ['posts:pin'] },
})
const customers = defineCollection('customers', { type: 'auth', fields: { company: text() } })
const app = { permissions, roles, defaultRole: 'reader', collections: [customers] } as const

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'none'
  } catch (error) {
    return isCardeaError(error) ? error.code : String(error)
  }
}

describe('createTestCardea', () => {
  it('is migrated and ready, on a clock that only moves when told', async () => {
    const { auth, clock, events, logs, signInAs } = await createTestCardea(app)
    expect(clock.now()).toBe(Date.UTC(2026, 0, 15, 10))
    expect(logs.map(({ level, message }) => `${level} ${message.slice(0, 18)}`)).toEqual(['info There is no admin '])
    const { accessToken } = await signInAs()
    expect(events.map(({ type, at }) => [type, at])).toEqual([
      ['user.registered', clock.now()],
      ['sign_in.succeeded', clock.now()],
    ])
    expect((await auth.sessions.verify({ accessToken })).authenticated).toBe(true)
    clock.advance('1d')
    expect((await auth.sessions.verify({ accessToken })).authenticated).toBe(false)
  })

  it('begins when it is told to, and moves as it is told to', async () => {
    const { clock } = await createTestCardea({ startAt: new Date('2030-05-06T07:08:09Z') })
    expect(clock.now()).toBe(Date.UTC(2030, 4, 6, 7, 8, 9))
    for (const step of ['500ms', '30s', '10m', '2h', '1.5d', 7] as const) clock.advance(step)
    expect(clock.now()).toBe(Date.UTC(2030, 4, 6, 7, 8, 9) + 500 + 30_000 + 600_000 + 7_200_000 + 129_600_000 + 7)
    clock.set(5)
    expect(clock.now()).toBe(5)
    // @ts-expect-error a text that is no duration
    expect(() => clock.advance('soon')).toThrow('not a duration: soon')
    expect(() => clock.advance(-1)).toThrow('not a duration')
    expect(() => clock.set(new Date('never'))).toThrow('not an instant')
  })

  it('hashes for real, whatever the app pays for it', async () => {
    const { auth, storage } = await createTestCardea({ passwords: { memoryKibibytes: 65_536, minLength: 12 } })
    expect(await codeOf(auth.users.register({ email: 'a@example.com', password: 'short-one' }))).toBe('weak_password')
    await auth.users.register({ email: 'a@example.com', password: 'a-long-enough-one' })
    const { credentials } = await import('@cardea/storage')
    const [row] = await storage.find(credentials, { limit: 'all' })
    expect(JSON.stringify(row)).toContain('$argon2id$v=19$m=8,t=1,p=1$')
  })

  it("tells the app's own listeners, too", async () => {
    const onEvent = vi.fn<(event: CardeaEvent) => void>()
    const info = vi.fn<Logger['info']>()
    const background = vi.fn<(work: Promise<unknown>) => void>()
    const logger = { info, warn: vi.fn<Logger['warn']>(), error: vi.fn<Logger['error']>() }
    const { events, logs, signInAs, settle } = await createTestCardea({ onEvent, logger, background })
    await signInAs()
    await settle()
    expect(onEvent.mock.calls.map(([event]) => event)).toEqual(events)
    expect(info.mock.calls.map(([message]) => message)).toEqual(logs.map(({ message }) => message))
    expect(background).toHaveBeenCalled()
  })

  it('works on a storage of the app', async () => {
    const storage = sqlite(':memory:')
    const test = await createTestCardea({ ...app, storage })
    const { user } = await test.signInAs({ company: 'Acme' }, { collection: 'customers' })
    expect(await test.auth.collections.customers.find(user.id)).toMatchObject({ company: 'Acme' })
    expect(test.storage).toBe(storage)
    await test.close()
  })

  it('keeps its types and its collections apart from other instances', async () => {
    const [one, other] = [await createTestCardea(app), await createTestCardea(app)]
    const { user } = await one.signInAs()
    expect(await other.auth.users.find(user.id)).toBeUndefined()
  })

  it('cannot be imported in production', () => {
    const entry = join(import.meta.dirname, 'refuse-production.ts')
    const run = (environment: string) =>
      spawnSync(process.execPath, ['--input-type=module', '--eval', `await import(${JSON.stringify(entry)})`], {
        env: { ...process.env, NODE_ENV: environment },
        encoding: 'utf8',
      })
    expect(run('test').status).toBe(0)
    const { status, stderr } = run('production')
    expect(status).toBe(1)
    expect(stderr).toContain('@cardea/testing was imported with NODE_ENV=production')
  })
})

describe('mails', () => {
  it('are those that the app would send, with its templates', async () => {
    const { mails, signInAs } = await createTestCardea({
      auth: { mfa: { enabled: true } },
      mail: {
        from: 'Shop <shop@example.com>',
        templates: { mfa_enabled: () => ({ subject: 'Own', text: 'own', html: 'own' }) },
      },
    })
    await signInAs({ email: 'jane@example.com' }, { mfa: true })
    expect(await mails.last('Jane@Example.com')).toMatchObject({
      from: 'Shop <shop@example.com>',
      to: 'jane@example.com',
      subject: 'Own',
    })
    expect(await mails.all('other@example.com')).toEqual([])
    expect(await mails.all()).toHaveLength(1)
    await expect(mails.codeFor('jane@example.com')).rejects.toThrow(
      'None of the 1 mails to jane@example.com has a code',
    )
    mails.clear()
    expect(await mails.last()).toBeUndefined()
  })

  it('are not there for an app without mail', async () => {
    const { mails, signInAs } = await createTestCardea({ auth: { mfa: { enabled: true } }, mail: false })
    await signInAs({}, { mfa: true })
    expect(await mails.all()).toEqual([])
  })
})
