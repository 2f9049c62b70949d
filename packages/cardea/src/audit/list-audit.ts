import { and, type Condition, eq, gte, lt } from '@cardea/core'
import { canonicalAddress } from '@cardea/core/network'
import { audit, type RowOf } from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
import type { AuditEntry, AuditFilter, AuditQuery } from '../api/audit.js'
import type { Services } from '../services/services.js'

/** One more than a page has, which tells whether there is another. */
const mostEntries = 1_001
const defaultLimit = 100

/** Reads a part of the list, in the order of an index. */
export async function listAudit({ storage }: Services, query: AuditQuery): Promise<readonly AuditEntry[]> {
  const { limit = defaultLimit, offset = 0, after, first = 'newest' } = query
  assertWhole('limit', limit, 1, mostEntries)
  assertWhole('offset', offset, 0, Number.MAX_SAFE_INTEGER)
  if (after !== undefined) {
    assertWhole('after', after.at, 0, Number.MAX_SAFE_INTEGER)
    assertStorable('after', after.id)
  }
  const where = conditionOf(query)
  const direction = first === 'newest' ? 'desc' : 'asc'
  const rows = await storage.find(audit, {
    ...(where === undefined ? {} : { where }),
    orderBy: [
      { field: 'at', direction },
      { field: 'id', direction },
    ],
    limit,
    ...(offset === 0 ? {} : { offset }),
    ...(after === undefined ? {} : { after: [after.at, after.id] }),
  })
  return rows.map(toEntry)
}

export async function countAudit({ storage }: Services, filter: AuditFilter): Promise<number> {
  return await storage.count(audit, conditionOf(filter))
}

function conditionOf(filter: AuditFilter): Condition | undefined {
  const { type, outcome, principalId, actorId, sessionId, ip, from, to } = filter
  const equal = {
    type,
    outcome,
    principal_id: principalId,
    actor_id: actorId,
    session_id: sessionId,
    ip: ip && (canonicalAddress(ip) ?? ip),
  }
  const conditions = Object.entries(equal).flatMap(([column, value]) => {
    if (value === undefined) return []
    if (typeof value !== 'string')
      throw invalidInput([{ path: column, code: 'invalid_type', message: 'must be of type string' }])
    return [eq(column, assertStorable(column, value))]
  })
  if (from !== undefined) conditions.push(gte('at', assertWhole('from', from, 0, Number.MAX_SAFE_INTEGER)))
  if (to !== undefined) conditions.push(lt('at', assertWhole('to', to, 0, Number.MAX_SAFE_INTEGER)))
  return conditions.length === 0 ? undefined : and(...conditions)
}

function assertWhole(path: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw invalidInput([{ path, code: 'invalid_value', message: `must be a whole number from ${least} to ${most}` }])
}

/** What no column holds: storage takes asking for it for a mistake of the program. */
function assertStorable(path: string, value: string): string {
  if (value.isWellFormed() && !value.includes('\0')) return value
  throw invalidInput([{ path, code: 'invalid_format', message: 'must be well-formed text without NUL' }])
}

function toEntry(row: RowOf<typeof audit>): AuditEntry {
  const { id, type, outcome, at, collection, ip } = row
  // `auditRow` writes nothing else.
  const { count = 1, ...details } = (row.details ?? {}) as Readonly<Record<string, unknown>>
  return {
    id,
    type,
    outcome: outcome === 'success' ? 'success' : 'failure',
    at,
    collection,
    principalId: row.principal_id,
    actorId: row.actor_id,
    sessionId: row.session_id,
    keyId: row.key_id,
    ip,
    userAgent: row.user_agent,
    requestId: row.request_id,
    count: Number(count),
    details,
  }
}
