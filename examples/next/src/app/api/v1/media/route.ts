import { mount, requirePermission } from '../../../../cardea.ts'

export const GET = requirePermission('media:read')(() => Response.json([]))

// What there is not: Next would answer it without a word.
export const { POST, PUT, PATCH, DELETE } = mount
