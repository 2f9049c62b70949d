import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { ServerOrder, ServerQuestion, ServerReady, ServerUsage } from './message.ts'

const script = join(import.meta.dirname, 'server-process.ts')

/** A server in a process of its own. */
export interface RunningServer {
  readonly url: string
  /** How much time of processors it has used so far, in microseconds. */
  cpuMicroseconds(): Promise<number>
  /** How much memory it has, and how much of its heap is in use once garbage is collected. */
  memory(): Promise<ServerUsage>
  startProfile(): Promise<void>
  /** Writes a `.cpuprofile` of what its main thread has done since. */
  stopProfile(path: string): Promise<void>
  stop(): Promise<void>
}

export async function startServer(order: ServerOrder): Promise<RunningServer> {
  const child = fork(script, { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ask = <Answer>(message: ServerOrder | ServerQuestion): Promise<Answer> =>
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
    memory: async () => await ask<ServerUsage>('memory'),
    startProfile: async () => {
      await ask<ServerUsage>('start-profile')
    },
    stopProfile: async (path) => {
      await ask<ServerUsage>({ profileTo: path })
    },
    stop: async () => {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
