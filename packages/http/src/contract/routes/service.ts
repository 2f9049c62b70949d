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
    summary: 'Whether the process is alive',
    access: 'public',
    limit: null,
    body: null,
    status: 200,
    answer: ['status'],
    errors: [],
  },
  readiness: {
    ...own,
    method: 'GET',
    mount: 'root',
    path: '/health/ready',
    summary: 'Whether the database answers and is migrated, and how rate limits are counted',
    access: 'public',
    limit: 'health',
    body: null,
    status: 200,
    answer: ['status', 'rate_limits'],
    errors: [],
  },
  signingKeys: {
    ...own,
    method: 'GET',
    mount: 'root',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that verify access tokens (RFC 7517); only where a key pair signs them',
    access: 'public',
    limit: 'health',
    body: null,
    status: 200,
    answer: ['keys'],
    answerType: 'application/jwk-set+json',
    // A new key is published ten minutes at least before it signs, and a node knows of it after five at most.
    cacheSeconds: 300,
    errors: [],
  },
  openapi: {
    ...reference,
    path: '/openapi.json',
    summary:
      'This interface in the form of OpenAPI 3.1; with the permission to read collections also those defined at run time',
    answer: [],
  },
  apiReference: {
    ...reference,
    path: '/docs',
    summary: 'The same as a page to read',
    answer: [],
    answerType: 'text/html; charset=utf-8',
  },
  apiSummary: {
    ...reference,
    path: '/llms.txt',
    summary: 'The same in short, as a text',
    answer: [],
    answerType: 'text/plain; charset=utf-8',
  },
} as const satisfies Readonly<Record<string, RouteContract>>
