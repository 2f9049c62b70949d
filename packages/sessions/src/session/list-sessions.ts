import { and, eq, gt, oneOf, param } from '@cardea/core'
import { type FindOneQuery, type FindQuery, principals, sessions } from '@cardea/storage'
import type { SessionContext } from './context.js'
import { byId, refusalOf, toSessionView } from './session-row.js'
import type { SessionView } from './session-view.js'

const epochOf: FindOneQuery<typeof principals> = { where: and(eq('id', param('principalId')), eq('status', 'active')) }

const living: Omit<FindQuery<typeof sessions>, 'limit'> = {
  where: and(
    eq('principal_id', param('principalId')),
    eq('epoch', param('epoch')),
    gt('idle_expires_at', param('now')),
    gt('absolute_expires_at', param('now')),
  ),
  orderBy: [
    { field: 'created_at', direction: 'desc' },
    { field: 'id', direction: 'desc' },
  ],
}

/** Sessions that still count, the newest first. */
export async function listSessions(
  context: SessionContext,
  principalId: string,
  options: { readonly limit?: number | 'all' } = {},
): Promise<readonly SessionView[]> {
  const principal = await context.operations.findOne(principals, epochOf, { principalId })
  if (principal === undefined) return []
  const rows = await context.operations.find(
    sessions,
    { ...living, limit: options.limit ?? 1_000 },
    { principalId, epoch: principal.epoch, now: context.clock() },
  )
  return rows.map(toSessionView)
}

/** Whose sessions are asked for, and under which epoch they count. */
export interface SessionOwner {
  readonly id: string
  readonly active: boolean
  readonly epoch: number
}

/** The sessions of several principals that still count, the newest first: one statement, a look-up by an index. */
export async function listSessionsOfMany(
  context: SessionContext,
  owners: readonly SessionOwner[],
  limit: number,
): Promise<readonly SessionView[]> {
  const epochs = new Map(owners.flatMap(({ id, active, epoch }) => (active ? [[id, epoch]] : [])))
  if (epochs.size === 0) return []
  const now = context.clock()
  const rows = await context.operations.find(sessions, {
    where: and(oneOf('principal_id', [...epochs.keys()]), gt('idle_expires_at', now), gt('absolute_expires_at', now)),
    orderBy: [{ field: 'principal_id', direction: 'asc' }],
    limit,
  })
  return rows
    .filter((row) => row.epoch === epochs.get(row.principal_id))
    .sort((left, right) => right.created_at - left.created_at || (left.id < right.id ? 1 : -1))
    .map(toSessionView)
}

/** A session by its id, whether it still counts or not. */
export async function findSession(context: SessionContext, sessionId: string): Promise<SessionView | undefined> {
  const row = await context.operations.findOne(sessions, byId, { id: sessionId })
  return row === undefined ? undefined : toSessionView(row)
}

/** A session by its id, if it still counts. */
export async function findLivingSession(context: SessionContext, sessionId: string): Promise<SessionView | undefined> {
  const row = await context.operations.findOne(sessions, byId, { id: sessionId })
  return row === undefined || refusalOf(row, context.clock()) !== undefined ? undefined : toSessionView(row)
}
