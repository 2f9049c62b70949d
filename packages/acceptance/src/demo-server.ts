import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endWithUs } from './children.js'
import { testsNext } from './next/builds.js'

const root = join(import.meta.dirname, '../../..')
/** The frameworks that there is a demo server of. */
export type Framework = 'hono' | 'express' | 'next'
/** Those that are tested here. What has to be built first is left out where there is little time. */
export const frameworks: readonly Framework[] = testsNext ? ['hono', 'express', 'next'] : ['hono', 'express']
/** The program of a demo server. */
export const demoOn = (framework: Framework): string => join(root, `examples/${framework}/src/server.ts`)
const demo = demoOn('hono')
/** Serves like the demo, with better-sqlite3. */
export const betterSqlite3Server = join(import.meta.dirname, 'servers/better-sqlite3-server.ts')

/** A demo server in a process of its own, as a user starts it. */
export interface DemoServer {
  readonly url: string
  readonly processId: number | undefined
  /** Everything that it has printed. */
  output(): string
  /** Ends it with a signal. @returns Its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export const adminCredentials = { email: 'admin@example.com', password: 'correct horse battery staple' } as const

/** A folder that nothing else uses. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'cardea-acceptance-'))

/** Environment of a demo server: nothing of ours but the path, what Node has compiled before, and what is given. */
function environmentOf(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    PORT: '0',
    CARDEA_SECRET: 'an acceptance secret: 7f3b9c1e5a2d8046',
    ADMIN_EMAIL: adminCredentials.email,
    ADMIN_PASSWORD: adminCredentials.password,
    RATE_LIMITS: 'off',
    ...extra,
  }
}

interface Started {
  readonly process: ChildProcess
  readonly exited: Promise<number | null>
  readonly output: () => string
}

function launch(
  extra: Readonly<Record<string, string>>,
  folder: string,
  [command, ...words]: readonly [string, ...string[]] = [process.execPath, demo],
): Started {
  const child = endWithUs(spawn(command, words, { cwd: folder, env: environmentOf(extra), stdio: 'pipe' }))
  let printed = ''
  const collect = (chunk: Buffer): void => {
    printed += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { process: child, exited, output: () => printed }
}

/** Starts a demo server and waits for its ready line. */
export async function startDemo(
  extra: Readonly<Record<string, string>>,
  folder: string = temporaryFolder(),
  script: string = demo,
): Promise<DemoServer> {
  const { process: child, exited, output } = launch(extra, folder, [process.execPath, script])
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const line = /^listening on (http:\/\/localhost:\d+)$/m.exec(output())
      if (line?.[1] !== undefined) resolve(line[1])
    })
    void exited.then((code) => reject(new Error(`the demo ended with ${code}:\n${output()}`)))
  })
  return {
    url,
    processId: child.pid,
    output,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      return await exited
    },
  }
}

/** Starts a demo server and kills it after some milliseconds, wherever it is by then. */
export async function killStarting(
  extra: Readonly<Record<string, string>>,
  folder: string,
  milliseconds: number,
): Promise<void> {
  const { process: child, exited } = launch(extra, folder)
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  child.kill('SIGKILL')
  await exited
}

/** Starts a demo server that is expected to refuse its environment. */
export async function startRefused(
  extra: Readonly<Record<string, string>>,
  folder: string = temporaryFolder(),
  script: string = demo,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const { exited, output } = launch(extra, folder, [process.execPath, script])
  return { code: await exited, output: output() }
}

/** Starts a demo server by its npm script, from the root of the repository. */
export function startByNpm(
  extra: Readonly<Record<string, string>>,
  framework: Framework,
): {
  readonly output: () => string
  readonly stop: () => Promise<number | null>
} {
  const { process: child, exited, output } = launch(extra, root, ['npm', 'run', `start:${framework}`])
  return {
    output,
    stop: async () => {
      child.kill('SIGTERM')
      return await exited
    },
  }
}
