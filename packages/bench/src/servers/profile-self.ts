import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'

const intervalMicroseconds = 200
const session = new Session()

/** Samples this process, once it is warm: what its start costs would hide the rest. */
export async function startProfile(): Promise<void> {
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: intervalMicroseconds })
  await session.post('Profiler.start')
}

export async function stopProfile(path: string): Promise<void> {
  const { profile } = await session.post('Profiler.stop')
  writeFileSync(path, JSON.stringify(profile))
  session.disconnect()
}
