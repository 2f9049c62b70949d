import type { RouteContract } from '../route.js'
import { listQuery } from './shared.js'

/** Administration of the principals of a collection, by those of any and by programs: rights decide. */
const members = {
  mount: 'auth',
  access: { permission: '{collection}:update' },
  principals: 'any',
  credentials: 'any',
  limit: 'account',
  query: [],
} as const

const nothing = { required: [], optional: [] } as const

export const memberRoutes = {
  disableMember: {
    ...members,
    method: 'POST',
    path: '/users/{id}/disable',
    body: nothing,
    status: 204,
    errors: ['last_admin', 'reauthentication_required'],
  },
  enableMember: {
    ...members,
    method: 'POST',
    path: '/users/{id}/enable',
    body: nothing,
    status: 204,
    errors: ['reauthentication_required'],
  },
  resetMemberMfa: {
    ...members,
    method: 'DELETE',
    path: '/users/{id}/mfa',
    body: null,
    status: 204,
    errors: [],
  },
  listMemberSessions: {
    ...members,
    method: 'GET',
    path: '/users/{id}/sessions',
    access: { permission: '{collection}:read' },
    limit: 'default',
    query: listQuery,
    body: null,
    status: 200,
    answersList: true,
    errors: [],
  },
  endMemberSessions: {
    ...members,
    method: 'DELETE',
    path: '/users/{id}/sessions',
    query: ['session_id'],
    body: null,
    status: 204,
    errors: [],
  },
} as const satisfies Readonly<Record<string, RouteContract>>
