import type { RouteContract } from '../route.js'

/** Rules and permissions of the collection decide, whoever asks: nobody in particular, principals of any collection, programs. */
const records = {
  mount: 'api',
  access: 'optional',
  principals: 'any',
  credentials: 'any',
  limit: 'default',
  query: [],
} as const

/** Beside these, lists take `filter[<field>][<operator>]` for every field that is shown. */
const filters = ['search'] as const
const shape = ['fields', 'expand'] as const
const listQuery = ['limit', 'offset', 'page', 'per_page', 'cursor', 'sort', ...filters, ...shape] as const

const refused = ['unauthenticated', 'forbidden', 'session_revoked'] as const
const ofPrincipals = ['email_taken', 'username_taken', 'reauthentication_required'] as const

export const recordRoutes = {
  listRecords: {
    ...records,
    method: 'GET',
    path: '/collections/{name}/records',
    query: listQuery,
    openQuery: true,
    body: null,
    status: 200,
    answersList: true,
    errors: refused,
  },
  exportRecords: {
    ...records,
    method: 'GET',
    path: '/collections/{name}/records/export',
    limit: 'account',
    query: ['format', 'fields', ...filters],
    openQuery: true,
    body: null,
    head: false,
    status: 200,
    answersList: true,
    errors: [...refused, 'unknown_field'],
  },
  createRecord: {
    ...records,
    method: 'POST',
    path: '/collections/{name}/records',
    body: { required: [], optional: ['email', 'password'], open: 'fields' },
    status: 201,
    errors: [...refused, 'conflict', 'weak_password', 'email_taken', 'username_taken'],
  },
  deleteRecords: {
    ...records,
    method: 'DELETE',
    path: '/collections/{name}/records',
    limit: 'account',
    query: ['all', ...filters],
    openQuery: true,
    body: null,
    status: 200,
    errors: refused,
  },
  showRecord: {
    ...records,
    method: 'GET',
    path: '/collections/{name}/records/{id}',
    query: shape,
    body: null,
    status: 200,
    otherStatuses: [304],
    errors: refused,
  },
  updateRecord: {
    ...records,
    method: 'PATCH',
    path: '/collections/{name}/records/{id}',
    body: { required: [], optional: [], open: 'fields' },
    status: 200,
    errors: [...refused, ...ofPrincipals, 'conflict', 'precondition_failed'],
  },
  deleteRecord: {
    ...records,
    method: 'DELETE',
    path: '/collections/{name}/records/{id}',
    body: null,
    status: 204,
    errors: [...refused, 'reauthentication_required', 'conflict', 'last_admin', 'precondition_failed'],
  },
} as const satisfies Readonly<Record<string, RouteContract>>
