import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { firstWhereQuick, isQuick } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { createProject, type Project } from './cli-project.js'
import { proofKinds } from './databases.js'

const password = 'correct horse battery staple'

/** The instance of an app, as its author writes it for a bundler: no endings, a type beside a value, noise at start. */
const authModule = `
import { createCardea, defineCollection, text, type Cardea } from 'cardea'
import { open } from './storage.js'

console.log('the app starts')
const customers = defineCollection('customers', { type: 'auth', fields: { company: text({ optional: true }) } })
const url: string = process.env['DATABASE_URL'] ?? ''
export const auth: Pick<Cardea, 'migrate'> = createCardea({
  storage: open(url),
  secret: process.env['CARDEA_SECRET'],
  baseUrl: 'https://app.test',
  collections: [customers],
})
// As the pool of an app keeps its process running.
setInterval(() => undefined, 60_000)
`

const storageModule = `
import { postgres } from '@cardea/kysely/postgres'
import { mysql } from '@cardea/kysely/mysql'
import { sqlite } from '@cardea/kysely/sqlite'

export function open(url: string) {
  if (url.startsWith('sqlite:')) return sqlite(url.slice(7))
  return url.startsWith('mysql:') ? mysql(url) : postgres(url)
}
`

const appFiles = {
  'package.json': '{"type":"module"}',
  'cardea.config.ts': "export { auth } from './src/auth'",
  'src/auth.ts': authModule,
  'src/storage.ts': storageModule,
}

interface Check {
  readonly name: string
  readonly status: string
  readonly message: string
}

async function checksOf(project: Project, env: Readonly<Record<string, string>>) {
  const { exitCode, stdout } = await project.cardea(['doctor', '--json'], { env })
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] }
  return { exitCode, checks, statusOf: (name: string) => checks.find((check) => check.name === name)?.status }
}

describe.each(firstWhereQuick(proofKinds))('cardea on $name', (kind) => {
  it('takes an app from nothing to its first admin', async () => {
    const database = await kind.create()
    const project = createProject(appFiles)
    const secret = (await project.cardea(['secret'])).stdout.trim()
    const env = { DATABASE_URL: database.url, CARDEA_SECRET: secret, NODE_ENV: 'production' }
    try {
      expect(await checksOf(project, env)).toMatchObject({ exitCode: 1 })

      const planned = await project.cardea(['migrate', '--dry-run', '--json'], { env })
      const done = await project.cardea(['migrate', '--json'], { env })
      expect([planned.exitCode, done.exitCode]).toEqual([0, 0])
      expect(JSON.parse(done.stdout).steps).toEqual(JSON.parse(planned.stdout).steps)
      expect(done.stdout).toContain('auth_customers')
      expect(done.stderr).toContain('the app starts')
      const again = await project.cardea(['migrate'], { env })
      expect([again.exitCode, again.stdout]).toEqual([0, ''])

      const withoutAdmin = await checksOf(project, env)
      expect([withoutAdmin.exitCode, withoutAdmin.statusOf('admin')]).toEqual([0, 'warning'])
      const words = ['admin', 'create', '--email', 'jane@example.com', '--password-stdin', '--json']
      const made = await project.cardea(words, { env, input: `${password}\n` })
      expect([made.exitCode, JSON.parse(made.stdout)]).toEqual([0, { id: expect.stringMatching(/^[\da-f-]{36}$/) }])
      const { exitCode, checks, statusOf } = await checksOf(project, env)
      expect([exitCode, statusOf('admin'), statusOf('schema'), statusOf('secret')]).toEqual([0, 'ok', 'ok', 'ok'])
      expect(checks.find(({ name }) => name === 'database')?.message).toMatch(/ \d[\d.]*.* answers$/)
      expect(JSON.stringify(checks)).not.toMatch(new RegExp(`${secret}|jane`))
    } finally {
      await database.drop()
    }
  })

  it('migrates once, and makes one first admin, however many processes begin together', async () => {
    const database = await kind.create()
    const project = createProject({})
    const env = { DATABASE_URL: database.url, CARDEA_ADMIN_PASSWORD: password }
    try {
      const migrations = await Promise.all([1, 2, 3, 4].map(() => project.cardea(['migrate', '--json'], { env })))
      expect(migrations.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0])
      const worked = migrations.filter(({ stdout }) => JSON.parse(stdout).steps.length > 0)
      expect(worked).toHaveLength(1)
      const admins = await Promise.all(
        [1, 2, 3, 4].map((index) =>
          project.cardea(['admin', 'create', '--email', `a${index}@example.com`, '--json'], { env }),
        ),
      )
      expect(admins.map(({ exitCode }) => exitCode).toSorted()).toEqual([0, 1, 1, 1])
      for (const { exitCode, stdout } of admins) {
        if (exitCode === 1) expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'conflict' } })
      }
      const additional = ['admin', 'create', '--email', 'joe@example.com', '--additional']
      expect((await project.cardea(additional, { env })).exitCode).toBe(0)
    } finally {
      await database.drop()
    }
  })
})

