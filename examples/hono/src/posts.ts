import { randomUUID } from 'node:crypto'
import type { CardeaHono } from '@cardea/hono'
import { CardeaError } from 'cardea'
import { type Context, Hono } from 'hono'
import type { Kysely } from 'kysely'
import type { AppPermission } from './auth.ts'
import type { Tables } from './database.ts'

/** Posts with authors: the app's own data behind Cardea's guards. */
export function posts(
  db: Kysely<Tables>,
  { requireAuth, requirePermission, getAuth }: CardeaHono<AppPermission>,
): Hono {
  const app = new Hono()

  app.get('/', requirePermission('content:read'), async (c) =>
    c.json(await db.selectFrom('posts').selectAll().orderBy('created_at', 'desc').limit(100).execute()),
  )

  app.post('/', requirePermission('content:create'), async (c) => {
    const { title, body } = await readPost(c)
    const post = {
      id: randomUUID(),
      title: title ?? '',
      body: body ?? '',
      author_id: getAuth(c).userId,
      created_at: new Date().toISOString(),
    }
    if (post.title === '') throw invalid('title', 'is required')
    await db.insertInto('posts').values(post).execute()
    return c.json(post, 201)
  })

  app.patch('/:id', requireAuth(), async (c) => {
    const post = await findPost(db, c.req.param('id'))
    const { authentication, userId, subject } = getAuth(c)
    // An author's API key with scopes may what they name, and is not the author.
    const isAuthor = post.author_id === userId && (authentication.apiKey?.scopes ?? null) === null
    if (!isAuthor) subject.authorize('content:update')
    const changed = { ...post, ...(await readPost(c)) }
    await db.updateTable('posts').set({ title: changed.title, body: changed.body }).where('id', '=', post.id).execute()
    return c.json(changed)
  })

  app.delete('/:id', requirePermission('content:delete'), async (c) => {
    const post = await findPost(db, c.req.param('id'))
    await db.deleteFrom('posts').where('id', '=', post.id).execute()
    return c.body(null, 204)
  })

  return app
}

async function findPost(db: Kysely<Tables>, id: string): Promise<Tables['posts']> {
  if (!/^[0-9a-f-]{36}$/.test(id)) throw noSuchPost()
  const post = await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirst()
  if (post === undefined) throw noSuchPost()
  return post
}

const noSuchPost = (): CardeaError => new CardeaError('not_found', 'There is no such post.')

async function readPost(c: Context): Promise<{ title?: string; body?: string }> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
    throw new CardeaError('unsupported_media_type', 'A post is sent as application/json.')
  }
  const input = await readJson(c.req.raw)
  if (typeof input !== 'object' || input === null) throw invalid('', 'must be a JSON object')
  const { title, body } = input as Record<string, unknown>
  if (title !== undefined && !isText(title, 1, 200)) throw invalid('title', 'must be a text of 1 to 200 characters')
  if (body !== undefined && !isText(body, 0, 20_000)) throw invalid('body', 'must be a text of up to 20,000 characters')
  return { ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { body }) }
}

async function readJson({ body }: Request): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > 65_536) throw new CardeaError('payload_too_large', 'A post has at most 64 KiB.')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}

const isText = (value: unknown, min: number, max: number): value is string =>
  typeof value === 'string' &&
  value.length >= min &&
  value.length <= max &&
  !value.includes('\0') &&
  value.isWellFormed()

const invalid = (path: string, message: string): CardeaError =>
  new CardeaError('invalid_request', 'The post is not valid.', { issues: [{ path, code: 'invalid', message }] })
