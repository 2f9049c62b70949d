import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqlite } from '@cardea/kysely/sqlite'
import { createCardea } from 'cardea'
import { describe, expect, it } from 'vitest'
import { password, run, temporaryFolder } from '../cli.fixture.js'

/** A project whose database is a file, that is there once it was migrated. */
function project(env: Readonly<Record<string, string>> = {}) {
  const cwd = temporaryFolder()
  const world = { cwd, env: { DATABASE_URL: 'sqlite:./app.db', ...env } }
  const path = join(cwd, 'app.db')
  return { world, path, execute: (sql: string) => new DatabaseSync(path).exec(sql) }
}

async function migrated(env: Readonly<Record<string, string>> = {}) {
  const made = project(env)
  expect((await run(['migrate'], made.world)).exitCode).toBe(0)
  return made
}

const admin = ['admin', 'create', '--email', 'jane@example.com']

describe('cardea secret', () => {
  it('prints 32 bytes as base64url and nothing else, another each time, and needs no configuration', async () => {
    const results = await Promise.all([run(['secret']), run(['secret'])])
    for (const { exitCode, stdout, stderr } of results) {
      expect([exitCode, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(/^[\w-]{43}\n$/)
    }
    expect(results[0]?.stdout).not.toBe(results[1]?.stdout)
    const { secret } = JSON.parse((await run(['secret', '--json'])).stdout)
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  })
})

describe('cardea migrate', () => {
  it('prints its steps, and at the second run that there is nothing to do', async () => {
    const { world, path } = project()
    const first = await run(['migrate'], world)
    expect(first.exitCode).toBe(0)
    expect(first.stdout).toMatch(/^ {2}2 {2}cardea_principals +create table cardea_principals$/m)
    expect(first.stderr).toContain('cardea.config.ts')
    expect(existsSync(path)).toBe(true)
    const second = await run(['migrate'], world)
    expect([second.exitCode, second.stdout]).toEqual([0, ''])
    expect(second.stderr).toContain('Nothing to do')
  })

  it('prints at a dry run the SQL that makes the same tables, and makes nothing', async () => {
    const { world, path } = project()
    const { exitCode, stdout, stderr } = await run(['migrate', '--dry-run'], world)
    expect([exitCode, existsSync(path)]).toEqual([0, false])
    expect(stderr).toContain('Nothing was changed')
    const scripted = new DatabaseSync(':memory:')
    scripted.exec(stdout)
    await run(['migrate'], world)
    const schema = 'select name, sql from sqlite_master order by name'
    expect(scripted.prepare(schema).all()).toEqual(new DatabaseSync(path).prepare(schema).all())
  })

  it('prints a step once, however many statements it takes', async () => {
    const { world, execute } = await migrated()
    execute('drop trigger auth_users_after_delete')
    const summary = 'run auth_users_after_delete after a row of auth_users is deleted'
    const planned = await run(['migrate', '--dry-run'], world)
    expect(planned.stdout.match(/^--.*$/gm)).toEqual([expect.stringContaining(summary)])
    expect(planned.stdout).toMatch(/^--.*\ndrop trigger .*;\ncreate trigger .*;\n$/)
    expect(planned.stderr).toContain('1 step would run.')
    const json = JSON.parse((await run(['migrate', '--dry-run', '--json'], world)).stdout)
    expect(json.steps).toHaveLength(2)
    const done = await run(['migrate'], world)
    expect(done.stdout.trimEnd().split('\n')).toEqual([expect.stringContaining(summary)])
    expect(done.stderr).toContain('1 step done.')
  })

  it('answers in JSON', async () => {
    const { world } = project()
    const planned = JSON.parse((await run(['migrate', '--dry-run', '--json'], world)).stdout)
    const done = JSON.parse((await run(['migrate', '--json'], world)).stdout)
    expect(planned.dryRun).toBe(true)
    expect(done).toEqual({ dryRun: false, steps: planned.steps })
    expect(done.steps[0]).toEqual({
      number: 0,
      table: 'cardea_migrations',
      summary: expect.any(String),
      sql: expect.any(String),
    })
    expect(JSON.parse((await run(['migrate', '--json'], world)).stdout).steps).toEqual([])
  })

  it('never says that there is nothing to do while a table is gone, also one of a collection of run time', async () => {
    const { world, path, execute } = await migrated()
    const auth = createCardea({ storage: sqlite(path) })
    await auth.definitions.create({ name: 'members', type: 'auth' })
    await auth.close()
    expect((await run(['migrate'], world)).stderr).toContain('Nothing to do')
    execute('drop table auth_members')
    for (const argv of [['migrate'], ['migrate', '--dry-run']]) {
      const { exitCode, stdout, stderr } = await run(argv, world)
      expect([exitCode, stdout]).toEqual([1, ''])
      expect(stderr).toContain('cardea: migrate: table auth_members was migrated but is gone: restore it')
      expect(stderr).not.toContain('Nothing to do')
    }
    const json = await run(['migrate', '--json'], world)
    expect([json.exitCode, JSON.parse(json.stdout).error.code]).toEqual([1, 'configuration_invalid'])
    expect((await run(['doctor'], world)).stdout).toContain('table auth_members was migrated but is gone')
  })

  it('fails with the reason where it is refused', async () => {
    const { world, execute } = project()
    execute('create table cardea_sessions (id text primary key)')
    const { exitCode, stdout, stderr } = await run(['migrate'], world)
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toContain('cardea: migrate: table cardea_sessions exists, but no migration made it')
    const json = await run(['migrate', '--json'], world)
    expect([json.exitCode, JSON.parse(json.stdout).error.code]).toEqual([1, 'configuration_invalid'])
  })
})

describe('cardea doctor', () => {
  const secure = { CARDEA_SECRET: 'a secret for tests: 0f9e8d7c6b5a4938', BASE_URL: 'https://app.test' }
  const checksOf = async (world: Parameters<typeof run>[1]) => {
    const { exitCode, stdout } = await run(['doctor', '--json'], world)
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; advice?: string }[] }
    return { exitCode, checks, statuses: Object.fromEntries(checks.map(({ name, status }) => [name, status])) }
  }

  it('exits with 1 while there is a problem, makes nothing, and with 0 when only warnings are left', async () => {
    const { world, path } = project(secure)
    const before = await checksOf(world)
    expect([before.exitCode, before.statuses['database'], existsSync(path)]).toEqual([1, 'problem', false])
    await run(['migrate'], world)
    const after = await checksOf(world)
    expect(after.exitCode).toBe(0)
    expect(after.statuses).toMatchObject({
      secret: 'ok',
      'base URL': 'ok',
      database: 'ok',
      schema: 'ok',
      admin: 'warning',
    })
    for (const { status, advice } of after.checks) expect(advice === undefined).toBe(status === 'ok')
    await run(admin, { ...world, env: { ...world.env, CARDEA_ADMIN_PASSWORD: password } })
    expect((await checksOf(world)).statuses['admin']).toBe('ok')
  })

  it('finds what was dropped, and migrate mends it', async () => {
    const { world, execute } = await migrated(secure)
    execute('drop index cardea_sessions$token_key')
    const found = await run(['doctor'], world)
    expect(found.exitCode).toBe(1)
    expect(found.stdout).toMatch(/^problem +schema +unique key cardea_sessions\.token is missing$/m)
    expect(found.stdout).toMatch(/^ +→ run `npx cardea migrate`/m)
    expect(found.stdout.trimEnd()).toMatch(/\n1 problem, \d warnings?$/)
    expect((await run(['migrate'], world)).stdout).toContain('add unique key cardea_sessions.token')
    expect((await run(['doctor'], world)).exitCode).toBe(0)
  })

  it('judges as production does when NODE_ENV says so', async () => {
    const { world } = await migrated()
    const strict = await checksOf({ ...world, env: { ...world.env, NODE_ENV: 'production' } })
    expect([strict.exitCode, strict.statuses['secret'], strict.statuses['base URL']]).toEqual([1, 'problem', 'problem'])
    const lax = await checksOf(world)
    expect([lax.exitCode, lax.statuses['secret'], lax.statuses['base URL']]).toEqual([0, 'warning', 'warning'])
  })

  it('colours only where somebody sees it', async () => {
    const { world } = await migrated()
    expect((await run(['doctor'], { ...world, colours: true })).stdout).toContain('\u001b[')
    expect((await run(['doctor'], world)).stdout).not.toContain('\u001b[')
  })
})

