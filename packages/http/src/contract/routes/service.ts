import type { RouteContract } from '../route.js'
import { own } from './shared.js'

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
} as const satisfies Readonly<Record<string, RouteContract>>
