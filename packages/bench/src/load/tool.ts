import { spawnSync } from 'node:child_process'
import { loadByAutocannon } from './autocannon.ts'
import { loadByWrk } from './wrk.ts'

/** A route under load. */
export interface LoadTarget {
  readonly url: string
  /** Headers of each request, in turn. */
  readonly headers: readonly Readonly<Record<string, string>>[]
  readonly connections: number
  readonly seconds: number
  /** For files that the tool needs. */
  readonly folder: string
}

/** Puts load on a server, from another process. */
export interface LoadTool {
  readonly name: 'wrk' | 'autocannon'
  /** @returns Requests per second. @throws Error when an answer was not a success. */
  readonly run: (target: LoadTarget) => Promise<number>
}

/** `wrk` where it is installed, which takes less of the machine from the server; else autocannon. */
export function findLoadTool(): LoadTool {
  // It has no option that succeeds without a URL; whether it starts at all is what counts.
  const found = spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined
  return found ? { name: 'wrk', run: loadByWrk } : { name: 'autocannon', run: loadByAutocannon }
}
