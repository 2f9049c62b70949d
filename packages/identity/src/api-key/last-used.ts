import { and, eq, isNull, lte, or } from '@cardea/core'
import { canonicalAddress } from '@cardea/core/network'
import { apiKeys, type RowOf, type StorageOperations } from '@cardea/storage'

/** How exact `last_used_at` is: a key in constant use is written once in this time. */
const intervalMilliseconds = 60_000

/** Notes that a key was used, and from where, as far as that is known. */
export type NoteKeyUse = (row: RowOf<typeof apiKeys>, now: number, ip: string | null | undefined) => void

/**
 * Builds the note of use. It is written behind the answer's back, at most once a minute for each key, and by a condition
 * that never turns time back.
 */
export function createNoteKeyUse(storage: StorageOperations, background: (work: Promise<unknown>) => void): NoteKeyUse {
  const inFlight = new Set<string>()
  return (row, now, ip) => {
    const { id, last_used_at: before } = row
    if ((before !== null && now - before < intervalMilliseconds) || inFlight.has(id)) return
    inFlight.add(id)
    const written = storage
      .update(apiKeys, {
        where: and(eq('id', id), or(isNull('last_used_at'), lte('last_used_at', now - intervalMilliseconds))),
        // Both or neither: an address must not stand beside the time of another use.
        set: { last_used_at: now, last_used_ip: canonicalAddress(ip ?? '') },
      })
      .finally(() => inFlight.delete(id))
    background(written)
  }
}
