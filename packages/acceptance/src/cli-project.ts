import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryFolder } from './demo-server.js'

const root = join(import.meta.dirname, '../../..')
const program = join(root, 'packages/cli/bin/cardea.mjs')

/** What a command left behind. */
export interface CliRun {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A project of somebody else, with the packages installed. */
export interface Project {
  readonly folder: string
  write(name: string, text: string): void
  /** Runs `cardea` in a process of its own. */
  cardea(words: readonly string[], how?: RunOptions): Promise<CliRun>
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Buffer
  readonly cwd?: string
  /** Has the process once it runs. */
  readonly during?: (child: ChildProcess) => void
}

/** Makes a project with these files. */
export function createProject(files: Readonly<Record<string, string>>): Project {
  const folder = temporaryFolder()
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  return { folder, write, cardea: (words, how = {}) => runCardea(folder, words, how) }
}

function runCardea(
  folder: string,
  words: readonly string[],
  { env = {}, input = '', cwd = folder, during }: RunOptions,
): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...words], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: 'pipe',
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
    child.stdin.end(input)
    during?.(child)
  })
}
