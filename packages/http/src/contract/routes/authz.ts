import type { RouteContract } from '../route.js'

/** What somebody may do. */
export const authzRoutes = {
  checkPermission: {
    method: 'POST',
    mount: 'api',
    path: '/authz/check',
    access: 'authenticated',
    widenedBy: 'roles:read',
    reads: true,
    credentials: 'any',
    principals: 'any',
    limit: 'default',
    query: [],
    body: { required: ['permission'], optional: ['resource', 'field', 'tenant', 'user_id', 'collection'] },
    status: 200,
    errors: ['forbidden'],
  },
} as const satisfies Readonly<Record<string, RouteContract>>
