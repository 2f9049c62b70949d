import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqlite } from '@cardea/kysely/sqlite'
import { type Cardea, createCardea } from 'cardea'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../demo-server.js'
import { codeOf, loadCode } from './page-code.js'

const secret = 'a secret for tests: 7f3b9c1e5a2d80'
const ada = { email: 'ada@example.com', password: 'correct horse battery' }

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const open = (file: string) =>
  createCardea({
    storage: sqlite(file),
    secret,
    environment: 'test',
    passwords: { memoryKibibytes: 8, iterations: 1 },
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })

/** Who holds the cookie of a session. */
const holds = async (auth: Cardea, cookieToken: string): Promise<boolean> =>
  (await auth.verify({ cookieToken })).authenticated

describe('the page about backups', () => {
  const page = 'docs/backup-and-restore.md'
  const [backup = '', afterRestoring = ''] = codeOf(page, 'sql')

  it('makes a copy of a database in use, which brings back what was ended, until it is told not to', async () => {
    const [file, copy] = [join(folder, 'app.db'), join(folder, 'backup.db')]
    const auth = open(file)
    await auth.migrate()
    await auth.ready()
    await auth.users.create(ada, { verified: true })
    const { cookieToken = '', user } = await auth.users.login(ada)
    const beside = new DatabaseSync(file)
    beside.exec(backup.replace('backup.db', copy))
    beside.close()
    await auth.sessions.revokeAll(user.id)
    expect(await holds(auth, cookieToken)).toBe(false)
    await auth.close()

    const restored = open(copy)
    expect(await holds(restored, cookieToken)).toBe(true)
    await restored.close()

    const repairing = new DatabaseSync(copy)
    repairing.exec(afterRestoring)
    repairing.close()
    const started = open(copy)
    await started.ready()
    expect(await holds(started, cookieToken)).toBe(false)
    expect((await started.users.login(ada)).user.email).toBe(ada.email)
    await started.close()
  })

  it('finds a copy that is sound, and says what is wrong with one that is not', async () => {
    const file = join(folder, 'app.db')
    const auth = open(file)
    await auth.migrate()
    await auth.ready()
    await auth.createFirstAdmin(ada)
    await auth.close()
    const { tryBackup } = (await loadCode(page, 0)) as {
      readonly tryBackup: (file: string, secret: string) => Promise<readonly string[]>
    }
    expect(await tryBackup(file, secret)).toEqual([])
    const db = new DatabaseSync(file)
    db.exec('drop table cardea_sessions')
    db.close()
    expect(await tryBackup(file, secret)).toEqual([expect.stringContaining('cardea_sessions')])
  })
})

describe('the page about serverless processes', () => {
  it('hands work that outlives the answer to the platform of the request, and runs jobs for its cron alone', async () => {
    vi.stubEnv('DATABASE_URL', join(folder, 'app.db'))
    vi.stubEnv('CARDEA_SECRET', secret)
    vi.stubEnv('BASE_URL', 'https://app.example')
    vi.stubEnv('CRON_SECRET', 'a secret of the cron')
    const { auth, serve, runJobs } = (await loadCode('docs/serverless.md', 0, {
      "import { postgres } from '@cardea/kysely/postgres'":
        "import { sqlite as postgres } from '@cardea/kysely/sqlite'",
      ', { poolSize: 2 }': '',
      "process.env['SMTP_URL'] ?? 'smtp://localhost'": 'async () => undefined',
    })) as {
      readonly auth: Cardea
      readonly serve: (request: Request, platform: unknown) => Promise<Response>
      readonly runJobs: (request: Request) => Promise<Response>
    }
    await auth.migrate()
    await auth.users.create(ada, { verified: true })

    const handed: Promise<unknown>[] = []
    const asked = await serve(
      new Request('https://app.example/api/v1/auth/request-password-reset', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ email: ada.email }),
      }),
      { waitUntil: (work: Promise<unknown>) => handed.push(work) },
    )
    expect(asked.status).toBe(200)
    await expect.poll(() => handed.length).toBeGreaterThan(0)
    await Promise.all(handed)

    const cron = async (authorization?: string) =>
      await runJobs(
        new Request('https://app.example/cron', authorization === undefined ? {} : { headers: { authorization } }),
      )
    expect((await cron()).status).toBe(401)
    expect((await cron('Bearer undefined')).status).toBe(401)
    const ran = await cron('Bearer a secret of the cron')
    expect(await ran.json()).toMatchObject({ failed: 0, remaining: 0 })
    vi.stubEnv('CRON_SECRET', '')
    expect((await cron('Bearer ')).status).toBe(401)
    await auth.close()
  })
})

describe('the page about tests', () => {
  it('shows a test that passes', async () => {
    await expect(loadCode('docs/testing.md', 0)).resolves.toBeDefined()
  })
})

describe('the page about mapping a table', () => {
  it('gives rows principals, which its trigger ends with their rows', async () => {
    const page = 'docs/mapping-a-table.md'
    const file = join(folder, 'app.db')
    const db = new DatabaseSync(file)
    db.exec(`
      create table shop_customers (customer_id integer primary key autoincrement, mail text not null unique, is_verified boolean,
        made_at timestamp, changed_at datetime, companyName text, credits integer);
      insert into shop_customers (mail, is_verified) values ('ada@example.com', 1), ('bob@example.com', 0)`)
    // It migrates, and adopts all rows.
    await loadCode(page, 0, { './app.db': file })
    const states = () =>
      db.prepare(`select record_key, status, epoch from cardea_principals order by record_key`).all() as unknown
    const active = { status: 'active', epoch: 0 }
    expect(states()).toEqual([
      { record_key: '1', ...active },
      { record_key: '2', ...active },
    ])
    db.exec(codeOf(page, 'sql').find((block) => block.startsWith('create trigger')) ?? '')
    db.exec('delete from shop_customers where customer_id = 1')
    expect(states()).toEqual([
      { record_key: '1', status: 'disabled', epoch: 1 },
      { record_key: '2', ...active },
    ])
    db.close()
  })
})

describe('the page about passwords', () => {
  it('counts the hashes that are sealed, by key', async () => {
    const file = join(folder, 'app.db')
    const auth = createCardea({
      storage: sqlite(file),
      secret,
      environment: 'test',
      passwords: { memoryKibibytes: 8, iterations: 1, pepper: true },
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    })
    await auth.migrate()
    await auth.ready()
    await auth.users.create(ada)
    await auth.close()
    const db = new DatabaseSync(file)
    const counted = db.prepare(codeOf('docs/passwords.md', 'sql')[0] ?? '').all()
    expect(counted).toEqual([{ key_id: expect.stringMatching(/^[\w-]{8}$/), 'count(*)': 1 }])
    const [{ hash } = { hash: '' }] = db.prepare('select hash from cardea_credentials').all() as { hash: string }[]
    expect(hash.split('$')[2]).toMatch(new RegExp(`^${String(counted[0]?.['key_id'])}\\.`))
    db.close()
  })
})
