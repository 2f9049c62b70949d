import type { AuditEntry, AuditFilter } from 'cardea'
import * as z from 'zod/mini'
import { toIso } from '../answers/instant.js'
import { routeContracts } from '../contract/routes.js'
import { answerStoredList } from '../lists/answer-stored-list.js'
import { type ListQuery, refusal, refuseBeside, unknownField } from '../lists/list-form.js'
import { defineRoute } from './route.js'

const parameter = z.optional(z.string())

export const listAudit = defineRoute(routeContracts.listAudit, {
  query: z.strictObject(Object.fromEntries(routeContracts.listAudit.query.map((name) => [name, parameter]))),
  async handle({ runtime: { auth, config } }, { query }) {
    const filter = filterOf(query)
    const first = firstOf(query['sort'])
    return await answerStoredList<AuditEntry>(query, {
      read: async ({ limit, offset, after: [at, id] = [] }) =>
        await auth.audit.list({
          ...filter,
          first,
          limit,
          offset,
          ...(at === undefined ? {} : { after: { at: Number(at), id: String(id) } }),
        }),
      count: () => auth.audit.count(filter),
      place: ({ at, id }) => [at, id],
      isPlace: ([at, id, ...more]) =>
        Number.isSafeInteger(at) && Number(at) >= 0 && typeof id === 'string' && more.length === 0,
      present,
      path: `${config.basePath}/audit`,
    })
  },
})

/** There is one order that an index gives: by time. */
function firstOf(sort = '-at'): 'newest' | 'oldest' {
  if (sort === '-at') return 'newest'
  if (sort === 'at') return 'oldest'
  throw unknownField('sort')
}

function filterOf(query: ListQuery): AuditFilter {
  const outcome = valueIn(query, 'outcome')
  if (outcome !== undefined && outcome !== 'success' && outcome !== 'failure') {
    throw refusal('outcome', 'invalid_value', 'must be success or failure')
  }
  return {
    type: valueIn(query, 'type'),
    outcome,
    principalId: valueIn(query, 'user_id'),
    actorId: valueIn(query, 'actor_id'),
    sessionId: valueIn(query, 'session_id'),
    ip: valueIn(query, 'ip_address'),
    from: instantOf(query, 'from', 'filter[at][gte]'),
    to: instantOf(query, 'to', 'filter[at][lt]'),
  }
}

/** A filter by either of its names. */
function valueIn(query: ListQuery, name: string, other = `filter[${name}][eq]`): string | undefined {
  if (query[name] !== undefined) refuseBeside(query, name, [other])
  return query[name] ?? query[other]
}

function instantOf(query: ListQuery, name: string, other: string): number | undefined {
  const text = valueIn(query, name, other)
  if (text === undefined) return undefined
  if (z.iso.datetime({ offset: true }).safeParse(text).success && Date.parse(text) >= 0) return Date.parse(text)
  throw refusal(
    query[name] === undefined ? other : name,
    'invalid_format',
    'must be an instant such as 2026-11-27T06:00:00Z',
  )
}

const present = (entry: AuditEntry): object => ({
  id: entry.id,
  type: entry.type,
  outcome: entry.outcome,
  at: toIso(entry.at),
  collection: entry.collection,
  user_id: entry.principalId,
  actor_id: entry.actorId,
  session_id: entry.sessionId,
  key_id: entry.keyId,
  ip_address: entry.ip,
  user_agent: entry.userAgent,
  request_id: entry.requestId,
  count: entry.count,
  details: entry.details,
})
