import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { rounds } from '@cardea/storage/testkit'

/** Whether apps of Next are tested: their builds alone take as long as most tests. */
export const testsNext = rounds({ test: 0, ci: 1, long: 1 }) === 1

const root = join(import.meta.dirname, '../../../..')
/** The apps that are tested: one of routes for the suite of all adapters, and the demo. */
export const nextApps = {
  routes: join(root, 'packages/acceptance/next-app'),
  demo: join(root, 'examples/next'),
} as const

/** In the environment of the demo's build, so that it can be looked for in what browsers get. The other app is built without any. */
export const buildSecrets = {
  CARDEA_SECRET: 'a secret of the build: 5e0c9a',
  DATABASE_URL: 'postgres://app:hunter2@db.test/app',
}

/** Builds an app with nothing in the environment but what starts a program, and what is given. */
export function buildNext(folder: string): void {
  const program = createRequire(import.meta.url).resolve('next/dist/bin/next')
  const { HOME, PATH } = process.env
  const secrets = folder === nextApps.demo ? buildSecrets : {}
  const env = { HOME, PATH, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', ...secrets } as const
  const built = spawnSync(process.execPath, [program, 'build'], { cwd: folder, env, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`${folder} could not be built:\n${built.stdout}${built.stderr}`)
}
