import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** The demo servers run from what is published, so what is tested here must be built from the sources of now. */
export function setup(): void {
  const packages = readdirSync(join(root, 'packages')).filter((name) => isBuildable(name) && isStale(name))
  if (packages.length === 0) return
  const workspaces = packages.flatMap((name) => ['--workspace', `packages/${name}`])
  const built = spawnSync('npm', ['run', 'build', ...workspaces], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`the packages could not be built:\n${built.stdout}${built.stderr}`)
}

function isBuildable(name: string): boolean {
  return existsSync(join(root, 'packages', name, 'tsconfig.build.json'))
}

function isStale(name: string): boolean {
  const folder = join(root, 'packages', name)
  const built = newest(join(folder, 'dist'), '.js')
  return built === undefined || built < (newest(join(folder, 'src'), '.ts') ?? 0)
}

/** When the youngest file of a kind below a folder was written; undefined when there is none. */
function newest(folder: string, ending: string): number | undefined {
  if (!existsSync(folder)) return undefined
  const times = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.endsWith(`.test${ending}`))
    .map((file) => statSync(join(folder, file)).mtimeMs)
  return times.length === 0 ? undefined : Math.max(...times)
}
