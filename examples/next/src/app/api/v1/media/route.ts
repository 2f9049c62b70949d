import { requirePermission } from '../../../../cardea.ts'

export const GET = requirePermission('media:read')(() => Response.json([]))
