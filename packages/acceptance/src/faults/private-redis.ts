import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { endWithUs } from '../children.js'
import { patience } from '../patience.js'
import { freePort } from './private-server.js'

/** A Redis of a test's own, which may be broken. It keeps nothing on a disk. */
export interface PrivateRedis {
  readonly port: number
  start(): Promise<void>
  /** Ends it as by `kill -9`. */
  kill(): Promise<void>
  /** Lets it answer nobody from now on, as a machine that hangs, or go on. */
  freeze(isFrozen: boolean): void
  /** Runs a command. @returns What it prints. */
  command(...words: string[]): string
}

/** Whether one can be started here. */
export const hasRedisServer = ((): boolean => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** It does not run yet. */
export async function createPrivateRedis(): Promise<PrivateRedis> {
  const port = await freePort()
  let running: { readonly child: ChildProcess; readonly exited: Promise<unknown> } | undefined
  return {
    port,
    start: async () => {
      const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()]
      const child = endWithUs(spawn('redis-server', words, { stdio: 'ignore' }))
      running = { child, exited: new Promise((resolve) => child.once('exit', resolve)) }
      const deadline = performance.now() + patience.timeout
      while (!(await answers(port))) {
        if (child.exitCode !== null || performance.now() > deadline) throw new Error('redis-server does not start')
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    },
    kill: async () => {
      running?.child.kill('SIGKILL')
      await running?.exited
      running = undefined
    },
    freeze: (isFrozen) => void running?.child.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT'),
    command: (...words) => execFileSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' }).trim(),
  }
}

function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  return new Promise((resolve) => {
    const end = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', end(true)).once('error', end(false))
  })
}
