import { and, type Condition, eq, gt, matches } from '@cardea/core'
import { type RowOf, type StorageOperations, verifications } from '@cardea/storage'
import { principalsOfMany } from '../of-many/principals-of-many.js'
import type { WaitingVerification } from './verification.js'
import type { ExpectedVerification } from './verifications.js'

type Row = RowOf<typeof verifications>

/** A part of a list, in the order of subjects, which are different. */
export interface WaitingPart {
  readonly limit: number
  readonly offset?: number
  /** The subject of the last one before. */
  readonly after?: string | undefined
}

/**
 * By the beginning of the unique key, which has them in their order. What is over counts until it is cleared away, so that no
 * other column takes part.
 */
const ofKind = ({ purpose, collection }: ExpectedVerification): Condition => matches({ purpose, collection })

/** Secrets of one purpose and collection, also those that are over and not cleared away yet. Two statements, however many. */
export async function listWaiting(
  storage: StorageOperations,
  expected: ExpectedVerification,
  now: number,
  { limit, offset = 0, after }: WaitingPart,
): Promise<readonly WaitingVerification[]> {
  const all = ofKind(expected)
  const rows = await storage.find(verifications, {
    where: after === undefined ? all : and(all, gt('subject', after)),
    orderBy: [{ field: 'subject', direction: 'asc' }],
    limit,
    offset,
  })
  return await withPrincipals(storage, rows, now)
}

export const countWaiting = (storage: StorageOperations, expected: ExpectedVerification): Promise<number> =>
  storage.count(verifications, ofKind(expected))

export async function findWaiting(
  storage: StorageOperations,
  id: string,
  expected: ExpectedVerification,
  now: number,
): Promise<WaitingVerification | undefined> {
  const row = await storage.findOne(verifications, { where: and(eq('id', id), ofKind(expected)) })
  return row === undefined ? undefined : (await withPrincipals(storage, [row], now))[0]
}

/** Ends one. @returns Whether there was one, which at most one caller is told. */
export async function endWaiting(
  transaction: StorageOperations,
  id: string,
  expected: ExpectedVerification,
): Promise<boolean> {
  return (await transaction.delete(verifications, and(eq('id', id), ofKind(expected)))) === 1
}

async function withPrincipals(
  storage: StorageOperations,
  rows: readonly Row[],
  now: number,
): Promise<readonly WaitingVerification[]> {
  const ids = new Set(rows.flatMap(({ principal_id: id }) => id ?? []))
  const principals = await principalsOfMany(storage, [...ids])
  const isCurrent = ({ principal_id: id, epoch }: Row): boolean => {
    const principal = id === null ? undefined : principals.get(id)
    return id === null || (principal?.active === true && principal.epoch === epoch)
  }
  return rows.map((row) => ({
    id: row.id,
    subject: row.subject,
    bound: row.bound,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    principalId: row.principal_id,
    holds: row.expires_at > now && isCurrent(row),
  }))
}
