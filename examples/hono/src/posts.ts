import type { CardeaHono } from '@cardea/hono'
import { maxPostBytes, type PostInput, type PostTable, readPost } from '@cardea-examples/shared'
import { CardeaError } from 'cardea'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { AppPermission } from './auth.ts'

/** Posts with authors: the app's own data behind Cardea's guards. */
export function posts(table: PostTable, { requireAuth, requirePermission, getAuth }: CardeaHono<AppPermission>): Hono {
  const app = new Hono()
  const limited = bodyLimit({
    maxSize: maxPostBytes,
    onError: () => {
      throw new CardeaError('payload_too_large', 'A post has at most 64 KiB.')
    },
  })

  app.get('/', requirePermission('content:read'), async (c) => c.json(await table.list()))

  app.post('/', requirePermission('content:create'), limited, async (c) =>
    c.json(await table.create(getAuth(c).userId, await postOf(c)), 201),
  )

  app.patch('/:id', requireAuth(), limited, async (c) => {
    const post = await table.find(c.req.param('id'))
    const { authentication, userId, subject } = getAuth(c)
    // An author's API key with scopes may what they name, and is not the author.
    const isAuthor = post.author_id === userId && (authentication.apiKey?.scopes ?? null) === null
    if (!isAuthor) subject.authorize('content:update')
    return c.json(await table.change(post, await postOf(c)))
  })

  app.delete('/:id', requirePermission('content:delete'), async (c) => {
    await table.remove(await table.find(c.req.param('id')))
    return c.body(null, 204)
  })

  return app
}

async function postOf({ req }: Context): Promise<PostInput> {
  return readPost(req.header('content-type'), await req.json().catch(() => undefined))
}