describe('cardea admin create', () => {
  const named = { CARDEA_ADMIN_PASSWORD: password }

  it('makes the first admin once, of several at once', async () => {
    const { world } = await migrated(named)
    const results = await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        run(['admin', 'create', '--email', `a${index}@example.com`, '--json'], world),
      ),
    )
    expect(results.map(({ exitCode }) => exitCode).toSorted()).toEqual([0, 1, 1, 1])
    for (const { exitCode, stdout } of results) {
      const answer = JSON.parse(stdout)
      if (exitCode === 0) expect(answer).toEqual({ id: expect.stringMatching(/^[\da-f-]{36}$/) })
      else expect(answer).toEqual({ error: { code: 'conflict', message: expect.stringContaining('--additional') } })
    }
  })

  it('makes further admins with --additional', async () => {
    const { world } = await migrated(named)
    expect((await run(admin, world)).stdout).toMatch(/^Made the admin jane@example\.com, id [\da-f-]{36}\.\n$/)
    const other = [
      'admin',
      'create',
      '--email',
      'joe@example.com',
      '--username',
      'joe',
      '--name',
      'Joe',
      '--additional',
    ]
    expect((await run(other, world)).exitCode).toBe(0)
    const taken = await run([...admin, '--additional'], world)
    expect(taken.exitCode).toBe(1)
    expect(taken.stderr).toContain("auth.permissions.assign(id, 'admin')")
    expect(taken.stderr).not.toContain('jane')
  })

  it('takes the password from the standard input, with its spaces and without its last line end', async () => {
    const { world, path } = await migrated()
    const made = await run([...admin, '--password-stdin'], { ...world, stdin: ` ${password} \n` })
    expect(made.exitCode).toBe(0)
    expect(new DatabaseSync(path).prepare('select count(*) as count from cardea_credentials').get()).toEqual({
      count: 1,
    })
    const { createCardea } = await import('cardea')
    const { sqlite } = await import('@cardea/kysely/sqlite')
    const auth = createCardea({ storage: sqlite(path), environment: 'test' })
    const signIn = await auth.users.login({ email: 'jane@example.com', password: ` ${password} ` })
    expect((await auth.permissions.rolesOf(signIn.user.id)).map(({ label }) => label)).toEqual(['admin'])
    await auth.close()
    const empty = await run([...admin, '--password-stdin', '--additional'], { ...world, stdin: '\n' })
    expect([empty.exitCode, empty.stderr]).toEqual([2, expect.stringContaining('empty')])
  })

  it('asks for what is missing at a terminal, twice for the password until both are the same', async () => {
    const { world } = await migrated()
    const typed = ['jane@example.com', password, 'another password', password, password]
    const { exitCode, asked, stdout, stderr } = await run(['admin', 'create'], { ...world, typed })
    expect(exitCode).toBe(0)
    expect(asked).toHaveLength(5)
    expect(stderr).toContain('not the same')
    expect(stdout + stderr).not.toContain(password)
  })

  it('changes nothing when a question is called off', async () => {
    const { world, path } = await migrated()
    for (const typed of [[undefined], ['jane@example.com', undefined], ['jane@example.com', password, undefined]]) {
      const { exitCode, stderr } = await run(['admin', 'create'], { ...world, typed })
      expect([exitCode, stderr]).toEqual([130, 'cardea: cancelled, nothing was changed\n'])
    }
    expect(new DatabaseSync(path).prepare('select count(*) as count from cardea_principals').get()).toEqual({
      count: 0,
    })
  })

  it('asks for no password when there is an admin already', async () => {
    const { world } = await migrated(named)
    await run(admin, world)
    const { exitCode, asked } = await run(admin, {
      cwd: world.cwd,
      env: { DATABASE_URL: 'sqlite:./app.db' },
      typed: [],
    })
    expect([exitCode, asked]).toEqual([1, []])
  })

  it.each([['--password=hunter2'], ['--password', 'hunter2'], ['--password']])(
    'refuses %s %s, with the reason',
    async (...words) => {
      const { world } = await migrated()
      const { exitCode, stderr } = await run([...admin, ...words], world)
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('list of processes')])
      expect(stderr).not.toContain('hunter2')
    },
  )

  it('says what else is missing or wrong in one readable line', async () => {
    const { world } = await migrated()
    for (const [words, code, said] of [
      [['admin', 'create'], 2, '--email is required'],
      [admin, 2, 'CARDEA_ADMIN_PASSWORD'],
      [[...admin, '--data', 'no json'], 2, '--data must be a JSON object'],
      [[...admin, '--data', '[]'], 2, '--data must be a JSON object'],
      [[...admin, '--data', '{"password":"x"}'], 2, '--data must not hold the password'],
    ] as const) {
      const { exitCode, stderr } = await run(words, world)
      expect([exitCode, stderr]).toEqual([code, expect.stringContaining(said)])
      expect(stderr.trimEnd()).not.toContain('\n')
    }
    for (const [words, env, said] of [
      [admin, { CARDEA_ADMIN_PASSWORD: 'short' }, 'password must be at least 8 characters'],
      [['admin', 'create', '--email', 'nobody'], named, 'email must be'],
      [[...admin, '--username', 'a b'], named, 'username'],
      [[...admin, '--data', '{"company":"Acme"}'], named, 'company'],
    ] as const) {
      const { exitCode, stderr } = await run(words, { ...world, env: { ...world.env, ...env } })
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining(said)])
      expect(stderr).not.toMatch(/short|correct horse/)
    }
  })

  it('says that the database is not migrated, and how to do it', async () => {
    const { world, path } = project(named)
    writeFileSync(path, '')
    const { exitCode, stderr } = await run(admin, world)
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('`cardea migrate`')])
    expect(statSync(path).isFile()).toBe(true)
  })
})
