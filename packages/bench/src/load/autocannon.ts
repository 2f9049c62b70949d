import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LoadTarget } from './tool.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'autocannon-process.ts')

/** Runs autocannon in a process of its own. */
export async function loadByAutocannon({ url, headers, connections, seconds }: LoadTarget): Promise<number> {
  const requests = headers.map((values) => ({ method: 'GET', headers: values }))
  const child = run(process.execPath, [script])
  child.child.stdin?.end(JSON.stringify({ url, connections, duration: seconds, requests }))
  const { stdout } = await child
  // Written by the script above.
  const { rate, failures } = JSON.parse(stdout) as { readonly rate: number; readonly failures: number }
  if (failures > 0) throw new Error(`${url} under load: ${failures} failures`)
  if (!(rate > 0)) throw new Error('autocannon said nothing of a rate')
  return rate
}
