import { spawn } from 'node:child_process'
import { systemClock } from '@cardea/core/crypto'
import { outbox } from '@cardea/storage'
import { rounds } from '@cardea/storage/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { joinServices } from '../services/services.js'
import { createMailTest } from './mail.fixture.js'
import { holdKicks } from './mail.js'
import { sendJobs } from './send-jobs.fixture.js'

const jobs = rounds({ test: 40, ci: 100, long: 2_000 })

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
const { ${sendJobs.name} } = await import(${JSON.stringify(`${import.meta.dirname}/send-jobs.fixture.ts`)})
await ${sendJobs.name}(JSON.parse(process.argv[1]))`

/** @returns Whom a process of its own has sent a mail to, and how it ended. */
function runProcess(task: Parameters<typeof sendJobs>[0]): Promise<{ sent: readonly string[]; signal: string | null }> {
  const words = ['--conditions=@cardea/source', `--import=data:text/javascript,${encodeURIComponent(hooks)}`]
  const child = spawn(process.execPath, [...words, '--input-type=module', '-e', program, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let complained = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  child.stderr.on('data', (chunk) => {
    complained += chunk
  })
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve({ sent: printed.split('\n').filter(Boolean), signal })
      else reject(new Error(complained))
    })
  })
}

describe.each(databases)('mail jobs on $name', ({ name, open }) => {
  let database: TestDatabase
  let ahead = 0
  let nodes: readonly [ReturnType<typeof createMailTest>, ReturnType<typeof createMailTest>]

  beforeAll(async () => {
    database = await open()
    // By the real clock, because other processes take part.
    const clock = () => systemClock() + ahead
    nodes = [
      createMailTest({ storage: database.nodes[0], clock }),
      createMailTest({ storage: database.nodes[1], clock }),
    ]
    await nodes[0].migrate()
  })

  afterAll(() => database?.close())

  afterEach(async () => {
    for (const { mailbox } of nodes) mailbox.clear()
    await database.nodes[0].delete(outbox, { op: 'gte', field: 'attempts', value: 0 })
    ahead = 0
  })

  const enqueue = (index: number) =>
    nodes[0].mail.enqueue(database.nodes[0], {
      kind: 'new_device',
      collection: 'users',
      recipient: `user${index}@example.com`,
      payload: { userAgent: `s3cr3t-${index}` },
    })
  const enqueueAll = async (count: number): Promise<readonly string[]> => {
    for (let index = 0; index < count; index += 1) await enqueue(index)
    return Array.from({ length: count }, (_, index) => `user${index}@example.com`).sort()
  }

  it('are written by one statement, without anything that they carry in the clear', async () => {
    const before = database.statements.length
    await enqueue(1)
    expect(database.statements.slice(before).map(({ kind }) => kind)).toEqual(['statement'])
    const dump = JSON.stringify(await database.nodes[0].find(outbox, { limit: 'all' }))
    for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const) {
      expect(dump).not.toContain(Buffer.from('s3cr3t-1').toString(encoding).replace(/=+$/, ''))
    }
    expect(JSON.stringify(database.statements)).not.toMatch(/s3cr3t|user1@/)
  })

  it('are each sent once, by four workers of two nodes', async () => {
    const recipients = await enqueueAll(jobs)
    const [first, second] = nodes
    const reports = await Promise.all([first, second, first, second].map(({ mail }) => mail.jobs.run({ limit: jobs })))
    expect(reports.reduce((sum, { sent }) => sum + sent, 0)).toBe(jobs)
    const sent = nodes.flatMap(({ mailbox }) => mailbox.list().map(({ to }) => to))
    // A mailbox keeps the last hundred.
    if (jobs <= 100) expect(sent.sort()).toEqual(recipients)
    expect(await database.nodes[1].count(outbox)).toBe(0)
  })

  // Starting processes takes longest, and to them the two libraries of SQLite are one.
  it.skipIf(name.includes('better'))('are each sent once by two processes, also where one is killed', async () => {
    const recipients = await enqueueAll(jobs)
    const [killed, other] = await Promise.all([3, 0].map((dieAt) => runProcess({ url: database.url, dieAt })))
    if (killed === undefined || other === undefined) throw new Error('not two processes')
    expect(new Set([...killed.sent, ...other.sent]).size).toBe(killed.sent.length + other.sent.length)
    const left = await database.nodes[0].find(outbox, { limit: 'all' })
    expect(left.length).toBe(left.filter(({ attempts, state }) => attempts === 1 && state === 'pending').length)
    // None is there when the other was done before the one came to its third.
    expect(left.length > 0).toBe(killed.signal === 'SIGKILL')
    await nodes[0].mail.jobs.run()
    expect(nodes[0].mailbox.list(), 'before the lease is over').toEqual([])
    ahead = 121_000
    await nodes[0].mail.jobs.run()
    const late = nodes[0].mailbox.list().map(({ to }) => to)
    expect(late.sort()).toEqual(left.map(({ recipient }) => recipient).sort())
    // What the killed one had sent and not yet struck off comes a second time: at least once, never not at all.
    expect([...new Set([...killed.sent, ...other.sent, ...late])].sort()).toEqual(recipients)
  })

  it('of a transaction of the app are sent once it says that it has committed', async () => {
    const { services, mailbox, drain } = nodes[0]
    const trx = await database.app.startTransaction().execute()
    const held = holdKicks(services.mail)
    const joined = joinServices({ ...services, mail: held.mail }, trx, () => undefined)
    const job = { kind: 'mfa_enabled', collection: 'users', recipient: 'jane@example.com' } as const
    await joined.mail.enqueue(joined.storage, job)
    joined.mail.kick()
    await drain()
    expect(mailbox.list()).toEqual([])
    await trx.commit().execute()
    held.flush()
    held.flush()
    await drain()
    expect(mailbox.list()).toHaveLength(1)

    const undone = await database.app.startTransaction().execute()
    const heldAgain = holdKicks(services.mail)
    const again = joinServices({ ...services, mail: heldAgain.mail }, undone, () => undefined)
    await again.mail.enqueue(again.storage, job)
    await undone.rollback().execute()
    heldAgain.flush()
    await drain()
    expect(mailbox.list()).toHaveLength(1)
  })

  it('that were given up carry nothing and can be tried again', async () => {
    const [{ mail, storage, mailbox, drain }] = nodes
    await enqueue(1)
    await storage.update(outbox, { where: { op: 'eq', field: 'state', value: 'pending' }, set: { attempts: 8 } })
    await mail.jobs.run()
    const [letter] = await mail.jobs.deadLetters()
    expect(letter).toMatchObject({ kind: 'new_device', recipient: 'user1@example.com', lastError: 'interrupted' })
    expect(await storage.find(outbox, { limit: 'all' })).toMatchObject([{ payload: null }])
    expect(await mail.jobs.retryDead(letter?.id ?? '')).toBe(true)
    await drain()
    expect(mailbox.list()).toMatchObject([{ to: 'user1@example.com' }])
    expect(await storage.count(outbox)).toBe(0)
  })
})
