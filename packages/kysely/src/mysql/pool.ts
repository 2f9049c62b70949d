import { CardeaError } from '@cardea/core'
import { acquireTimeoutMilliseconds } from '../driver/pooled-driver.js'
import type { MysqlCallbackPool } from './client.js'

/** A pool, and whether it is ours to set up and to end. */
export interface MysqlPoolSource {
  readonly owned: boolean
  pool(): Promise<MysqlCallbackPool>
  close(): Promise<void>
}

/** The app's pool stays the app's. */
export const sharedPool = (pool: MysqlCallbackPool): MysqlPoolSource => ({
  owned: false,
  pool: async () => pool,
  close: async () => {},
})

/** A pool of our own, made at first use. */
export function ownPool(url: string, size: number): MysqlPoolSource {
  let made: Promise<OwnPool> | undefined
  let closed = false
  return {
    owned: true,
    pool: () => {
      if (closed) return Promise.reject(new Error('Pool is closed.'))
      made ??= makePool(url, size)
      return made
    },
    close: async () => {
      if (closed) return
      closed = true
      const pool = await made?.catch(() => undefined)
      if (pool === undefined) return
      // What ends with an error has ended as well.
      await new Promise<void>((resolve) => pool.end(() => resolve()))
    },
  }
}

interface OwnPool extends MysqlCallbackPool {
  end(callback: (error: unknown) => void): unknown
}

async function makePool(url: string, size: number): Promise<OwnPool> {
  const { createPool } = await import('mysql2').catch((cause: unknown) => {
    throw new CardeaError(
      'configuration_invalid',
      'mysql: a URL needs the package mysql2; install it, or hand in a pool',
      { cause },
    )
  })
  const pool = createPool({
    uri: url,
    connectionLimit: size,
    connectTimeout: acquireTimeoutMilliseconds,
    charset: 'UTF8MB4_BIN',
    // An update answers how many rows met its condition; a server may not ask for files of ours.
    flags: ['FOUND_ROWS', '-LOCAL_FILES'],
    maxPreparedStatements: 500,
    // A firewall that drops quiet connections, or a server that is gone, is noticed.
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
  })
  // Free connections do not keep a process from ending.
  pool.on('acquire', ({ stream }: Streamed) => stream?.ref?.())
  pool.on('release', ({ stream }: Streamed) => stream?.unref?.())
  pool.on('connection', (connection) => {
    // The pool drops the connection by itself, but listens only once; a second error would end the process.
    connection.on('error', () => {})
  })
  return pool
}

interface Streamed {
  readonly stream?: { ref?(): unknown; unref?(): unknown }
}
