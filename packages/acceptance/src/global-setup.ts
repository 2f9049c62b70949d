import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buildNext, nextApps, testsNext } from './next/builds.js'

const root = join(import.meta.dirname, '../../..')

/** The demo servers run from what is published, so what is tested here must be built from the sources of now. */
export function setup(): void {
  const packages = readdirSync(join(root, 'packages')).filter((name) => isBuildable(name) && isStale(name))
  if (packages.length > 0) build(packages)
  if (testsNext) for (const folder of Object.values(nextApps).filter(isStaleNext)) buildNext(folder)
}

function build(packages: readonly string[]): void {
  const workspaces = packages.flatMap((name) => ['--workspace', `packages/${name}`])
  const built = spawnSync('npm', ['run', 'build', ...workspaces], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`the packages could not be built:\n${built.stdout}${built.stderr}`)
}

/** Of a Next app its own files count, and the packages of which parts become parts of it. */
function isStaleNext(folder: string): boolean {
  const identity = join(folder, '.next/BUILD_ID')
  if (!existsSync(identity)) return true
  const sources = ['src', 'app'].map((name) => join(folder, name))
  const parts = ['next', 'client', 'http', 'cardea'].map((name) => join(root, 'packages', name, 'dist'))
  const youngest = [
    ...[...sources, join(root, 'examples/shared/src')].map((of) => newest(of, /\.tsx?$/)),
    ...parts.map((of) => newest(of, /\.js$/)),
    ...readdirSync(folder)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => statSync(join(folder, file)).mtimeMs),
  ]
  return youngest.some((time) => (time ?? 0) > statSync(identity).mtimeMs)
}

function isBuildable(name: string): boolean {
  return existsSync(join(root, 'packages', name, 'tsconfig.build.json'))
}

function isStale(name: string): boolean {
  const folder = join(root, 'packages', name)
  const built = newest(join(folder, 'dist'), /\.js$/)
  return built === undefined || built < (newest(join(folder, 'src'), /\.ts$/) ?? 0)
}

/** When the youngest file of a kind below a folder was written; undefined when there is none. */
function newest(folder: string, kind: RegExp): number | undefined {
  if (!existsSync(folder)) return undefined
  const times = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => kind.test(file) && !/\.test\.\w+$/.test(file))
    .map((file) => statSync(join(folder, file)).mtimeMs)
  return times.length === 0 ? undefined : Math.max(...times)
}
