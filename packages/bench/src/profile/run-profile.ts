import { mkdirSync, readFileSync } from 'node:fs'
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

const warmUpSeconds = 3
const seconds = 10
const connections = 16
const functionsShown = 40

/** Puts load on a server for so many seconds. @returns How many requests it has answered. */
type PutLoad = (url: string, seconds: number) => Promise<number>

/** Runs Cardea's server under load with the profiler, and prints which functions took the time. */
export async function runProfile(
  target: ProfileTarget,
  world: World,
  load: LoadTool,
  print: (line: string) => void,
): Promise<void> {
  const folder = join(packageFolder, 'data')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${target}.cpuprofile`)
  const mode = target === 'stateless' ? 'stateless' : 'strict'
  const server = await startServer({ library: 'cardea', file: world.cardea.file, mode })
  const putLoad = target === 'sign-in' ? signIns(world) : requests(world, load, target)
  await putLoad(server.url, warmUpSeconds)
  await server.startProfile()
  const answers = await putLoad(server.url, seconds)
  await server.stopProfile(file)
  await server.stop()
  // Written by Node's profiler.
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile
  const { busyMicroseconds, functions } = selfTimes(profile)
  const each = (busyMicroseconds / answers).toFixed(1)
  print(
    `${answers} requests; the main thread took ${each} µs for each, by the clock: what else the machine did is in it`,
  )
  const placeOf = createPlaceOf()
  for (const time of functions.slice(0, functionsShown)) {
    print(`${(time.share * 100).toFixed(1).padStart(5)} %  ${time.name.padEnd(32)} ${placeOf(time)}`.trimEnd())
  }
  print(`the whole profile, for a browser's developer tools: ${file}`)
}

function requests({ cardea, folder }: World, load: LoadTool, target: ProfileTarget): PutLoad {
  const headers = cardea.callers.map(({ cookie, accessToken }) =>
    target === 'strict' ? { cookie } : { authorization: `Bearer ${accessToken}` },
  )
  return async (url, forSeconds) =>
    (await load.run({ url: `${url}/guarded`, headers, connections, seconds: forSeconds, folder })).requests
}

function signIns({ cardea }: World): PutLoad {
  const bodies = cardea.emails.map((email) => JSON.stringify({ email, password }))
  return async (url, forSeconds) => {
    const flood = startFlood({ url: `${url}/api/v1/auth/login`, connections, bodies })
    await wait(forSeconds * 1_000)
    const { answers, failures } = await flood.stop()
    if (failures > 0) throw new Error(`${failures} of ${answers} sign-ins failed`)
    return answers
  }
}
