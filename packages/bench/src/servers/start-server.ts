import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { ServerOrder, ServerReady } from './message.ts'

const script = join(import.meta.dirname, 'server-process.ts')

/** A server in a process of its own. */
export interface RunningServer {
  readonly url: string
  stop(): Promise<void>
}

/** @param nodeOptions Options of its Node, such as those of the profiler. */
export async function startServer(order: ServerOrder, nodeOptions: readonly string[] = []): Promise<RunningServer> {
  const child = fork(script, { execArgv: [...nodeOptions], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ready = await new Promise<ServerReady>((resolve, reject) => {
    // The only message that it sends.
    child.once('message', (message) => resolve(message as ServerReady))
    void exited.then(() => reject(new Error(`the ${order.library} server ended before it listened`)))
    child.send(order)
  })
  return {
    url: `http://127.0.0.1:${ready.port}`,
    stop: async () => {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
