import { execFileSync } from 'node:child_process'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { cardeaNext } from '@cardea/next'
import { packageFolder } from '../environment/root.ts'
import { openCardea } from '../peers/open-cardea.ts'

const dir = join(packageFolder, 'next-app')
const production = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } as const

const open = (file: string, mode: 'strict' | 'stateless') =>
  cardeaNext(openCardea(file, { mode }), { rateLimits: 'off' })

/** What the routes of the app find: see its `running.ts`. */
export type OpenedForNext = Pick<ReturnType<typeof open>, 'requirePermission'>

/** Compiles the routes as they are now, which takes some ten seconds. */
export function buildNextApp(): void {
  execFileSync('npx', ['next', 'build', 'next-app'], {
    cwd: packageFolder,
    env: { ...process.env, ...production },
    stdio: 'ignore',
  })
}

/** The same app on Next.js, served as `next start` does. */
export async function cardeaNextApp(file: string, mode: 'strict' | 'stateless'): Promise<RequestListener> {
  Object.assign(process.env, production)
  Object.assign(globalThis, { cardeaBench: open(file, mode) })
  const { default: exported } = await import('next')
  // Node hands out the function itself, which is what its types say of CommonJS alone.
  const createNext = exported as unknown as typeof exported.default
  const next = createNext({ dev: false, dir, quiet: true })
  await next.prepare()
  const handle = next.getRequestHandler()
  return (request, response) => void handle(request, response)
}
