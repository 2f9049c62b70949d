import type { NextRequest } from 'next/server'
import { getAuth, mount, posts, requireAuth, requirePermission } from '../../../cardea.ts'
import { readBody } from '../../../read-body.ts'

type Context = { readonly params: Promise<{ readonly id: string }> }

export const PATCH = requireAuth()(async (request: NextRequest, { params }: Context) => {
  const post = await posts.find((await params).id)
  const { authentication, userId, subject } = getAuth(request)
  // An author's API key with scopes may what they name, and is not the author.
  const isAuthor = post.author_id === userId && (authentication.apiKey?.scopes ?? null) === null
  if (!isAuthor) subject.authorize('content:update')
  return Response.json(await posts.change(post, await readBody(request)))
})

export const DELETE = requirePermission('content:delete')(async (_request, { params }: Context) => {
  await posts.remove(await posts.find((await params).id))
  return new Response(null, { status: 204 })
})

// What there is not: Next would answer it without a word.
export const { GET, POST, PUT } = mount
