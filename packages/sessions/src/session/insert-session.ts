import { and, CardeaError, eq, gt, isCardeaError, isNull, matches, ne, oneOf, param } from '@cardea/core'
import { type FindQuery, principals, type RowOf, type StorageOperations, sessions } from '@cardea/storage'
import type { SessionContext } from './context.js'
import type { SessionActor } from './session-actor.js'

type Row = RowOf<typeof sessions>

/**
 * Writes a new session: by one statement, but where others of the principal may have to make room for it, and where
 * somebody acts as the principal.
 *
 * @returns The ids of the sessions that made room.
 * @throws CardeaError `unauthenticated` when the principal is gone, `session_revoked` when the actor has changed.
 */
export async function insertSession(
  context: SessionContext,
  row: Row,
  actor: SessionActor | undefined,
): Promise<readonly string[]> {
  const { maxPerPrincipal } = context
  try {
    if (actor !== undefined) {
      await context.transact((transaction) => insertForActor(transaction, row, actor))
      return []
    }
    if (maxPerPrincipal !== undefined) {
      return await context.transact((transaction) => insertWithin(transaction, row, maxPerPrincipal))
    }
    await context.operations.insert(sessions, row)
    return []
  } catch (cause) {
    if (!isCardeaError(cause, 'foreign_key_violation')) throw cause
    throw new CardeaError('unauthenticated', 'the principal is gone', { cause })
  }
}

/** Sessions that count and are the principal's own, the one used last first. */
const others: Omit<FindQuery<typeof sessions>, 'limit'> = {
  where: and(
    eq('principal_id', param('principalId')),
    eq('epoch', param('epoch')),
    isNull('actor_id'),
    ne('id', param('id')),
    gt('idle_expires_at', param('now')),
    gt('absolute_expires_at', param('now')),
  ),
  orderBy: [
    { field: 'last_used_at', direction: 'desc' },
    { field: 'created_at', direction: 'desc' },
    { field: 'id', direction: 'desc' },
  ],
}

/** The principal's row is the mutex: whoever else signs in meanwhile waits, and counts this session, too. */
async function insertWithin(transaction: StorageOperations, row: Row, limit: number): Promise<readonly string[]> {
  const { id, principal_id: principalId, epoch, created_at: now } = row
  // Adding 0 takes the lock on every database.
  await transaction.update(principals, { where: eq('id', principalId), increment: { epoch: 0 } })
  await transaction.insert(sessions, row)
  const found = await transaction.find(sessions, { ...others, limit: 'all' }, { principalId, epoch, id, now })
  const displaced = found.slice(limit - 1).map((other) => other.id)
  if (displaced.length > 0) {
    await transaction.delete(sessions, and(eq('principal_id', principalId), oneOf('id', displaced)))
  }
  return displaced
}

/**
 * Neither the actor nor what the two may do has changed since it was looked at. Whatever ends the actor's acting comes after
 * this and finds the session, or came before and is found here.
 */
async function insertForActor(transaction: StorageOperations, row: Row, actor: SessionActor): Promise<void> {
  const locks = [
    { id: actor.id, epoch: actor.epoch, authz_version: actor.authz, status: 'active' },
    { id: row.principal_id, epoch: row.epoch, authz_version: actor.targetAuthz, status: 'active' },
  ].sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const lock of locks) {
    const locked = await transaction.update(principals, { where: matches(lock), increment: { epoch: 0 } })
    if (locked !== 1) throw new CardeaError('session_revoked', 'the actor or the principal has changed')
  }
  await transaction.insert(sessions, row)
}
