import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { RateLimitBucket, RateLimitStore } from '@cardea/core/limits'
import { endWithUs } from '../children.js'

/** What a module exports that a process of its own is to count with: `openStore`. */
export type OpenStore = (
  url: string,
) => Promise<{ readonly store: RateLimitStore; readonly close: () => Promise<void> }>

/** So many requests at once, each for these buckets. */
export interface Burst {
  readonly requests: number
  readonly buckets: readonly RateLimitBucket[]
}

/** A node that counts requests when it is told to. */
export interface Counter {
  /** @returns How many were let through. */
  run(burst: Burst): Promise<number>
  stop(): Promise<void>
}

/**
 * Starts a process and waits until its store is open.
 *
 * @param module The path of a module that exports an {@link OpenStore} as `openStore`.
 */
export async function startCounter(module: string, url: string): Promise<Counter> {
  // Nothing of the flags under which the tests run: the process is one as an app has it.
  const child = endWithUs(
    fork(join(import.meta.dirname, 'counter-process.ts'), [module, url], { execArgv: [], stdio: 'inherit' }),
  )
  await said(child)
  return {
    run: async (burst) => {
      child.send(burst)
      const passed = await said(child)
      if (typeof passed !== 'number') throw new Error(String(passed))
      return passed
    },
    stop: async () => {
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}

/** What the process says next; an error when it ends instead. */
function said(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      child.off('exit', onExit)
      resolve(message)
    }
    const onExit = (code: number | null): void => {
      child.off('message', onMessage)
      reject(new Error(`the process ended with ${code}`))
    }
    child.once('message', onMessage)
    child.once('exit', onExit)
  })
}
