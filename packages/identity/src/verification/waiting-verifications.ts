import { and, type Condition, eq, gt, matches } from '@cardea/core'
import { type Found, type StorageOperations, verifications } from '@cardea/storage'
import { activeStatus } from '../principal/principal-state.js'
import type { WaitingVerification } from './verification.js'
import type { ExpectedVerification } from './verifications.js'

const included = { principal: true } as const
type Row = Found<typeof verifications, typeof included>

/** A part of a list, in the order of subjects, which are different. */
export interface WaitingPart {
  readonly limit: number
  readonly offset?: number
  /** The subject of the last one before. */
  readonly after?: string | undefined
}

/** What waits, by the unique key that it is found by; what has expired is left to be cleared away. */
const waiting = ({ purpose, collection }: ExpectedVerification, now: number): Condition =>
  and(matches({ purpose, collection }), gt('expires_at', now))

/** Secrets of one purpose and collection that have not expired. */
export async function listWaiting(
  storage: StorageOperations,
  expected: ExpectedVerification,
  now: number,
  { limit, offset = 0, after }: WaitingPart,
): Promise<readonly WaitingVerification[]> {
  const all = waiting(expected, now)
  const rows = await storage.find(verifications, {
    where: after === undefined ? all : and(all, gt('subject', after)),
    include: included,
    orderBy: [{ field: 'subject', direction: 'asc' }],
    limit,
    offset,
  })
  return rows.map(view)
}

export const countWaiting = (
  storage: StorageOperations,
  expected: ExpectedVerification,
  now: number,
): Promise<number> => storage.count(verifications, waiting(expected, now))

export async function findWaiting(
  storage: StorageOperations,
  id: string,
  expected: ExpectedVerification,
  now: number,
): Promise<WaitingVerification | undefined> {
  const row = await storage.findOne(verifications, {
    where: and(eq('id', id), waiting(expected, now)),
    include: included,
  })
  return row === undefined ? undefined : view(row)
}

/** Ends one. @returns Whether there was one, which at most one caller is told. */
export async function endWaiting(
  transaction: StorageOperations,
  id: string,
  expected: ExpectedVerification,
  now: number,
): Promise<boolean> {
  return (await transaction.delete(verifications, and(eq('id', id), waiting(expected, now)))) === 1
}

const view = (row: Row): WaitingVerification => ({
  id: row.id,
  subject: row.subject,
  bound: row.bound,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  principalId: row.principal_id,
  holds:
    row.principal_id === null ||
    (row.principal !== null && row.principal.status === activeStatus && row.principal.epoch === row.epoch),
})
