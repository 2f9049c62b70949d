import { and, eq, gte, matches, param } from '@cardea/core'
import { type FindOneQuery, principals, type StorageOperations } from '@cardea/storage'
import { activeStatus, disabledStatus, type PrincipalState, toPrincipalState } from './principal-state.js'

/** Nobody has guessed wrong, and of no lock was the owner told. */
export const forgiven = { failed_attempts: 0, lock_told: false } as const

const byId: FindOneQuery<typeof principals> = { where: eq('id', param('id')) }

/** Makes an active principal. @throws CardeaError `unique_violation` when its record has one already. */
export async function createPrincipal(
  transaction: StorageOperations,
  principal: {
    readonly id: string
    readonly collection: string
    readonly recordKey: string
    readonly now: number
    /** Whether the address is verified, where the record does not say. */
    readonly verified?: boolean
  },
): Promise<void> {
  await transaction.insert(principals, {
    id: principal.id,
    collection: principal.collection,
    record_key: principal.recordKey,
    status: activeStatus,
    ...(principal.verified === undefined ? {} : { verified: principal.verified }),
    created_at: principal.now,
  })
}

export async function findPrincipal(storage: StorageOperations, id: string): Promise<PrincipalState | undefined> {
  const row = await storage.findOne(principals, byId, { id })
  return row === undefined ? undefined : toPrincipalState(row)
}

/**
 * Locks a principal's row until the transaction ends: the first statement of whatever reads several of a principal's rows
 * and then changes them by what it read.
 *
 * @param expectedEpoch The epoch of the proof that the change rests on, if it has to be that still.
 * @returns Whether there is such a principal, at that epoch.
 */
export async function lockPrincipal(
  transaction: StorageOperations,
  principalId: string,
  expectedEpoch?: number,
): Promise<boolean> {
  const where = expectedEpoch === undefined ? eq('id', principalId) : matches({ id: principalId, epoch: expectedEpoch })
  // Adding 0 takes the lock on every database.
  return (await transaction.update(principals, { where, increment: { epoch: 0 } })) === 1
}

/**
 * Makes everything that was issued to a principal before worthless: sessions, tokens, pending secrets, proofs in flight.
 *
 * @param options.expectedEpoch The epoch of the proof that the change rests on. If the principal has moved on since, the
 * proof is worth nothing any more, nothing is changed, and the caller gives up.
 * @param options.forgive Whether wrong guesses are forgotten as well, since the change is a proof of who the principal is.
 * @returns The new epoch; undefined when there is no such principal or its epoch is not the expected one.
 */
export async function bumpEpoch(
  transaction: StorageOperations,
  principalId: string,
  options: { readonly expectedEpoch?: number; readonly forgive?: boolean } = {},
): Promise<number | undefined> {
  const { expectedEpoch, forgive = false } = options
  const where = expectedEpoch === undefined ? eq('id', principalId) : matches({ id: principalId, epoch: expectedEpoch })
  const changed = await transaction.update(principals, {
    where,
    increment: { epoch: 1 },
    ...(forgive ? { set: forgiven } : {}),
  })
  if (changed === 0) return undefined
  if (expectedEpoch !== undefined) return expectedEpoch + 1
  // The row is locked by the change, so what is read is what this transaction made it.
  return (await transaction.findOne(principals, byId, { id: principalId }))?.epoch
}

/**
 * Keeps a principal from signing in and ends all it has, until it is enabled again; what ended stays ended.
 *
 * The transaction has taken the policy mutex before, as everything does that could take the last administrator away.
 *
 * @returns Whether there is such a principal.
 */
export async function disablePrincipal(transaction: StorageOperations, id: string): Promise<boolean> {
  return await setStatus(transaction, id, disabledStatus)
}

/** Lets a disabled principal sign in again. @returns Whether there is such a principal. */
export async function enablePrincipal(transaction: StorageOperations, id: string): Promise<boolean> {
  return await setStatus(transaction, id, activeStatus)
}

/**
 * Deletes a principal with its identifiers, password and sessions. Its record in the collection's table goes first.
 *
 * The transaction has taken the policy mutex before, as in {@link disablePrincipal}.
 *
 * @returns Whether there was such a principal.
 */
export async function deletePrincipal(transaction: StorageOperations, id: string): Promise<boolean> {
  return (await transaction.delete(principals, eq('id', id))) === 1
}

/** Counts a wrong guess, of whatever kind and from wherever; one statement. */
export async function countFailedAttempt(storage: StorageOperations, id: string): Promise<void> {
  await storage.update(principals, { where: eq('id', id), increment: { failed_attempts: 1 } })
}

/** Forgets wrong guesses, after somebody has proved to be the principal. */
export async function clearFailedAttempts(storage: StorageOperations, id: string): Promise<void> {
  await storage.update(principals, { where: eq('id', id), set: forgiven })
}

/**
 * Notes that the owner is told of the lock that so many wrong guesses are; one statement.
 *
 * @returns Whether there is such a lock, of which nobody has told yet: of all who ask at any time, one hears so.
 */
export async function claimLockNotice(
  storage: StorageOperations,
  id: string,
  failedAttempts: number,
): Promise<boolean> {
  const changed = await storage.update(principals, {
    where: and(matches({ id, lock_told: false }), gte('failed_attempts', failedAttempts)),
    set: { lock_told: true },
  })
  return changed === 1
}

async function setStatus(transaction: StorageOperations, id: string, status: string): Promise<boolean> {
  const changed = await transaction.update(principals, {
    where: eq('id', id),
    set: { status },
    increment: { epoch: 1 },
  })
  return changed === 1
}
