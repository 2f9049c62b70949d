import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Load, LoadTarget } from './target.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'autocannon-process.ts')

/** Runs autocannon in a process of its own. */
export async function loadByAutocannon({ url, headers, connections, seconds }: LoadTarget): Promise<Load> {
  const requests = headers.map((values) => ({ method: 'GET', headers: values }))
  const child = run(process.execPath, [script])
  child.child.stdin?.end(JSON.stringify({ url, connections, duration: Math.ceil(seconds), requests }))
  const { stdout } = await child
  // Written by the script above.
  const { failures, ...load } = JSON.parse(stdout) as Load & { readonly failures: number }
  if (failures > 0) throw new Error(`${url} under load: ${failures} failures`)
  if (!(load.requestsPerSecond > 0 && load.requests > 0)) throw new Error('autocannon said nothing of a rate')
  return load
}
