import { patience } from '../patience.js'
import type { Random } from '../seed.js'
import type { TcpProxy } from '../tcp-proxy.js'
import type { PrivateServer } from './private-server.js'

/** What a fault can be done with. */
export interface Scene {
  readonly server: PrivateServer
  readonly proxy: TcpProxy
  readonly random: Random
}

/** Something that goes wrong between a server and its database, and is over when `run` returns. */
export interface Fault {
  readonly name: string
  /** How many requests fail meanwhile. A fault of which nobody notices anything proves nothing. */
  readonly failures: 'some' | 'any' | 'none'
  /** The shortest runs that it is part of. */
  readonly since: 'test' | 'ci' | 'long'
  run(scene: Scene): Promise<void>
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

export const faults: readonly Fault[] = [
  {
    name: 'its database is restarted at once',
    failures: 'any',
    since: 'test',
    run: async ({ server }) => {
      await server.crash()
      await server.start()
    },
  },
  {
    name: 'its database stays away for a while',
    failures: 'some',
    since: 'long',
    run: async ({ server }) => {
      await server.crash()
      await pause(2_500)
      await server.start()
    },
  },
  {
    name: 'its connections are ended one by one',
    failures: 'any',
    since: 'ci',
    run: async ({ server, random }) => {
      let ended = 0
      const deadline = performance.now() + patience.timeout
      while (ended < 20) {
        const connections = await server.connections()
        if (connections.length > 0) {
          await server.endConnection(random.pick(connections))
          ended += 1
        }
        if (performance.now() > deadline) throw new Error('there were hardly any connections to end')
        await pause(80)
      }
    },
  },
  {
    name: 'the network swallows everything',
    failures: 'some',
    since: 'ci',
    run: async ({ proxy }) => {
      proxy.set('blackhole')
      await pause(3_500)
    },
  },
  {
    name: 'the network resets every connection',
    failures: 'some',
    since: 'long',
    run: async ({ proxy }) => {
      proxy.set('refuse')
      await pause(1_500)
    },
  },
  {
    name: 'connections break in the middle of an answer',
    failures: 'some',
    since: 'long',
    run: async ({ proxy, random }) => {
      for (let count = 0; count < 8; count += 1) {
        proxy.set({ cutAfterBytes: 500 + random.below(4_000) })
        await pause(250)
      }
    },
  },
  {
    name: 'answers to COMMIT are lost',
    failures: 'some',
    since: 'ci',
    run: async ({ proxy }) => {
      proxy.set('loseCommit')
      // Whoever waits for such an answer gives up after two seconds.
      await pause(3_500)
    },
  },
  {
    name: 'the network is slow',
    failures: 'none',
    since: 'long',
    run: async ({ proxy }) => {
      proxy.set({ latencyMilliseconds: 15 })
      await pause(2_000)
    },
  },
]
