import type { RouteContract } from '../route.js'
import { own } from './shared.js'

/** Descriptions of the interface. They hold what code says; who asks matters for what was defined at run time. */
const reference = {
  method: 'GET',
  mount: 'root',
  access: 'optional',
  principals: 'any',
  credentials: 'any',
  limit: 'default',
  query: [],
  body: null,
  status: 200,
  errors: [],
} as const

export const serviceRoutes = {
  health: {
    ...own,
    method: 'GET',
    mount: 'root',
    path: '/health',
    access: 'public',
    limit: null,
    body: null,
    status: 200,
    errors: [],
  },
  readiness: {
    ...own,
    method: 'GET',
    mount: 'root',
    path: '/health/ready',
    access: 'public',
    limit: 'health',
    body: null,
    status: 200,
    errors: [],
  },
  signingKeys: {
    ...own,
    method: 'GET',
    mount: 'root',
    path: '/.well-known/jwks.json',
    access: 'public',
    limit: 'health',
    body: null,
    status: 200,
    answerType: 'application/jwk-set+json',
    // A new key is published ten minutes at least before it signs, and a node knows of it after five at most.
    cacheSeconds: 300,
    errors: [],
  },
  openapi: {
    ...reference,
    path: '/openapi.json',
  },
  apiReference: {
    ...reference,
    path: '/docs',
    answerType: 'text/html; charset=utf-8',
  },
  apiSummary: {
    ...reference,
    path: '/llms.txt',
    answerType: 'text/plain; charset=utf-8',
  },
} as const satisfies Readonly<Record<string, RouteContract>>
