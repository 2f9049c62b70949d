import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { packageFolder } from '../environment/root.ts'
import { startFlood } from '../load/flood.ts'
import type { LoadTool } from '../load/tool.ts'
import type { ProfileTarget } from '../options/read-options.ts'
import { password } from '../peers/settings.ts'
import { startServer } from '../servers/start-server.ts'
import type { World } from '../world/world.ts'
import { type CpuProfile, selfTimes } from './self-time.ts'
import { createPlaceOf } from './source-place.ts'

const seconds = 10
const functionsShown = 40

/** Runs Cardea's server under load with the profiler, and prints which functions took the time. */
export async function runProfile(
  target: ProfileTarget,
  { cardea, folder }: World,
  load: LoadTool,
  print: (line: string) => void,
): Promise<void> {
  const output = join(packageFolder, 'data', `profile-${target}`)
  rmSync(output, { recursive: true, force: true })
  mkdirSync(output, { recursive: true })
  const mode = target === 'stateless' ? 'stateless' : 'strict'
  const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${output}`, '--cpu-prof-interval=200']
  const server = await startServer({ library: 'cardea', file: cardea.file, mode }, nodeOptions)
  if (target === 'sign-in') {
    const bodies = cardea.emails.map((email) => JSON.stringify({ email, password }))
    const flood = startFlood({ url: `${server.url}/api/v1/auth/login`, connections: 16, bodies })
    await wait(seconds * 1_000)
    const { answers, failures } = await flood.stop()
    print(`${answers} sign-ins, ${failures} failed`)
  } else {
    const headers = cardea.callers.map(({ cookie, accessToken }) =>
      target === 'strict' ? { cookie } : { authorization: `Bearer ${accessToken}` },
    )
    const url = `${server.url}/guarded`
    const { requestsPerSecond } = await load.run({ url, headers, connections: 16, seconds, folder })
    print(`${Math.round(requestsPerSecond)} req/s under the profiler`)
  }
  await server.stop()
  const [file] = readdirSync(output)
  if (file === undefined) throw new Error('the profiler wrote nothing')
  // Written by Node's profiler.
  const profile = JSON.parse(readFileSync(join(output, file), 'utf8')) as CpuProfile
  const placeOf = createPlaceOf()
  for (const time of selfTimes(profile).slice(0, functionsShown)) {
    print(`${(time.share * 100).toFixed(1).padStart(5)} %  ${time.name.padEnd(32)} ${placeOf(time)}`)
  }
  print(`the whole profile, for a browser's developer tools: ${join(output, file)}`)
}
