import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { ServerOrder, ServerReady, ServerUsage } from './message.ts'

const script = join(import.meta.dirname, 'server-process.ts')

/** A server in a process of its own. */
export interface RunningServer {
  readonly url: string
  /** How much time of processors it has used so far, in microseconds. */
  cpuMicroseconds(): Promise<number>
  stop(): Promise<void>
}

/** @param nodeOptions Options of its Node, such as those of the profiler. */
export async function startServer(order: ServerOrder, nodeOptions: readonly string[] = []): Promise<RunningServer> {
  const child = fork(script, { execArgv: [...nodeOptions], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ask = <Answer>(message: ServerOrder | 'usage'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      // It answers one message after the other, each with what belongs to it.
      child.once('message', (answer) => resolve(answer as Answer))
      void exited.then(() => reject(new Error(`the ${order.library} server has ended`)))
      child.send(message)
    })
  const { port } = await ask<ServerReady>(order)
  return {
    url: `http://127.0.0.1:${port}`,
    cpuMicroseconds: async () => (await ask<ServerUsage>('usage')).cpuMicroseconds,
    stop: async () => {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
