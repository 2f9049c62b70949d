import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { packageFolder } from '../environment/root.ts'
import { interleave } from '../measure/interleave.ts'
import { pragmas, secret } from '../peers/settings.ts'
import { judge, relation, toRow, under } from '../report/rows.ts'
import type { World } from '../world/world.ts'
import type { Part } from './context.ts'

const run = promisify(execFile)

const ours = {
  import: 'Cardea, import',
  start: 'Cardea, import to first session',
} as const
const theirs = {
  import: 'better-auth, import',
  start: 'better-auth, import to first session',
} as const

/** What a new process pays before it can answer. */
export const coldStart: Part = {
  name: 'import',
  run: async ({ scale, world }) => {
    const { cardea, betterAuth } = await world()
    const contender = (name: string, code: string) => ({ name, turn: () => timeInNewProcess(code) })
    const measured = await interleave(
      [
        contender(ours.import, cardeaImports),
        contender(theirs.import, betterAuthImports),
        contender(ours.start, cardeaStart(cardea)),
        contender(theirs.start, betterAuthStart(betterAuth)),
      ],
      { rounds: scale.imports, warmUp: true },
    )
    return {
      name: 'import',
      title: 'Cold start in a new process each time',
      rows: [
        toRow(measured, ours.import, 'ms', theirs.import),
        toRow(measured, theirs.import, 'ms', undefined),
        toRow(measured, ours.start, 'ms', theirs.start),
        toRow(measured, theirs.start, 'ms', undefined),
      ],
      verdicts: under('size', [
        judge(
          'import ≤ 0.45 × better-auth',
          relation(measured, ours.import, theirs.import),
          { atMost: 0.45 },
          scale.judged,
        ),
      ]),
      notes: [
        'plain JavaScript from the built packages, with warm file caches, without the start of Node itself',
        'import: cardea, @cardea/http and @cardea/kysely/sqlite; better-auth (which brings its adapter), its admin and access plugins, and node:sqlite',
        'import to first session: open the database, check the schema, find who is behind a cookie; nothing can hide in a lazy import',
      ],
    }
  },
}

const cardeaImports = `
  const { createCardea } = await import('cardea')
  const { cmsPreset } = await import('cardea/presets/cms')
  const { createHandler } = await import('@cardea/http')
  const { sqlite } = await import('@cardea/kysely/sqlite')`

const betterAuthImports = `
  const { betterAuth } = await import('better-auth')
  const { admin } = await import('better-auth/plugins/admin')
  const { createAccessControl } = await import('better-auth/plugins/access')
  const { DatabaseSync } = await import('node:sqlite')`

const cardeaStart = ({ file, callers }: World['cardea']): string => `
  ${cardeaImports}
  const auth = createCardea({
    ...cmsPreset,
    storage: sqlite(${JSON.stringify(file)}),
    secret: ${JSON.stringify(secret)},
    baseUrl: 'https://bench.example',
    environment: 'production',
  })
  const handler = createHandler(auth, { rateLimits: { multiplier: 1 } })
  await auth.ready()
  const found = await auth.sessions.verify({ cookieToken: ${JSON.stringify(callers[0]?.cookieToken)} })
  if (!found.authenticated) throw new Error('a wrong answer')`

const betterAuthStart = ({ file, callers }: World['betterAuth']): string => `
  ${betterAuthImports}
  const database = new DatabaseSync(${JSON.stringify(file)})
  for (const pragma of ${JSON.stringify(pragmas)}) database.exec(pragma)
  const access = createAccessControl({ content: ['read'] })
  const auth = betterAuth({
    database,
    secret: ${JSON.stringify(secret)},
    baseURL: 'https://bench.example',
    logger: { disabled: true },
    emailAndPassword: { enabled: true },
    plugins: [admin({ ac: access, roles: { viewer: access.newRole({ content: ['read'] }) }, defaultRole: 'viewer' })],
  })
  const headers = new Headers({ cookie: ${JSON.stringify(callers[0]?.cookie)} })
  const found = await auth.api.getSession({ headers })
  if (found === null) throw new Error('a wrong answer')`

/** @returns Milliseconds that the code took by its own clock. */
async function timeInNewProcess(code: string): Promise<number> {
  const timed = `
    const start = performance.now()
    ${code}
    process.stdout.write(String(performance.now() - start), () => process.exit(0))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', timed], { cwd: packageFolder })
  const milliseconds = Number(stdout)
  if (!(milliseconds > 0)) throw new Error(`a new process said ${stdout}`)
  return milliseconds
}
