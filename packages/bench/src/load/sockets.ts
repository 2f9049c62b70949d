import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Load, LoadTarget } from './target.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'sockets-process.ts')

/** Puts load on a server from a process of its own, over plain sockets. */
export async function loadBySockets(target: LoadTarget): Promise<Load> {
  const child = run(process.execPath, [script])
  child.child.stdin?.end(JSON.stringify(target))
  const { stdout } = await child
  // Written by the script above.
  const load = JSON.parse(stdout) as Load
  if (!(load.requestsPerSecond > 0 && load.requests > 0)) throw new Error(`${target.url} answered nothing`)
  return load
}
