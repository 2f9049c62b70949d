import { and, eq, lte } from '@cardea/core'
import { type StorageOperations, sessions } from '@cardea/storage'
import type { SessionLifetimes } from '../lifetimes.js'
import type { SessionRow } from './session-row.js'

/** How exact `last_used_at` is: a session in constant use is written once in this time. */
const intervalMilliseconds = 60_000

export interface LastUsedDeps {
  readonly storage: StorageOperations
  readonly lifetimesOf: (collection: string) => SessionLifetimes
  readonly background: (work: Promise<unknown>) => void
}

/** Notes that a session was used, and so keeps it from going idle. */
export type NoteUse = (row: SessionRow, now: number) => void

/**
 * Builds the note of use. It is written behind the answer's back, at most once a minute for each session, and by a
 * condition that never turns time back.
 */
export function createNoteUse(deps: LastUsedDeps): NoteUse {
  const { storage, lifetimesOf, background } = deps
  const inFlight = new Set<string>()

  return (row, now) => {
    if (now - row.last_used_at < intervalMilliseconds || inFlight.has(row.id)) return
    inFlight.add(row.id)
    const { idleSeconds } = lifetimesOf(row.principal.collection)
    const written = storage
      .update(sessions, {
        where: and(eq('id', row.id), eq('epoch', row.epoch), lte('last_used_at', now - intervalMilliseconds)),
        set: {
          last_used_at: now,
          idle_expires_at: Math.min(now + idleSeconds * 1_000, row.absolute_expires_at),
        },
      })
      .finally(() => inFlight.delete(row.id))
    background(written)
  }
}
