import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Lease, PooledDriver } from './pooled-driver.js'
import type { SqlDriver } from './sql-driver.js'

const lease: Lease = {
  over: false,
  run: async () => ({ rows: [['answer']], affected: 1 }),
  command: async () => undefined,
  commit: async () => undefined,
  giveBack: () => undefined,
  destroy: () => undefined,
}

describe('PooledDriver', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it.each<[string, (driver: SqlDriver) => unknown]>([
    ['read', (driver) => driver.read({ sql: 'select 1' }, [])],
    ['write', (driver) => driver.write({ sql: 'delete' }, [])],
    ['transaction', (driver) => driver.transaction(async (session) => session.read({ sql: 'select 1' }, []), 1)],
    ['pinned', (driver) => driver.pinned(async (session) => session.read({ sql: 'select 1' }, []))],
  ])('blames no database for the time that its library takes to load, at a first %s', async (_verb, first) => {
    const library = Promise.withResolvers<void>()
    let loads = 0
    const driver = new PooledDriver({
      leases: {
        load: () => {
          loads += 1
          return library.promise
        },
        acquire: async () => {
          await library.promise
          return lease
        },
        close: async () => undefined,
      },
      statementTimeoutMilliseconds: 1_500,
      begin: () => ['begin'],
      isConnectionLost: () => false,
      isPreparedStatementLost: () => false,
    })
    const answer = Promise.resolve(first(driver)).then(
      () => 'answered',
      (error: unknown) => String(error),
    )
    await vi.advanceTimersByTimeAsync(30_000)
    library.resolve()
    expect(await answer).toBe('answered')
    await first(driver)
    expect(loads).toBe(1)
  })
})
