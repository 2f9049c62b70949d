import { CardeaError } from '@cardea/core'
import { acquireTimeoutMilliseconds } from '../driver/pooled-driver.js'
import type { PostgresPool } from './client.js'

/** A pool, and whether it is ours to end. */
export interface PoolSource {
  pool(): Promise<PostgresPool>
  close(): Promise<void>
}

/** The app's pool stays the app's. */
export const sharedPool = (pool: PostgresPool): PoolSource => ({
  pool: async () => pool,
  close: async () => {},
})

/** A pool of our own, made at first use. */
export function ownPool(url: string, size: number): PoolSource {
  let made: Promise<PostgresPool & { end(): Promise<void> }> | undefined
  let closed = false
  return {
    pool: () => {
      if (closed) return Promise.reject(new Error('Cannot use a pool after calling end on the pool'))
      made ??= makePool(url, size)
      return made
    },
    close: async () => {
      if (closed) return
      closed = true
      const pool = await made?.catch(() => undefined)
      await pool?.end()
    },
  }
}

async function makePool(url: string, size: number) {
  const { default: pg } = await import('pg').catch((cause: unknown) => {
    throw new CardeaError(
      'configuration_invalid',
      'postgres: a URL needs the package pg; install it, or hand in a pool',
      {
        cause,
      },
    )
  })
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: acquireTimeoutMilliseconds,
    idleTimeoutMillis: 30_000,
    // A firewall that drops quiet connections, or a server that is gone, is noticed.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Free connections do not keep a process from ending.
    allowExitOnIdle: true,
  })
  // The pool drops the client by itself; without a listener, the error would end the process.
  pool.on('error', () => {})
  return pool
}
