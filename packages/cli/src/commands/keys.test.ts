import { join } from 'node:path'
import { sqlite } from '@cardea/kysely/sqlite'
import { createCardea } from 'cardea'
import { describe, expect, it } from 'vitest'
import { run, temporaryFolder } from '../cli.fixture.js'

/** A project whose app signs with key pairs, migrated. */
async function project(secret: string | string[] = 'a secret of this test: 4b8e1c7d9f2a6053', cwd = temporaryFolder()) {
  const auth = () =>
    createCardea({
      storage: sqlite(join(cwd, 'app.db')),
      secret,
      environment: 'test',
      sessions: { accessTokens: { algorithm: 'EdDSA' } },
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    })
  const world = { cwd, modules: { 'auth.config.ts': () => ({ auth: auth() }) } }
  const keys = (...words: string[]) => run(['--config', 'auth.config.ts', 'keys', ...words], world)
  const doctor = async () => {
    const { stdout } = await run(['--config', 'auth.config.ts', 'doctor', '--json'], world)
    const { checks } = JSON.parse(stdout)
    return checks.find(({ name }: { name: string }) => name === 'access token keys')
  }
  const { writeFileSync } = await import('node:fs')
  writeFileSync(join(cwd, 'auth.config.ts'), '')
  const migrated = auth()
  await migrated.migrate()
  return { keys, doctor, cwd, start: auth }
}

const listed = async (keys: Awaited<ReturnType<typeof project>>['keys']) =>
  JSON.parse((await keys('list', '--json')).stdout).keys

describe('cardea keys', () => {
  it('lists, makes and ends keys, and never shows a private half', async () => {
    const { keys, start, doctor } = await project()
    expect((await keys('list')).stderr).toContain('There are none')
    expect(await doctor()).toMatchObject({ status: 'ok', message: expect.stringContaining('first EdDSA key') })
    await start().ready()
    const [first] = await listed(keys)
    expect(first).toMatchObject({ algorithm: 'EdDSA', state: 'signing', opens: true, retire_at: null })
    const rotated = await keys('rotate')
    expect([rotated.exitCode, rotated.stdout]).toEqual([
      0,
      expect.stringMatching(/^[\w-]{32} {2}EdDSA {2}upcoming {2}from /),
    ])
    expect((await keys('list')).stdout.split('\n')).toHaveLength(3)
    const retired = await keys('retire', first.id, '--json')
    expect(JSON.parse(retired.stdout).key).toMatchObject({ id: first.id, state: 'retired' })
    expect((await listed(keys)).map(({ state }: { state: string }) => state).sort()).toEqual(['retired', 'signing'])
    const now = JSON.parse((await keys('rotate', '--now', '--json')).stdout).key
    expect(now.state).toBe('signing')
    expect(await doctor()).toMatchObject({ status: 'ok', message: expect.stringContaining(now.id) })
    for (const { stdout } of [await keys('list'), await keys('list', '--json'), rotated, retired]) {
      expect(stdout).not.toMatch(/"d"|private|"x"/)
    }
  })

  it('says that a key is not known, and which command lists them', async () => {
    const { keys } = await project()
    const { exitCode, stderr } = await keys('retire', 'nothing')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('cardea keys list')
    expect((await keys('retire')).exitCode).toBe(2)
  })

  it('tells that a key cannot be opened, and makes another', async () => {
    const { start, cwd } = await project()
    await start().ready()
    const { keys, doctor } = await project('another secret of this test: 9d3f7a1e5c', cwd)
    expect((await keys('list')).stdout).toContain('no secret opens it')
    expect(await doctor()).toMatchObject({ status: 'problem', advice: expect.stringContaining('keys rotate --now') })
    await keys('rotate', '--now')
    expect(await doctor()).toMatchObject({ status: 'ok' })
  })

  it('is content with a new secret once a key of it signs, whatever was to sign later', async () => {
    const [old, fresh] = ['a secret of this test: 4b8e1c7d9f2a6053', 'another secret of this test: 9d3f7a1e5c']
    const { start, cwd, keys } = await project(old)
    await start().ready()
    await keys('rotate')
    const both = await project([fresh, old], cwd)
    await both.keys('rotate', '--now')
    const after = await project(fresh, cwd)
    expect(await after.doctor()).toMatchObject({ status: 'ok' })
    expect((await after.keys('list')).stdout).not.toContain('upcoming')
    // The next one is made under the new secret, and is one that will sign.
    await after.keys('rotate')
    const before = await project(old, cwd)
    expect(await before.doctor()).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('nobody can sign in'),
    })
  })

  it('says which option there is where the secret signs', async () => {
    const cwd = temporaryFolder()
    const world = { cwd, env: { DATABASE_URL: 'sqlite:./app.db' } }
    await run(['migrate'], world)
    const { exitCode, stderr } = await run(['keys', 'rotate'], world)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('sessions.accessTokens.algorithm')
  })
})
