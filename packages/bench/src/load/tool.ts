import { spawnSync } from 'node:child_process'
import { loadByAutocannon } from './autocannon.ts'
import type { Load, LoadTarget } from './target.ts'
import { loadByWrk } from './wrk.ts'

/** Puts load on a server, from another process. */
export interface LoadTool {
  readonly name: 'wrk' | 'autocannon'
  /** @throws Error when an answer was not a success. */
  readonly run: (target: LoadTarget) => Promise<Load>
}

/** `wrk` where it is installed, which takes less of the machine from the server; else autocannon. */
export function findLoadTool(): LoadTool {
  // It has no option that succeeds without a URL; whether it starts at all is what counts.
  const found = spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined
  return found ? { name: 'wrk', run: loadByWrk } : { name: 'autocannon', run: loadByAutocannon }
}
