import type { CardeaExpress } from '@cardea/express'
import { maxPostBytes, type PostTable, readPost } from '@cardea-examples/shared'
import { json, type Request, Router } from 'express'
import type { AppPermission } from './auth.ts'

/** Posts with authors: the app's own data behind Cardea's guards. */
export function posts(
  table: PostTable,
  { requireAuth, requirePermission, getAuth }: CardeaExpress<AppPermission>,
): Router {
  const app = Router()
  const parsed = json({ limit: maxPostBytes })
  const postOf = (request: Request<object>) => readPost(request.get('content-type'), request.body)

  app.get('/', requirePermission('content:read'), async (_request, response) => {
    response.json(await table.list())
  })

  app.post('/', requirePermission('content:create'), parsed, async (request, response) => {
    response.status(201).json(await table.create(getAuth(request).userId, postOf(request)))
  })

  app.patch('/:id', requireAuth(), parsed, async (request, response) => {
    const post = await table.find(request.params.id)
    const { authentication, userId, subject } = getAuth(request)
    // An author's API key with scopes may what they name, and is not the author.
    const isAuthor = post.author_id === userId && (authentication.apiKey?.scopes ?? null) === null
    if (!isAuthor) subject.authorize('content:update')
    response.json(await table.change(post, postOf(request)))
  })

  app.delete('/:id', requirePermission('content:delete'), async (request, response) => {
    await table.remove(await table.find(request.params.id))
    response.status(204).end()
  })

  return app
}
