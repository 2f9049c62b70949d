import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

/**
 * Makes sure that what is measured is what a user installs: the built packages, as new as their sources.
 *
 * @throws Error when they cannot be built.
 */
export function requireBuild(print: (line: string) => void): void {
  const old = readdirSync(join(root, 'packages')).filter((name) => isStale(join(root, 'packages', name)))
  if (old.length === 0) return
  print(`building first: ${old.join(', ')} ${old.length === 1 ? 'has' : 'have'} no build as new as the sources`)
  const { status, stderr } = spawnSync('npm', ['run', 'build'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm run build failed:\n${stderr}`)
}

function isStale(folder: string): boolean {
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest) || !readFileSync(manifest, 'utf8').includes('"build": "tsup')) return false
  return newest(join(folder, 'dist'), /\.js$/) < newest(join(folder, 'src'), /(?<!\.(test|fixture|test-d))\.ts$/)
}

/** When the newest of the files below a folder was written; 0 when there are none. */
function newest(folder: string, pattern: RegExp): number {
  if (!existsSync(folder)) return 0
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => pattern.test(name))
  return Math.max(0, ...files.map((name) => statSync(join(folder, name)).mtimeMs))
}
