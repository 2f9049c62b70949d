import type { RouteContract } from '../route.js'

/** Who may ask is for the options to say; this is what they say by default. */
const question = {
  method: 'POST',
  mount: 'site',
  access: { permission: 'roles:read' },
  reads: true,
  credentials: 'any',
  principals: 'any',
  limit: 'decision',
  query: [],
  status: 200,
  errors: [],
} as const satisfies Partial<RouteContract>

/**
 * The routes of AuthZEN, for programs that enforce what this one decides. They are no part of the table that every instance serves.
 *
 * @see https://openid.net/specs/authorization-api-1_0.html (OpenID AuthZEN Authorization API 1.0, section 10.1)
 */
export const authzenRoutes = {
  evaluate: {
    ...question,
    path: '/access/v1/evaluation',
    body: { required: ['subject', 'action', 'resource'], optional: ['context'], open: 'fields' },
  },
  evaluateAll: {
    ...question,
    path: '/access/v1/evaluations',
    body: {
      required: [],
      optional: ['subject', 'action', 'resource', 'context', 'evaluations', 'options'],
      open: 'fields',
    },
  },
  searchSubjects: {
    ...question,
    path: '/access/v1/search/subject',
    body: { required: ['subject', 'action', 'resource'], optional: ['context', 'page'], open: 'fields' },
  },
  searchResources: {
    ...question,
    path: '/access/v1/search/resource',
    body: { required: ['subject', 'action', 'resource'], optional: ['context', 'page'], open: 'fields' },
  },
  searchActions: {
    ...question,
    path: '/access/v1/search/action',
    body: { required: ['subject', 'resource'], optional: ['context', 'page'], open: 'fields' },
  },
  authzenMetadata: {
    method: 'GET',
    mount: 'site',
    path: '/.well-known/authzen-configuration',
    access: 'public',
    principals: 'own',
    limit: 'health',
    query: [],
    body: null,
    status: 200,
    cacheSeconds: 3_600,
    errors: [],
  },
} as const satisfies Readonly<Record<string, RouteContract>>
