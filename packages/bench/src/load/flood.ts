import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { FloodOrder, FloodReport, ProbeOrder, ProbeReport } from './flood-order.ts'

/** A flood that is under way. */
export interface Flood {
  /** Lets the last answers arrive. */
  stop(): Promise<FloodReport>
}

export function startFlood(order: FloodOrder): Flood {
  const child = start('flood-process.ts')
  child.send(order)
  return {
    stop: async () => {
      // Its only message.
      const report = nextMessage(child) as Promise<FloodReport>
      child.send('stop')
      return await report
    },
  }
}

export async function probe(order: ProbeOrder): Promise<ProbeReport> {
  const child = start('probe-process.ts')
  // Its only message.
  const report = nextMessage(child) as Promise<ProbeReport>
  child.send(order)
  return await report
}

const start = (script: string): ChildProcess => fork(join(import.meta.dirname, script), { execArgv: [] })

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', () => reject(new Error('a process that puts load on a server has ended')))
  })
}
