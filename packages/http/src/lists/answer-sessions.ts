import type { ListedSession } from 'cardea'
import { sessionAnswer, userSessionAnswer } from '../answers/session.js'
import type { RouteAnswer } from '../routes/route.js'
import { answerList, type ListDescription } from './answer-list.js'
import type { ListQuery } from './list-form.js'

type Fields = ListDescription<ListedSession>['fields']

interface Asked {
  readonly query: ListQuery
  readonly path: string
  /** The session that asks; undefined for an API key. */
  readonly currentId: string | undefined
}

/** Sessions as the auth routes list them: the newest first, unless another order is asked for. */
export function answerOwnSessions(
  sessions: readonly ListedSession[],
  asked: Asked & { currentId: string },
): RouteAnswer {
  return answer(sessions, asked, { fields: ownFields, key: 'id' }, (one) => sessionAnswer(one, asked.currentId))
}

/** Sessions as `/sessions` lists them, in the same order. */
export function answerUserSessions(sessions: readonly ListedSession[], asked: Asked): RouteAnswer {
  return answer(sessions, asked, { fields: userFields, key: 'session_id' }, (one) =>
    userSessionAnswer(one, asked.currentId),
  )
}

const answer = (
  sessions: readonly ListedSession[],
  { query, path }: Asked,
  known: Pick<ListDescription<ListedSession>, 'fields' | 'key'>,
  present: ListDescription<ListedSession>['present'],
): RouteAnswer =>
  answerList(
    sessions,
    { ...query, sort: query['sort'] || `-created_at,-${known.key}` },
    { ...known, present, path, searched },
  )

const searched = ({ userAgent, ip, device }: ListedSession): string => `${userAgent ?? ''} ${ip ?? ''} ${device ?? ''}`

const fields: Fields = {
  created_at: ({ createdAt }) => createdAt,
  expires_at: ({ expiresAt }) => expiresAt,
  ip_address: ({ ip }) => ip,
  user_agent: ({ userAgent }) => userAgent,
  device: ({ device }) => device,
}

const ownFields: Fields = {
  ...fields,
  id: ({ id }) => id,
  last_used: ({ lastUsedAt }) => lastUsedAt,
  last_used_at: ({ lastUsedAt }) => lastUsedAt,
}

const userFields: Fields = {
  ...fields,
  session_id: ({ id }) => id,
  last_access: ({ lastUsedAt }) => lastUsedAt,
}