describe('cardea', () => {
  it.each([['{"type":"module"}'], ['{"type":"commonjs"}'], ['{}']])(
    'runs the TypeScript of a package that says %s',
    async (manifest) => {
      const project = createProject({ ...appFiles, 'package.json': manifest })
      const env = { DATABASE_URL: `sqlite:${join(project.folder, 'app.db')}` }
      expect(await project.cardea(['migrate'], { env })).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('auth_customers'),
        stderr: expect.not.stringMatching(/warning/i),
      })
    },
  )

  it('takes what CommonJS exports, and works in another folder', async () => {
    const project = createProject({
      'package.json': '{"type":"commonjs"}',
      'own.js':
        "const { createCardea } = require('cardea')\nconst { sqlite } = require('@cardea/kysely/sqlite')\nmodule.exports = { auth: createCardea({ storage: sqlite('./app.db') }) }",
    })
    const words = ['migrate', '--config', 'own.js', '--cwd', project.folder]
    expect(await project.cardea(words, { cwd: '/' })).toMatchObject({ exitCode: 0 })
    expect(existsSync(join(project.folder, 'app.db'))).toBe(true)
  })

  it.each([
    ['enum Colour { Red }\nexport const auth = Colour.Red', 'an object for an enum'],
    ["import { createCardea, Cardea } from 'cardea'\nexport const auth: Cardea = createCardea({})", 'import type'],
    ["import auth from '@/auth'\nexport { auth }", 'tsconfig.json'],
    ["import auth from 'no-such-package'\nexport { auth }", 'npm install no-such-package'],
    ["import { createCardea } from 'cardea'\nexport const auth = createCardea({})", 'createCardea: storage'],
    ['export const auth = (', 'cardea.config.ts cannot be loaded'],
  ])('explains why it cannot load %j', async (text, said) => {
    const project = createProject({ 'package.json': '{"type":"module"}', 'cardea.config.ts': text })
    const { exitCode, stdout, stderr } = await project.cardea(['doctor'])
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^cardea: [^\n]+\n$/)
    expect(stderr).toContain(said)
  })

  it('ends with 130 at Ctrl-C', async () => {
    const project = createProject({
      'package.json': '{"type":"module"}',
      'cardea.config.ts':
        "console.log('waiting')\nsetInterval(() => undefined, 1_000)\nexport default () => new Promise(() => undefined)",
    })
    const { exitCode, stderr } = await project.cardea(['migrate'], {
      during: (child) => child.stderr?.on('data', (chunk: Buffer) => chunk.includes('waiting') && child.kill('SIGINT')),
    })
    expect([exitCode, stderr]).toEqual([130, 'waiting\ncardea: interrupted\n'])
  })

  it('takes no password that is not UTF-8', async () => {
    const project = createProject({})
    const env = { DATABASE_URL: 'sqlite:./app.db', CARDEA_SECRET: 'a secret of the tests, long enough for them' }
    await project.cardea(['migrate'], { env })
    const words = ['admin', 'create', '--email', 'a@example.com', '--password-stdin']
    const input = Buffer.from('fffefdfcfbfaf9f8f7', 'hex')
    const { exitCode, stderr } = await project.cardea(words, { env, input })
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('UTF-8')])
  })

  it('fails where the configuration waits for what never happens', async () => {
    const project = createProject({
      'package.json': '{"type":"module"}',
      'cardea.config.ts': 'export default () => new Promise(() => undefined)',
    })
    for (const words of [['migrate', '--json'], ['doctor'], ['admin', 'create', '--email', 'a@example.com']]) {
      const { exitCode, stderr } = await project.cardea(words, { env: { CARDEA_ADMIN_PASSWORD: 'a good password' } })
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('did not come to its end')])
    }
  })

  it('answers in JSON where the configuration never settles, as it is loaded or as it makes the instance', async () => {
    const project = createProject({
      'package.json': '{"type":"module"}',
      'cardea.config.ts': 'export default () => new Promise(() => undefined)',
      'other.config.ts': 'await new Promise(() => undefined)',
    })
    for (const words of [['migrate'], ['doctor', '--config', 'other.config.ts']]) {
      const { exitCode, stdout, stderr } = await project.cardea([...words, '--json'])
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('did not come to its end')])
      expect(JSON.parse(stdout)).toEqual({
        error: { code: 'configuration_invalid', message: expect.stringContaining('did not come to its end') },
      })
    }
  })

  it.skipIf(isQuick())('hides secrets in what the configuration throws late, and answers once', async () => {
    const late = {
      thrown: 'setTimeout(() => { throw new Error(told) }, 1)\nexport default () => new Promise(() => undefined)',
      rejected: 'void Promise.reject(new Error(told))\nexport default () => new Promise(() => undefined)',
      'no error': 'setTimeout(() => { throw told }, 1)\nexport default () => new Promise(() => undefined)',
      warned: 'process.emitWarning(told)\nthrow new Error(told)',
    }
    const env = {
      DATABASE_URL: 'postgres://me:p@ss/word#of\'mine"@db.test/app',
      CARDEA_SECRET: '0f9e8d7c6b5a49382716',
    }
    const told =
      "const { DATABASE_URL, CARDEA_SECRET } = process.env\nconst told = 'no ' + DATABASE_URL + ' or ' + CARDEA_SECRET\n"
    for (const [name, text] of Object.entries(late)) {
      const project = createProject({ 'package.json': '{"type":"module"}', 'cardea.config.ts': told + text })
      for (const words of [['migrate'], ['migrate', '--json'], ['doctor', '--verbose', '--json']]) {
        const { exitCode, stdout, stderr } = await project.cardea(words, { env })
        expect([name, exitCode]).toEqual([name, 1])
        expect(stdout + stderr).toContain('postgres://***@db.test/app or ***')
        expect(stdout + stderr).not.toMatch(/ss\/word|of'mine|of\\'mine|0f9e8d7c/)
        if (words.includes('--json')) expect(JSON.parse(stdout).error.message).toContain('postgres://***@')
      }
    }
  })

  it('reads variables from a file in the folder that it is told to work in', async () => {
    const project = createProject({ 'below/my.env': 'DATABASE_URL=sqlite:./app.db\n' })
    const { exitCode, stderr } = await project.cardea(['migrate', '--cwd', 'below', '--dotenv', 'my.env'])
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    const missing = await project.cardea(['migrate', '--dotenv', 'no.env', '--json'])
    expect([missing.exitCode, JSON.parse(missing.stdout)]).toMatchObject([2, { error: { code: 'usage' } }])
  })

  it.skipIf(isQuick())('tells of a database that is away, and never of the password for it', async () => {
    const project = createProject({})
    const env = { DATABASE_URL: 'postgres://app:hunter2-hunter2@127.0.0.1:1/app' }
    for (const words of [['doctor'], ['migrate', '--verbose'], ['migrate', '--json', '--verbose']]) {
      const { exitCode, stdout, stderr } = await project.cardea(words, { env })
      expect(exitCode).toBe(1)
      expect(stdout + stderr).toContain('ECONNREFUSED')
      expect(stdout + stderr).not.toContain('hunter2')
    }
  })

  it('answers what somebody stops reading', async () => {
    const project = createProject({})
    const { exitCode, stderr } = await project.cardea(['migrate', '--dry-run'], {
      env: { DATABASE_URL: 'sqlite:./app.db' },
      during: (child) => child.stdout?.destroy(),
    })
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('EPIPE')])
  })
})
