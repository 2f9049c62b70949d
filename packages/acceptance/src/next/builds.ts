import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { rounds } from '@cardea/storage/testkit'

/** Whether apps of Next are tested: their builds alone take as long as most tests. */
export const testsNext = rounds({ test: 0, ci: 1, long: 1 }) === 1

const root = join(import.meta.dirname, '../../../..')
/** The apps that are tested: one of routes for the suite of all adapters, and the demo. */
export const nextApps = [join(root, 'packages/acceptance/next-app'), join(root, 'examples/next')] as const

/** Builds an app with nothing in the environment but what starts a program. */
export function buildNext(folder: string): void {
  const program = createRequire(import.meta.url).resolve('next/dist/bin/next')
  const { HOME, PATH } = process.env
  const env = { HOME, PATH, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' } as const
  const built = spawnSync(process.execPath, [program, 'build'], { cwd: folder, env, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`${folder} could not be built:\n${built.stdout}${built.stderr}`)
}
