import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { root } from './root.ts'

/** What the numbers depend on. */
export interface Facts {
  readonly date: string
  readonly node: string
  readonly sqlite: string | undefined
  /** The servers that answer, with their versions. */
  readonly databases: readonly string[]
  readonly cpu: string
  readonly cores: number
  readonly memoryGibibytes: number
  readonly platform: string
  /** Load average of the last minute at the start: others on the machine make the numbers worth less. */
  readonly loadAtStart: number
  /** What puts load on the servers. */
  readonly loadTool: string
  readonly versions: Readonly<Record<string, string>>
  /** Undefined outside a repository. */
  readonly commit: string | undefined
  readonly smoke: boolean
}

const libraries = [
  'better-auth',
  '@casl/ability',
  'casbin',
  'hono',
  '@hono/node-server',
  'express',
  'kysely',
  '@node-rs/argon2',
]

export function collectFacts(loadTool: string, databases: readonly string[], smoke: boolean): Facts {
  return {
    date: new Date().toISOString(),
    node: process.version,
    sqlite: process.versions['sqlite'],
    databases,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    // Which build of a kernel it is says nothing to anybody else.
    platform: `${process.platform} ${release().split('-', 1)[0]} ${process.arch}`,
    loadAtStart: loadavg()[0] ?? 0,
    loadTool,
    versions: Object.fromEntries(libraries.map((name) => [name, versionOf(name)])),
    commit: commit(),
    smoke,
  }
}

function versionOf(name: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'))
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return known ? String(manifest.version) : 'unknown'
}

function commit(): string | undefined {
  try {
    const git = (...words: string[]) =>
      execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`
  } catch {
    return undefined
  }
}
