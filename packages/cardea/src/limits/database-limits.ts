import { and, databaseNow, eq, gt, lte, oneOf, or } from '@cardea/core'
import { hmacSha256, type Keyring } from '@cardea/core/crypto'
import type { RateLimitBucket, RateLimitDecision, RateLimitRule, RateLimitStore } from '@cardea/core/limits'
import { limits, type RowOf, type StorageOperations } from '@cardea/storage'
import { inTurn } from './in-turn.js'

interface Deps {
  readonly storage: StorageOperations
  readonly keyring: Keyring
}

/** A bucket as the table has it: whole milliseconds, and a name that tells nobody's address. */
interface Cell {
  readonly key: string
  /** What one request costs. */
  readonly interval: number
  /** What a full bucket holds. */
  readonly tolerance: number
}

/**
 * Counts requests in the database, so that all nodes together let through what one would, by the database's clock.
 *
 * A request that passes costs one statement and one more for each bucket (a network of IPv6 has two); the first of a network
 * one more. A decision is one conditional statement, so no two requests get the same place, and no lock is held between
 * statements: where a later bucket is full, what the earlier ones counted is given back. What is left is told from before the
 * statement, so of many at once some are told more.
 */
export function createDatabaseRateLimits({ storage, keyring }: Deps): RateLimitStore {
  const cellOf = ({ key, rule }: RateLimitBucket): Cell => {
    const interval = intervalOf(rule)
    return {
      key: `request:${hmacSha256(keyring.current('account-key').bytes, key)}`,
      interval,
      tolerance: interval * Math.max(1, Math.floor(rule.burst)),
    }
  }
  const read = async (cells: readonly Cell[]): Promise<ReadonlyMap<string, RowOf<typeof limits>>> => {
    const keys = cells.map(({ key }) => key)
    const rows = await storage.find(limits, { where: oneOf('key', keys), limit: keys.length })
    return new Map(rows.map((row) => [row.key, row]))
  }

  /** For a bucket that nobody has counted on of late. One that is fuller than full was written by a clock that was ahead. */
  const begin = async ({ key, interval, tolerance }: Cell): Promise<boolean> => {
    const isIdle = or(lte('arrival', databaseNow()), gt('arrival', databaseNow(tolerance + interval)))
    const set = { arrival: databaseNow(interval), expires_at: databaseNow(interval) }
    return (await storage.update(limits, { where: and(eq('key', key), isIdle), set })) === 1
  }
  const increase = async ({ key, interval, tolerance }: Cell): Promise<boolean> => {
    const hasRoom = and(gt('arrival', databaseNow()), lte('arrival', databaseNow(tolerance - interval)))
    const increment = { arrival: interval, expires_at: interval }
    return (await storage.update(limits, { where: and(eq('key', key), hasRoom), increment })) === 1
  }
  const count = async (cell: Cell, arrival: number | undefined, now: number): Promise<boolean> => {
    if (arrival === undefined) {
      const row = { key: cell.key, arrival: 0, expires_at: now + cell.interval }
      await storage.insert(limits, row, { onConflict: { key: 'primary', do: 'nothing' } })
    }
    // This machine's clock says only what to try first.
    const [first, second] = (arrival ?? 0) <= now ? [begin, increase] : [increase, begin]
    return (await first(cell)) || (await second(cell))
  }
  const giveBack = async (cells: readonly Cell[]): Promise<void> => {
    for (const { key, interval } of cells) {
      const where = and(eq('key', key), gt('arrival', databaseNow()))
      await storage.update(limits, { where, increment: { arrival: -interval } })
    }
  }

  return inTurn({
    take: async (buckets, now) => {
      const cells = buckets.map(cellOf)
      const rows = await read(cells)
      const counted: Cell[] = []
      for (const cell of cells) {
        if (!(await count(cell, rows.get(cell.key)?.arrival, now))) {
          await giveBack(counted)
          return refuse(cell, cells, rows.get(cell.key)?.arrival, now)
        }
        counted.push(cell)
      }
      return cells.map((cell) => passed(cell, rows.get(cell.key)?.arrival, now))
    },
    giveBack: (buckets) => giveBack(buckets.map(cellOf)),
  })
}

/** The table counts whole milliseconds; rounded up, so that it is never more generous than the rule. */
const intervalOf = ({ limit, periodSeconds }: RateLimitRule): number =>
  Math.max(1, Math.ceil((periodSeconds * 1_000) / limit))

function passed({ interval, tolerance }: Cell, before: number | undefined, now: number): RateLimitDecision {
  const arrival = Math.max(before ?? now, now) + interval
  const remaining = Math.max(0, Math.floor((tolerance - (arrival - now)) / interval))
  const wait = arrival + interval - tolerance - now
  return { allowed: true, remaining, retryAfterMilliseconds: remaining > 0 ? 0 : within(wait, tolerance) }
}

function refuse(
  full: Cell,
  cells: readonly Cell[],
  before: number | undefined,
  now: number,
): readonly RateLimitDecision[] {
  // Where others have filled it in this very moment, it was empty before, and an interval is what is to be waited.
  const isFull = before !== undefined && before + full.interval - full.tolerance > now
  const wait = isFull ? before + full.interval - full.tolerance - now : full.interval
  const refusal = { allowed: false, remaining: 0, retryAfterMilliseconds: within(wait, full.tolerance) }
  return cells.map((cell) => (cell === full ? refusal : { allowed: true, remaining: 1, retryAfterMilliseconds: 0 }))
}

/** The clock of this machine may be off, but nobody ever waits less than a moment or longer than a bucket takes to drain. */
const within = (wait: number, tolerance: number): number => Math.min(Math.max(1, wait), tolerance)
