import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqlite } from '@cardea/kysely/sqlite'
import { createCardea, definePermissions, defineRoles, type Roles } from 'cardea'
import { describe, expect, it } from 'vitest'
import { run, temporaryFolder } from '../cli.fixture.js'

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
const before = definePermissions({ content: ['read', 'update'], reports: ['read'] })
const after = definePermissions({ content: ['read', 'update'] })

/** An app whose code changes: each version is an instance of its own, over the same file. */
function app() {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'cardea.config.ts'), '')
  const auth = (permissions: typeof before | typeof after, roles: Roles) =>
    createCardea({ storage: sqlite(join(cwd, 'app.db')), environment: 'test', logger, permissions, roles })
  const old = () =>
    auth(
      before,
      defineRoles(before, {
        writer: { permissions: ['content:update', 'reports:read'] },
        gone: { permissions: ['reports:read'] },
        held: {},
      }),
    )
  const current = () => auth(after, defineRoles(after, { writer: { permissions: ['content:update'] } }))
  const command = (argv: readonly string[]) => run(argv, { cwd, modules: { 'config.ts': () => ({ auth: current() }) } })
  return { cwd, old, current, command }
}

async function prepared() {
  const made = app()
  const auth = made.old()
  await auth.migrate()
  await auth.ready()
  const { id } = await auth.createFirstAdmin({ email: 'ada@example.com', password: 'correct horse battery staple' })
  await auth.permissions.assign(id, 'held')
  await auth.close()
  return made
}

describe('cardea migrate --prune', () => {
  it('removes what the code declares no more and nobody uses, and says what it kept', async () => {
    const { command, current } = await prepared()
    const planned = await command(['migrate', '--prune', '--dry-run'])
    const gone = ['prune  role gone', 'prune  permission reports:read', 'prune  allow reports:read of role writer']
    expect([planned.exitCode, planned.stdout]).toEqual([0, gone.map((line) => `-- ${line}\n`).join('')])
    const done = await command(['migrate', '--prune'])
    expect([done.exitCode, done.stdout]).toEqual([0, gone.map((line) => `${line}\n`).join('')])
    expect(done.stderr).toContain('Kept role held: somebody holds it.')
    const again = JSON.parse((await command(['migrate', '--prune', '--json'])).stdout)
    expect(again.pruned).toEqual({
      roles: [],
      permissions: [],
      grants: [],
      inheritance: [],
      kept: [{ kind: 'role', label: 'held', reason: 'held' }],
    })
    const auth = current()
    await auth.ready()
    await auth.close()
  })

  it('is not done unless asked for', async () => {
    const { command } = await prepared()
    const told = await command(['migrate'])
    expect(told.stderr).toContain('still in force: 1 grant, 1 role, 1 permission. Once no node runs that code, --prune')
    expect(told.stderr).toContain('--prune would keep it: role held, since somebody holds it.')
    expect(JSON.parse((await command(['migrate', '--json'])).stdout)).toMatchObject({
      steps: [],
      leftOver: { roles: ['gone'], permissions: ['reports:read'], grants: [{ role: 'writer' }] },
    })
    expect((await command(['migrate', '--prune', '--dry-run'])).stdout).toContain('role gone')
  })

  it('is what the doctor and the start ask for, until nothing is left over', async () => {
    const { command, current } = await prepared()
    const found = async () =>
      JSON.parse((await command(['doctor', '--json'])).stdout).checks.filter(
        ({ name }: { name: string }) => name === 'policy leftovers',
      )
    expect(await found()).toMatchObject([
      {
        status: 'warning',
        message: expect.stringContaining(': allow reports:read of role writer, role gone, permission reports:read'),
        advice: expect.stringContaining('--prune'),
      },
      {
        status: 'warning',
        message: expect.stringContaining(': role held'),
        advice: expect.stringContaining('take it'),
      },
    ])
    await command(['migrate', '--prune'])
    expect(await found()).toHaveLength(1)
    const auth = current()
    for (const { principalId } of await auth.permissions.assignments.list()) {
      await auth.permissions.unassign(principalId, 'held')
    }
    await auth.close()
    await command(['migrate', '--prune'])
    expect(await found()).toEqual([])
    const { leftOver } = JSON.parse((await command(['migrate', '--json'])).stdout)
    expect(leftOver).toBeUndefined()
  })

  it('is not spoken of where the code is not known, of which all would be left over', async () => {
    const { cwd } = await prepared()
    const world = {
      cwd,
      env: { DATABASE_URL: 'sqlite:./app.db', CARDEA_SECRET: 'a secret of this test: 4b8e1c7d9f2a6053' },
    }
    const { rmSync } = await import('node:fs')
    rmSync(join(cwd, 'cardea.config.ts'))
    expect((await run(['doctor'], world)).stdout).not.toContain('policy leftovers')
    const migrated = await run(['migrate'], world)
    const additional = ['admin', 'create', '--additional', '--email', 'joe@example.com', '--password-stdin']
    const made = await run(additional, { ...world, stdin: 'correct horse battery staple\n' })
    expect([migrated.exitCode, made.exitCode]).toEqual([0, 0])
    expect(migrated.stderr + made.stderr).not.toContain('in force')
  })

  it('makes a new database, where there is nothing to prune', async () => {
    const { command } = app()
    const planned = await command(['migrate', '--prune', '--dry-run'])
    expect([planned.exitCode, planned.stdout.includes('prune')]).toEqual([0, false])
    const { exitCode, stderr } = await command(['migrate', '--prune'])
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Nothing to prune.')])
  })

  it('needs the code: without it all would look as if nobody declared it', async () => {
    const { exitCode, stderr } = await run(['migrate', '--prune'], {
      cwd: temporaryFolder(),
      env: { DATABASE_URL: 'sqlite:./app.db' },
    })
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('--prune needs the code')])
  })
})
