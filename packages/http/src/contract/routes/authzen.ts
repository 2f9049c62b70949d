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
    answer: ['decision', 'context'],
  },
  evaluateAll: {
    ...question,
    path: '/access/v1/evaluations',
    body: {
      required: [],
      optional: ['subject', 'action', 'resource', 'context', 'evaluations', 'options'],
      open: 'fields',
    },
    answer: ['evaluations'],
  },
  searchSubjects: {
    ...question,
    path: '/access/v1/search/subject',
    body: { required: ['subject', 'action', 'resource'], optional: ['context', 'page'], open: 'fields' },
    answer: ['page', 'results'],
  },
  searchResources: {
    ...question,
    path: '/access/v1/search/resource',
    body: { required: ['subject', 'action', 'resource'], optional: ['context', 'page'], open: 'fields' },
    answer: ['page', 'results'],
  },
  searchActions: {
    ...question,
    path: '/access/v1/search/action',
    body: { required: ['subject', 'resource'], optional: ['context', 'page'], open: 'fields' },
    answer: ['page', 'results'],
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
    answer: [
      'policy_decision_point',
      'access_evaluation_endpoint',
      'access_evaluations_endpoint',
      'search_subject_endpoint',
      'search_resource_endpoint',
      'search_action_endpoint',
    ],
    cacheSeconds: 3_600,
    errors: [],
  },
} as const satisfies Readonly<Record<string, RouteContract>>
