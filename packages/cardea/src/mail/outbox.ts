import { and, eq } from '@cardea/core'
import { unseal } from '@cardea/core/crypto'
import { outbox, type RowOf, type StorageOperations } from '@cardea/storage'
import type { RequestInfo } from '../audit/request-context.js'
import { type EnqueueDeps, requestKey, sealing } from './insert-job.js'
import type { DeadLetter } from './jobs.js'

/** A job as it is kept. */
export type JobRow = RowOf<typeof outbox>

/** Attempts after which a mail is given up: the last about 20 minutes after the first. */
export const maximumAttempts = 8

/** What a job carries. */
interface ReadPayload {
  readonly value: object | undefined
  readonly request: RequestInfo | undefined
}

/** @returns Undefined when it cannot be decrypted, or is not what we have written. */
export function readPayload(deps: Pick<EnqueueDeps, 'keyring'>, { id, payload }: JobRow): ReadPayload | undefined {
  if (payload === null) return { value: undefined, request: undefined }
  const text = unseal(sealing(deps, id), payload)
  if (text === undefined) return undefined
  const read: unknown = JSON.parse(text)
  if (typeof read !== 'object' || read === null) return undefined
  // Sealed under the id of this row, so it is what `insertJob` has written.
  const { [requestKey]: request, ...value } = read as { readonly [requestKey]?: RequestInfo }
  return { value: Object.keys(value).length === 0 ? undefined : value, request }
}

/** Kept, so that it is prepared once. The earliest come first, those that are not due yet last. */
const waiting = { where: eq('state', 'pending'), orderBy: [{ field: 'due_at', direction: 'asc' }], limit: 20 } as const

/** The jobs that are due first. */
export const findWaiting = (operations: StorageOperations): Promise<readonly JobRow[]> =>
  operations.find(outbox, waiting)

/** The row as it was read: attempts only grow, so nobody has touched it since. */
const untouched = ({ id, attempts, due_at }: JobRow) =>
  and(eq('id', id), eq('state', 'pending'), eq('attempts', attempts), eq('due_at', due_at))

/**
 * Takes a job for a while, and counts the attempt before anything is tried.
 *
 * @param until When somebody else may take it, should this process be gone by then.
 * @returns The row as it is now; undefined when somebody else was faster.
 */
export async function claimJob(operations: StorageOperations, row: JobRow, until: number): Promise<JobRow | undefined> {
  const matched = await operations.update(outbox, {
    where: untouched(row),
    set: { due_at: until },
    increment: { attempts: 1 },
  })
  return matched === 1 ? { ...row, due_at: until, attempts: row.attempts + 1 } : undefined
}

/** Whoever may have taken it meanwhile: it was sent. */
export const removeJob = (operations: StorageOperations, { id }: JobRow): Promise<number> =>
  operations.delete(outbox, eq('id', id))

/** Has a job tried again, unless somebody else has taken it since. */
export const postponeJob = (
  operations: StorageOperations,
  row: JobRow,
  dueAt: number,
  lastError: string,
): Promise<number> =>
  operations.update(outbox, { where: untouched(row), set: { due_at: dueAt, last_error: lastError } })

/** Gives a job up; nothing of what it carried stays. */
export const buryJob = (operations: StorageOperations, row: JobRow, now: number, lastError: string): Promise<number> =>
  operations.update(outbox, {
    where: untouched(row),
    set: { state: 'dead', payload: null, due_at: now, last_error: lastError },
  })

export const countWaiting = (operations: StorageOperations): Promise<number> =>
  operations.count(outbox, eq('state', 'pending'))

/** The last that died first. */
export async function findDead(operations: StorageOperations, limit: number): Promise<readonly DeadLetter[]> {
  const rows = await operations.find(outbox, {
    where: eq('state', 'dead'),
    orderBy: [{ field: 'due_at', direction: 'desc' }],
    limit,
  })
  return rows.map(({ id, kind, collection, recipient, attempts, last_error, created_at }) => ({
    id,
    kind,
    collection,
    recipient,
    attempts,
    lastError: last_error ?? 'unknown',
    createdAt: created_at,
  }))
}

const deadOf = (id: string) => and(eq('id', id), eq('state', 'dead'))

export async function reviveJob(operations: StorageOperations, id: string, now: number): Promise<boolean> {
  const set = { state: 'pending', attempts: 0, due_at: now, last_error: null }
  return (await operations.update(outbox, { where: deadOf(id), set })) === 1
}

export const discardJob = async (operations: StorageOperations, id: string): Promise<boolean> =>
  (await operations.delete(outbox, deadOf(id))) === 1
