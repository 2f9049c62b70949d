import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run, temporaryFolder } from '../../cli.fixture.js'

async function project() {
  const cwd = temporaryFolder()
  const world = { cwd, env: { DATABASE_URL: 'sqlite:./app.db' } }
  expect((await run(['migrate'], world)).exitCode).toBe(0)
  const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text)
  const read = (name: string): string => readFileSync(join(cwd, name), 'utf8')
  const command = (argv: readonly string[], stdin?: string) =>
    run(['users', ...argv], { ...world, ...(stdin === undefined ? {} : { stdin }) })
  return { cwd, write, read, command }
}

const csv =
  'email,username,full\r\nada@example.com,ada,Ada\r\nnot an address,bob,Bob\r\ncarl@example.com,carl,"Carl, the ""third"""\r\n'

describe('cardea users import', () => {
  it('says what would happen, imports, and at a second run finds all there', async () => {
    const { command, write, read, cwd } = await project()
    write('users.csv', csv)
    const argv = ['import', 'users.csv', '--field', 'name=full', '--refused', 'refused.jsonl']
    const dry = await command([...argv, '--dry-run'])
    expect([dry.exitCode, dry.stdout]).toEqual([
      1,
      '3 records: 2 would be imported, 0 would be updated, 0 there already, 1 refused\n',
    ])
    expect(JSON.parse((await command(['export'])).stdout || '[]')).toEqual([])
    const done = await command(argv)
    expect([done.exitCode, done.stdout]).toEqual([1, '3 records: 2 imported, 0 updated, 0 there already, 1 refused\n'])
    expect(done.stderr).toContain('line 3: email must be an e-mail address')
    expect(done.stderr).toContain('2 without a password')
    expect(done.stderr).not.toContain('not an address')
    const refused = {
      record: 2,
      line: 3,
      issues: [{ path: 'email', code: 'invalid_format', message: 'must be an e-mail address' }],
    }
    expect(
      read('refused.jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([refused, refused])
    if (process.platform !== 'win32') expect(statSync(join(cwd, 'refused.jsonl')).mode & 0o777).toBe(0o600)
    const again = JSON.parse((await command([...argv, '--json'])).stdout)
    expect(again).toMatchObject({ records: 3, imported: 0, skipped: 2, refusedFor: { invalid_format: 1 } })
  })

  it('goes on at a checkpoint, which a dry run leaves alone', async () => {
    const { command, read, write, cwd } = await project()
    const line = (name: string): string => `{"email":"${name}@example.com"}\n`
    const argv = ['import', '-', '--format', 'jsonl', '--checkpoint', 'state', '--batch-size', '1', '--json']
    await command([...argv, '--dry-run'], line('ada'))
    expect(existsSync(join(cwd, 'state'))).toBe(false)
    await command(argv, line('ada') + line('bob'))
    expect(JSON.parse(read('state'))).toEqual({ records: 2 })
    const second = await command(argv, line('ada') + line('bob') + line('carl'))
    expect(JSON.parse(second.stdout)).toMatchObject({ records: 3, imported: 1, skipped: 0 })
    write('state', 'something else')
    expect((await command(argv, '')).exitCode).toBe(2)
  })

  it('says which option takes in what was refused', async () => {
    const { command } = await project()
    const accounts = '[{"providerId":"discord","accountId":"1"},{"providerId":"credential","password":"md5:hunter2"}]'
    const file = `{"email":"ada@example.com","accounts":${accounts}}`
    const argv = ['import', '-', '--format', 'better-auth']
    const refused = await command(argv, file)
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain('identities name a provider that this collection does not have (discord)')
    expect(refused.stderr).toContain('--provider theirs= leaves')
    expect(refused.stderr).toContain('--unsupported-hash reset')
    const taken = await command([...argv, '--provider', 'discord=', '--unsupported-hash', 'reset'], file)
    expect([taken.exitCode, taken.stdout]).toEqual([
      0,
      '1 records: 1 imported, 0 updated, 0 there already, 0 refused\n',
    ])
    expect(taken.stderr).not.toContain('--provider')
  })

  it('takes the hash parameters as the console of Firebase shows them', async () => {
    const { command, write } = await project()
    write(
      'hash.txt',
      'hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: QUJD,\n  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n',
    )
    const file = '{"users":[{"email":"ada@example.com","passwordHash":"QUJD","salt":"QUJD"}]}'
    const argv = ['import', '-', '--format', 'firebase', '--firebase-hash-config', 'hash.txt', '--json']
    // Parameters that are understood, and a hash that is too short for them.
    expect(JSON.parse((await command(argv, file)).stdout).refusedFor).toEqual({ unsupported_hash: 1 })
    write('hash.txt', 'hash_config {\n  base64_signer_key: hunter2!,\n}\n')
    const wrong = await command(argv, file)
    expect([wrong.exitCode, wrong.stdout.includes('invalid_request'), wrong.stdout.includes('hunter2')]).toEqual([
      1,
      true,
      false,
    ])
  })

  it('says in a line what is wrong with the command', async () => {
    const { command, write } = await project()
    write('users.csv', csv)
    const wrong: readonly (readonly [readonly string[], number, string])[] = [
      [['import', 'users.txt'], 2, '--format'],
      [['import', 'missing.csv'], 2, 'missing.csv cannot be read'],
      [['import', 'users.csv', '--collection', 'customers'], 1, 'there is no auth collection customers'],
      [['import', 'users.csv', '--field', 'name'], 2, '--field'],
      [['import', 'users.csv', '--batch-size', 'x'], 2, '--batch-size'],
      [['import', 'users.csv', '--format', 'xml'], 2, '--format'],
    ]
    for (const [argv, code, message] of wrong) {
      const { exitCode, stderr } = await command(argv)
      expect([argv, exitCode, stderr]).toEqual([argv, code, expect.stringContaining(message)])
    }
  })
})

describe('cardea users export', () => {
  it('writes to the standard output or a new file for its owner, without hashes unless asked', async () => {
    const { command, read, cwd } = await project()
    const hash = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'
    await command(['import', '-', '--format', 'jsonl'], `{"email":"ada@example.com","password_hash":"${hash}"}\n`)
    const out = await command(['export'])
    expect(JSON.parse(out.stdout)).toMatchObject({ email: 'ada@example.com', status: 'active' })
    expect(out.stdout).not.toContain('$2a$')
    expect(JSON.parse((await command(['export', '--with-password-hashes'])).stdout).password_hash).toBe(hash)
    const argv = ['export', '--format', 'csv', '--output', 'users.csv']
    expect((await command(argv)).exitCode).toBe(0)
    expect(read('users.csv')).toMatch(/^id,email,verified,.*\r\n[\w-]{36},ada@example.com,false,/)
    if (process.platform !== 'win32') expect(statSync(join(cwd, 'users.csv')).mode & 0o777).toBe(0o600)
    // What is there is not written over.
    expect((await command(argv)).exitCode).toBe(2)
  })
})
