import { and, lt, oneOf } from '@cardea/core'
import { limits, type StorageOperations, sessions, verifications } from '@cardea/storage'

/** How many rows one statement removes: few enough to hold nobody up. */
const portion = 500
/** How many of these one call removes from each table; the next call goes on. */
const mostPortions = 100

/** Clocks of nodes may differ, so what is over is left for a while. */
const hourMilliseconds = 3_600_000
/** Whoever comes back to a session that is over is told so, and not that there never was one. */
const sessionMilliseconds = 7 * 86_400_000

/**
 * Removes rows that say nothing any more. Anybody can have them written without being known (a guess, a code, a sign-in that
 * is begun and never ended), so without this tables would grow for ever. May run at any number of places at once.
 */
export async function purgeExpired(storage: StorageOperations, now: number): Promise<void> {
  const recently = lt('expires_at', now - hourMilliseconds)
  await inPortions(async () => {
    const rows = await storage.find(verifications, {
      where: recently,
      orderBy: [{ field: 'expires_at', direction: 'asc' }],
      limit: portion,
    })
    const ids = rows.map(({ id }) => id)
    if (ids.length > 0) await storage.delete(verifications, and(oneOf('id', ids), recently))
    return rows.length
  })
  await inPortions(async () => {
    const rows = await storage.find(limits, {
      where: recently,
      orderBy: [{ field: 'expires_at', direction: 'asc' }],
      limit: portion,
    })
    const keys = rows.map(({ key }) => key)
    // Somebody may have counted on it since.
    if (keys.length > 0) await storage.delete(limits, and(oneOf('key', keys), recently))
    return rows.length
  })
  const ended = lt('absolute_expires_at', now - sessionMilliseconds)
  await inPortions(async () => {
    const rows = await storage.find(sessions, {
      where: ended,
      orderBy: [{ field: 'absolute_expires_at', direction: 'asc' }],
      limit: portion,
    })
    const ids = rows.map(({ id }) => id)
    if (ids.length > 0) await storage.delete(sessions, and(oneOf('id', ids), ended))
    return rows.length
  })
}

/** Goes on until a portion is not full. The first come first, so that a database reads the index and not the table. */
async function inPortions(work: () => Promise<number>): Promise<void> {
  for (let done = 0; done < mostPortions; done += 1) if ((await work()) < portion) return
}
