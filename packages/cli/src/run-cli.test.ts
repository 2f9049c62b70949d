import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run, temporaryFolder } from './cli.fixture.js'

describe('runCli', () => {
  it('prints help and version on stdout', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    for (const argv of [
      ['--help'],
      ['migrate', '--help'],
      ['doctor', '-h'],
      ['admin', 'create', '--help'],
      ['help', 'secret'],
    ]) {
      const { exitCode, stdout, stderr } = await run(argv)
      expect([exitCode, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(/^Usage: cardea/)
      expect(stdout).toContain('--json')
    }
    expect((await run(['migrate', '--help'])).stdout).toContain('npx cardea migrate --dry-run')
    expect((await run(['admin', 'create', '--help'])).stdout).not.toContain('--password ')
  })

  it.each([
    [['migrat'], 'Did you mean migrate?'],
    [['migrate', '--dryrun'], 'Did you mean --dry-run?'],
    [['admin', 'crate'], 'Did you mean create?'],
    [['doctor', 'extra'], 'too many arguments'],
    [['doctor', '--config'], 'argument missing'],
    [['doctor', '--cwd', './nowhere', '--dotenv', 'x'], '--dotenv'],
  ])('exits with 2 for %j, and says what was meant', async (argv, said) => {
    const { exitCode, stdout, stderr } = await run(argv)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^cardea: [^\n]+\n$/)
    expect(stderr).toContain(said)
    const json = await run([
      ...argv.filter((word) => word !== '--config'),
      '--json',
      ...argv.filter((word) => word === '--config'),
    ])
    expect(json.exitCode).toBe(2)
    expect(JSON.parse(json.stdout)).toEqual({ error: { code: 'usage', message: expect.stringContaining(said) } })
  })

  it('shows the help on stderr where no command is given', async () => {
    for (const argv of [[], ['admin']]) {
      const { exitCode, stdout, stderr } = await run(argv)
      expect([exitCode, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/^Usage: cardea/)
    }
  })

  it('reads variables from --dotenv, behind those that are set, and from no .env by itself', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, '.env'), 'DATABASE_URL=sqlite:./app.db\nBASE_URL=https://file.test\n')
    expect((await run(['doctor'], { cwd })).stderr).toContain('DATABASE_URL is not set')
    const words = ['doctor', '--dotenv', '.env', '--json']
    expect((await run(words, { cwd })).stdout).toContain('it is https://file.test')
    expect((await run(words, { cwd, env: { BASE_URL: 'https://shell.test' } })).stdout).toContain(
      'it is https://shell.test',
    )
    const fromElsewhere = await run([...words, '--cwd', cwd], { cwd: temporaryFolder() })
    expect(fromElsewhere.stdout).toContain('it is https://file.test')
  })

  it.each([
    [{}, 'DATABASE_URL is not set'],
    [{ DATABASE_URL: 'redis://user:hunter2-hunter2@host' }, 'DATABASE_URL must be sqlite:'],
    [{ DATABASE_URL: 'hunter2-hunter2' }, 'DATABASE_URL must be sqlite:'],
    [{ DATABASE_URL: 'sqlite:' }, 'DATABASE_URL names no file'],
    [{ DATABASE_URL: 'sqlite:./a.db', BASE_URL: 'hunter2-hunter2' }, 'BASE_URL: '],
    [{ DATABASE_URL: 'sqlite:./missing/a.db' }, 'DATABASE_URL: storage: the database cannot be reached'],
    [
      { DATABASE_URL: 'postgres://user:hunter2-hunter2@127.0.0.1:1/db' },
      'DATABASE_URL: storage: the database cannot be reached',
    ],
  ])('names the variable that is wrong in %j, never its value', async (env, said) => {
    const { exitCode, stderr } = await run(['migrate', '--verbose'], { env })
    expect(exitCode).toBe(1)
    expect(stderr).toContain(said)
    expect(stderr).not.toContain('hunter2')
  })

  it('says once why a database cannot be reached', async () => {
    const env = { DATABASE_URL: 'postgres://user:hunter2-hunter2@127.0.0.1:1/db' }
    const { stderr } = await run(['migrate'], { env })
    expect(stderr.match(/ECONNREFUSED 127\.0\.0\.1:1/g)).toHaveLength(1)
  })

  it('names CARDEA_SECRET where it is too short to be used', async () => {
    const env = {
      DATABASE_URL: 'sqlite:./app.db',
      CARDEA_SECRET: 'short',
      CARDEA_ADMIN_PASSWORD: 'correct horse battery',
    }
    const cwd = temporaryFolder()
    await run(['migrate'], { cwd, env })
    const { exitCode, stderr } = await run(['admin', 'create', '--email', 'jane@example.com'], { cwd, env })
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('CARDEA_SECRET: secret: needs at least 32 bytes')])
  })

  it('prints where an error comes from with --verbose alone', async () => {
    const env = { DATABASE_URL: 'sqlite:./missing/a.db' }
    expect((await run(['migrate'], { env })).stderr).not.toContain('    at ')
    const verbose = (await run(['migrate', '--verbose', '--json'], { env })).stderr
    expect(verbose).toContain('    at ')
    expect(verbose).toContain('caused by')
  })
})
