import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CardeaError } from '@cardea/core'
import { createMemoryStorage } from '@cardea/storage/memory'
import { createCardea } from 'cardea'
import { describe, expect, it } from 'vitest'
import { run, temporaryFolder } from '../cli.fixture.js'

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

function instance() {
  let closed = 0
  const memory = createMemoryStorage()
  const storage = {
    ...memory,
    close: async () => {
      closed += 1
    },
  }
  return { auth: createCardea({ storage, environment: 'test', logger }), closed: () => closed }
}

/** A project with files of these names; what they export is said apart. */
function files(...names: readonly string[]): string {
  const cwd = temporaryFolder()
  for (const name of names) writeFileSync(join(cwd, name), '')
  return cwd
}

const coded = (code: string, message: string) => Object.assign(new Error(message), { code })

describe('the configuration', () => {
  it.each([
    ['the default export', (auth: unknown) => ({ default: auth })],
    ['the export auth', (auth: unknown) => ({ auth })],
    ['a function', (auth: unknown) => ({ default: () => auth })],
    ['an async function named auth', (auth: unknown) => ({ auth: async () => auth })],
    ['module.exports', (auth: unknown) => ({ default: { auth }, 'module.exports': { auth } })],
    [
      'what a compiler makes of a default export',
      (auth: unknown) => ({ default: { default: auth, __esModule: true } }),
    ],
    ['auth beside another default', (auth: unknown) => ({ default: { other: 1 }, auth })],
  ])('may be %s, and what it gives is closed', async (_what, toModule) => {
    const { auth, closed } = instance()
    const cwd = files('cardea.config.ts')
    const { exitCode, stdout } = await run(['doctor', '--json'], {
      cwd,
      modules: { 'cardea.config.ts': () => toModule(auth) },
    })
    expect(JSON.parse(stdout).checks[0]).toEqual({
      name: 'configuration',
      status: 'ok',
      message: `it is ${join(cwd, 'cardea.config.ts')}`,
    })
    // Nothing is migrated in memory.
    expect([exitCode, closed()]).toEqual([1, 1])
  })

  it('is looked for by four names, before the environment; --config names another', async () => {
    const modules = Object.fromEntries(
      ['cardea.config.ts', 'cardea.config.mts', 'cardea.config.js', 'cardea.config.mjs', 'own.ts'].map((name) => [
        `/${name}`,
        () => {
          throw new Error(`this is ${name}`)
        },
      ]),
    )
    const env = { DATABASE_URL: 'sqlite::memory:' }
    for (const [names, words, found] of [
      [['cardea.config.mjs', 'cardea.config.ts'], [], 'cardea.config.ts'],
      [['cardea.config.mjs', 'cardea.config.js', 'cardea.config.mts'], [], 'cardea.config.mts'],
      [['cardea.config.mjs', 'cardea.config.js'], [], 'cardea.config.js'],
      [['cardea.config.mjs'], [], 'cardea.config.mjs'],
      [['cardea.config.ts', 'own.ts'], ['--config', './own.ts'], 'own.ts'],
    ] as const) {
      expect((await run(['doctor', ...words], { cwd: files(...names), modules, env })).stderr).toContain(
        `this is ${found}`,
      )
    }
    const missing = await run(['doctor', '--config', 'nowhere.ts', '--json'], { env })
    expect([missing.exitCode, JSON.parse(missing.stdout).error.code]).toEqual([1, 'configuration_missing'])
  })

  it.each([
    ['exports no instance', () => ({})],
    ['exports something else', () => ({ default: 1 })],
    ['exports a function that returns no instance', () => ({ default: () => undefined })],
    ['give both the same version', () => ({ auth: { migrate: () => undefined } })],
  ])('is refused where it %s', async (said, module) => {
    const { exitCode, stderr } = await run(['doctor'], {
      cwd: files('cardea.config.ts'),
      modules: { 'config.ts': module },
    })
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(said)])
  })

  it.each([
    ['enums', coded('ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'TypeScript enum is not supported'), 'an object for an enum'],
    ['a runtime without types', coded('ERR_UNKNOWN_FILE_EXTENSION', 'Unknown file extension ".ts"'), '22.18 or later'],
    ['a package', coded('ERR_MODULE_NOT_FOUND', "Cannot find package 'pg' imported from x"), 'npm install pg'],
    ['an alias', coded('ERR_MODULE_NOT_FOUND', "Cannot find package '@/auth' imported from x"), 'tsconfig.json'],
    ['a file', coded('ERR_MODULE_NOT_FOUND', "Cannot find module '/x/y.ts' imported from x"), 'Mend the path'],
    [
      'a type',
      new SyntaxError("The requested module 'cardea' does not provide an export named 'Cardea'"),
      'import type',
    ],
    ['its own code', new Error('two\nlines with postgres://me:hunter2@host/db'), 'two lines with postgres://***@host'],
  ])('explains an import that fails because of %s, in one line', async (_what, error, said) => {
    const modules = {
      'config.ts': () => {
        throw error
      },
    }
    const { exitCode, stderr } = await run(['doctor'], { cwd: files('cardea.config.ts'), modules })
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(said)])
    expect(stderr.trimEnd()).not.toContain('\n')
  })

  it('lets createCardea say what is wrong with its options', async () => {
    const modules = {
      'config.ts': () => {
        throw new CardeaError('configuration_invalid', 'createCardea: basePath must begin with a slash')
      },
    }
    const { stderr } = await run(['doctor'], { cwd: files('cardea.config.ts'), modules })
    expect(stderr).toBe('cardea: createCardea: basePath must begin with a slash\n')
  })
})
