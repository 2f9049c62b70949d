import { spawn } from 'node:child_process'
import { eq } from '@cardea/core'
import { sessions } from '@cardea/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CardeaEvent } from '../api/events.js'
import { createCardea } from '../create-cardea.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { cheapHashing, secret } from '../testing.fixture.js'
import { instanceOn, maxPerPrincipal, signInMany } from './session-limit.fixture.js'

const password = 'correct horse battery'

/** The sources name each other as they will be called once they are built. */
const hooks = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith('.') || context.parentURL?.includes('/node_modules/')) return next(specifier, context)
    return next(specifier.replace(/\\.js$/, '.ts'), context)
  },
})`
const program = `
const { ${signInMany.name} } = await import(${JSON.stringify(`${import.meta.dirname}/session-limit.fixture.ts`)})
console.log(await ${signInMany.name}(JSON.parse(process.argv[1])))`

/** Runs {@link signInMany} in a process of its own. */
function run(task: Parameters<typeof signInMany>[0]): Promise<number> {
  const words = ['--conditions=@cardea/source', `--import=data:text/javascript,${encodeURIComponent(hooks)}`]
  const child = spawn(process.execPath, [...words, '--input-type=module', '-e', program, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', error: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.error += chunk
  })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => (code === 0 ? resolve(Number(said.out)) : reject(new Error(said.error))))
  })
}

// Two libraries of SQLite in one process would undo each other's locks on a file.
const own = databases.filter(({ name }) => name !== 'SQLite by better-sqlite3')

describe.each(own)('sessions.maxPerPrincipal on $name', ({ open }) => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await open()
  })
  afterAll(async () => database?.close())

  /** An instance with room for two sessions, and a clock that stands still. */
  const setUp = async () => {
    const [storage] = database.nodes
    const clock = { at: Date.UTC(2026, 0, 15, 10) }
    const events: CardeaEvent[] = []
    const auth = createCardea({
      storage,
      secret,
      environment: 'test',
      passwords: cheapHashing,
      sessions: { maxPerPrincipal: 2 },
      clock: () => clock.at,
      onEvent: (event) => events.push(event),
    })
    await auth.migrate()
    await auth.ready()
    return { auth, clock, events }
  }

  it('leaves that many of 50 sign-ins at once in two processes', async () => {
    const auth = instanceOn(database.url)
    await auth.migrate()
    await auth.ready()
    const email = 'many@example.test'
    const { id } = await auth.users.create({ email, password })
    const task = { url: database.url, email, password, times: 25 }
    const succeeded = await Promise.all([run(task), run(task)])
    expect(Math.min(...succeeded)).toBeGreaterThan(0)
    expect(await auth.sessions.list(id)).toHaveLength(maxPerPrincipal)
    const [storage] = database.nodes
    expect(await storage.count(sessions, eq('principal_id', id))).toBe(maxPerPrincipal)
    await auth.close()
  }, 60_000)

  it('ends the session that was used longest ago, and tells of it', async () => {
    const { auth, clock, events } = await setUp()
    const email = 'few@example.test'
    const { id } = await auth.users.create({ email, password })
    const signIn = async () => {
      clock.at += 60_000
      return await auth.users.login({ email, password })
    }
    const stands = async (one: Awaited<ReturnType<typeof signIn>>): Promise<boolean> =>
      (await auth.sessions.verify({ accessToken: one.accessToken ?? '' })).authenticated
    const [first, second] = [await signIn(), await signIn()]
    clock.at += 120_000
    // The first is the one in use from here on; the note of it is made behind the answer's back.
    await stands(first)
    await expect
      .poll(async () => (await auth.sessions.find(first.session.id))?.lastUsedAt, { timeout: 20_000 })
      .toBe(clock.at)
    const third = await signIn()
    expect([await stands(first), await stands(second), await stands(third)]).toEqual([true, false, true])
    expect(events.filter(({ type }) => type === 'session.ended')).toMatchObject([
      {
        type: 'session.ended',
        at: clock.at,
        collection: 'users',
        principalId: id,
        sessionId: second.session.id,
        reason: 'too many sessions',
      },
    ])
  })

  it('counts no session that has ended, and none in which somebody acts as the user', async () => {
    const { auth } = await setUp()
    const [email, adminEmail] = ['one@example.test', 'root@example.test']
    const { id } = await auth.users.create({ email, password })
    await auth.createAdmin({ email: adminEmail, password })
    const admin = await auth.users.login({ email: adminEmail, password })
    const first = await auth.users.login({ email, password })
    const found = await auth.sessions.verify({ accessToken: admin.accessToken ?? '' })
    if (!found.authenticated) throw new Error(found.code)
    for (let times = 0; times < 3; times += 1) {
      await auth.impersonate({ actor: found.authentication, principalId: id })
    }
    const second = await auth.users.login({ email, password })
    for (const one of [first, second]) {
      expect((await auth.sessions.verify({ accessToken: one.accessToken ?? '' })).authenticated).toBe(true)
    }
    expect(await auth.sessions.list(id)).toHaveLength(5)
  })
})
