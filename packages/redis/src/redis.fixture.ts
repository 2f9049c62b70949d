import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { RedisClient, RedisPublisher } from './clients.js'
import type { RedisTimers } from './timers.js'

/** The Redis that all tests share: nothing but keys of a prefix of one's own is touched there. */
export const testRedisUrl = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379'

/** Whether it answers. @throws Error where it does not and the environment variable `CI` is set. */
export async function hasTestRedis(): Promise<boolean> {
  const { hostname, port } = new URL(testRedisUrl)
  const isThere = await answers(Number(port || 6379), hostname)
  if (!isThere && process.env['CI']) throw new Error('no Redis answers at TEST_REDIS_URL, and CI is set')
  return isThere
}

/** Whether a server of a test's own can be started. */
export const hasRedisServer = ((): boolean => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

function answers(port: number, host: string): Promise<boolean> {
  const socket = connect({ host, port, timeout: 2_000 })
  return new Promise((resolve) => {
    const end = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })
}

/** A client of one of the packages, as an app would make it. */
export interface TestClient {
  readonly client: RedisClient & RedisPublisher
  readonly command: (...words: string[]) => Promise<unknown>
  readonly close: () => void
}

export interface ClientKind {
  readonly name: 'redis' | 'ioredis'
  /** @param offlineQueue Whether commands wait for a connection, as they do by default. */
  readonly open: (url: string, offlineQueue?: boolean) => Promise<TestClient>
}

export const clientKinds: readonly ClientKind[] = [
  {
    name: 'redis',
    open: async (url, offlineQueue = false) => {
      const socket = { reconnectStrategy: 20 }
      const client = createClient({ url, socket, disableOfflineQueue: !offlineQueue })
      client.on('error', () => undefined)
      const connecting = client.connect().catch(() => undefined)
      if (await isListening(url)) await connecting
      return {
        client,
        command: (...words) => client.sendCommand(words),
        close: () => {
          if (client.isOpen) client.destroy()
        },
      }
    },
  },
  {
    name: 'ioredis',
    open: async (url, offlineQueue = false) => {
      const client = new Redis(url, {
        retryStrategy: () => 20,
        enableOfflineQueue: offlineQueue,
        maxRetriesPerRequest: null,
      })
      client.on('error', () => undefined)
      if (await isListening(url)) await once(client, 'ready')
      return {
        client,
        command: (word = '', ...words) => client.call(word, ...words),
        close: () => client.disconnect(),
      }
    },
  },
]

const isListening = (url: string): Promise<boolean> => answers(Number(new URL(url).port || 6379), new URL(url).hostname)

/** A server of a test's own, which may be broken. */
export interface PrivateRedis {
  readonly url: string
  readonly port: number
  start(...words: string[]): Promise<void>
  /** Ends it as by `kill -9`. */
  kill(): Promise<void>
  /** Ends it for good. */
  remove(): Promise<void>
  /** Runs a command past all clients. */
  command(...words: string[]): string
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** It does not run yet. */
export async function privateRedis(): Promise<PrivateRedis> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'cardea-redis-'))
  let server: ChildProcess | undefined
  const redis: PrivateRedis = {
    port,
    url: `redis://127.0.0.1:${port}`,
    start: async (...words) => {
      const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
      const child = spawn('redis-server', [...fixed, ...words], { stdio: 'ignore' })
      running.add(child)
      child.once('exit', () => running.delete(child))
      server = child
      for (let tries = 0; !(await answers(port, '127.0.0.1')); tries += 1) {
        if (tries === 400) throw new Error('redis-server does not start')
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    },
    kill: async () => {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
      const exited = once(server, 'exit')
      server.kill('SIGKILL')
      await exited
    },
    remove: async () => {
      await redis.kill()
      rmSync(folder, { recursive: true, force: true })
    },
    command: (...words) => execFileSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' }).trim(),
  }
  return redis
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Listening on TCP, so the address is one of a socket.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Timers that only go when told. */
export function createTestTimers(): RedisTimers & { advance(milliseconds: number): void; waiting(): number } {
  let now = 0
  const waiting = new Set<{ readonly at: number; readonly work: () => void }>()
  return {
    after(milliseconds, work) {
      const entry = { at: now + milliseconds, work }
      waiting.add(entry)
      return () => waiting.delete(entry)
    },
    advance(milliseconds) {
      now += milliseconds
      for (const entry of waiting) {
        if (entry.at > now) continue
        waiting.delete(entry)
        entry.work()
      }
    },
    waiting: () => waiting.size,
  }
}

/** A logger that keeps what it is told. */
export function createTestLogger() {
  const lines: string[] = []
  const note =
    (level: string) =>
    (message: string, { error }: { readonly error?: unknown } = {}): void => {
      lines.push(`${level} ${message}${error instanceof Error ? ` ${error.message}` : ''}`)
    }
  return { lines, info: note('info'), warn: note('warn') }
}
