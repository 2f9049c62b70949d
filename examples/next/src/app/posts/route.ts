import { getAuth, mount, posts, requirePermission } from '../../cardea.ts'
import { readBody } from '../../read-body.ts'

export const GET = requirePermission('content:read')(async () => Response.json(await posts.list()))

export const POST = requirePermission('content:create')(async (request) => {
  const post = await posts.create(getAuth(request).userId, await readBody(request))
  return Response.json(post, { status: 201 })
})

// What there is not: Next would answer it without a word.
export const { PUT, PATCH, DELETE } = mount
