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
    expect(JSON.parse((await command(['migrate', '--json'])).stdout)).toEqual({ dryRun: false, steps: [] })
    expect((await command(['migrate', '--prune', '--dry-run'])).stdout).toContain('role gone')
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
