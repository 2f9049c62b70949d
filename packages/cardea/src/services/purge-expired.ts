import { and, type Condition, eq, lt, oneOf } from '@cardea/core'
import {
  audit,
  devices,
  limits,
  outbox,
  type StorageOperations,
  sessions,
  type Table,
  verifications,
} from '@cardea/storage'

/** How many rows one statement removes: few enough to hold nobody up. */
const portion = 500
/** How many of these one call removes from each table; the next call goes on. */
const mostPortions = 100

const hourMilliseconds = 3_600_000
const dayMilliseconds = 86_400_000

/** Rows of a table that are over, found in the order of an index. */
interface Expired {
  readonly table: Table
  /** The column of a key that tells rows apart. */
  readonly key: string
  /** When a row was over, or ends a time after which it is. */
  readonly instant: string
  /** Rows with an instant before this one. */
  readonly before: number
  /** What else they have in common, where the index begins with it. */
  readonly where?: Condition
}

/** What is removed, and when. */
function expired(now: number, retentionDays: number | null | undefined): readonly Expired[] {
  // Clocks of nodes may differ, so what is over is left for a while.
  const recently = now - hourMilliseconds
  return [
    { table: verifications, key: 'id', instant: 'expires_at', before: recently },
    // Somebody may have counted on it since; the condition is asked once more when it is removed.
    { table: limits, key: 'key', instant: 'expires_at', before: recently },
    // Whoever comes back to a session that is over is told so, and not that there never was one.
    { table: sessions, key: 'id', instant: 'absolute_expires_at', before: now - 7 * dayMilliseconds },
    // They hold an address.
    { table: outbox, key: 'id', instant: 'due_at', before: now - 30 * dayMilliseconds, where: eq('state', 'dead') },
    // Browsers forget their cookie after 400 days (RFC 6265bis §5.5), so it will not come again.
    { table: devices, key: 'device_hash', instant: 'last_seen_at', before: now - 400 * dayMilliseconds },
    ...(retentionDays === null || retentionDays === undefined
      ? []
      : [{ table: audit, key: 'id', instant: 'at', before: now - retentionDays * dayMilliseconds }]),
  ]
}

/**
 * Removes rows that say nothing any more. Anybody can have them written without being known (a guess, a code, a sign-in that
 * is begun and never ended), so without this tables would grow for ever. May run at any number of places at once, and be
 * interrupted anywhere.
 */
export async function purgeExpired(
  storage: StorageOperations,
  now: number,
  retentionDays?: number | null,
): Promise<void> {
  for (const each of expired(now, retentionDays)) await removeAll(storage, each)
}

/** Goes on until a portion is not full. The first come first, so that a database reads the index and not the table. */
async function removeAll(storage: StorageOperations, { table, key, instant, before, where }: Expired): Promise<void> {
  const over = where === undefined ? lt(instant, before) : and(where, lt(instant, before))
  for (let done = 0; done < mostPortions; done += 1) {
    const rows = await storage.find(table, {
      where: over,
      orderBy: [{ field: instant, direction: 'asc' }],
      limit: portion,
    })
    const keys = rows.map((row) => String(Reflect.get(row, key)))
    if (keys.length > 0) await storage.delete(table, and(oneOf(key, keys), over))
    if (rows.length < portion) return
  }
}
