import { loadByAutocannon } from './autocannon.ts'
import { loadBySockets } from './sockets.ts'
import type { Load, LoadTarget } from './target.ts'
import { loadByWrk } from './wrk.ts'

const tools = { sockets: loadBySockets, autocannon: loadByAutocannon, wrk: loadByWrk } as const

export type LoadToolName = keyof typeof tools
/** The names of an object of ours; the first is the usual one. */
export const loadToolNames = Object.keys(tools) as readonly LoadToolName[]

/** Puts load on a server, from another process. */
export interface LoadTool {
  readonly name: LoadToolName
  /** @throws Error when an answer was not a success. */
  readonly run: (target: LoadTarget) => Promise<Load>
}

/** Others than our own are there to compare with; `wrk` has to be installed. */
export const loadTool = (name: LoadToolName): LoadTool => ({ name, run: tools[name] })
