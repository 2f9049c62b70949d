import type { RouteContract } from '../route.js'
import { own } from './shared.js'

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
    answer: ['status'],
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
    answer: ['status', 'rate_limits'],
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
    answer: ['keys'],
    answerType: 'application/jwk-set+json',
    // A new key is published ten minutes at least before it signs, and a node knows of it after five at most.
    cacheSeconds: 300,
    errors: [],
  },
} as const satisfies Readonly<Record<string, RouteContract>>
