import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll } from 'vitest'
import type { CliIo } from './io.js'
import { runCli } from './run-cli.js'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A folder that nothing else uses, gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-cli-'))
  folders.push(folder)
  return folder
}

/** What a test gives a command to work with. */
interface World {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** What modules export, by the end of their URL. */
  readonly modules?: Readonly<Record<string, () => unknown>>
  readonly stdin?: string
  /** What is typed at the terminal; without it, nobody sits there. Undefined stands for Ctrl-C. */
  readonly typed?: readonly (string | undefined)[]
  readonly colours?: boolean
}

export interface CliResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** The questions that were asked. */
  readonly asked: readonly string[]
}

/** Runs the command line in this process, in a world of its own. */
export async function run(argv: readonly string[], world: World = {}): Promise<CliResult> {
  let [stdout, stderr, cwd] = ['', '', world.cwd ?? temporaryFolder()]
  const asked: string[] = []
  const typed = [...(world.typed ?? [])]
  const answer = async (message: string): Promise<string | undefined> => {
    asked.push(message)
    if (typed.length === 0) throw new Error(`nobody answers ${message}`)
    return typed.shift()
  }
  const io: CliIo = {
    env: { ...world.env },
    cwd: () => cwd,
    chdir: (folder) => {
      cwd = resolve(cwd, folder)
    },
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    colours: world.colours ?? false,
    interactive: world.typed !== undefined,
    drain: async () => undefined,
    readStdin: async () => world.stdin ?? '',
    streamStdin: async function* () {
      yield Buffer.from(world.stdin ?? '')
    },
    prompts: { text: answer, password: answer },
    importModule: async (url) => {
      const found = Object.entries(world.modules ?? {}).find(([end]) => url.endsWith(end))
      if (found === undefined) throw new Error(`no module ${url}`)
      return found[1]()
    },
  }
  const exitCode = await runCli(argv, io)
  return { exitCode, stdout, stderr, asked }
}

export const password = 'correct horse battery staple'
