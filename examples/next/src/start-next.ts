import { spawnSync } from 'node:child_process'
import { existsSync, globSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import createNext from 'next'

const dir = join(import.meta.dirname, '..')
const require = createRequire(import.meta.url)

/** Starts Next within this process, after a build where there is none of the sources as they are. */
export async function startNext() {
  if (isStale()) build()
  const app = createNext({ dev: false, dir })
  await app.prepare()
  return app.getRequestHandler()
}

function isStale(): boolean {
  const built = join(dir, '.next/BUILD_ID')
  if (!existsSync(built)) return true
  const { mtimeMs } = statSync(built)
  return globSync('{src/**/*.*,*.ts}', { cwd: dir }).some((file) => statSync(join(dir, file)).mtimeMs > mtimeMs)
}

function build(): void {
  const environment = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } as const
  const program = require.resolve('next/dist/bin/next')
  const { status } = spawnSync(process.execPath, [program, 'build'], { cwd: dir, env: environment, stdio: 'inherit' })
  if (status !== 0) throw new Error('The pages could not be built.')
}
