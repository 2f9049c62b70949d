import { randomUUID } from 'node:crypto'
import { CardeaError } from 'cardea'
import type { Kysely } from 'kysely'
import type { Tables } from './database.ts'

export type Post = Tables['posts']

/** What somebody may write of a post. */
export interface PostInput {
  readonly title?: string
  readonly body?: string
}

/** Posts in the database. */
export interface PostTable {
  list(): Promise<readonly Post[]>
  /** @throws CardeaError `not_found`. */
  find(id: string): Promise<Post>
  /** @throws CardeaError `invalid_request` without a title. */
  create(authorId: string, input: PostInput): Promise<Post>
  change(post: Post, input: PostInput): Promise<Post>
  remove(post: Post): Promise<void>
}

export function postTable(db: Kysely<Tables>): PostTable {
  return {
    list: async () => await db.selectFrom('posts').selectAll().orderBy('created_at', 'desc').limit(100).execute(),
    async find(id) {
      const found = /^[0-9a-f-]{36}$/.test(id)
        ? await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirst()
        : undefined
      if (found === undefined) throw new CardeaError('not_found', 'There is no such post.')
      return found
    },
    async create(authorId, { title, body = '' }) {
      if (title === undefined) throw invalid('title', 'is required')
      const post = { id: randomUUID(), title, body, author_id: authorId, created_at: new Date().toISOString() }
      await db.insertInto('posts').values(post).execute()
      return post
    },
    async change(post, input) {
      const { id, title, body } = { ...post, ...input }
      await db.updateTable('posts').set({ title, body }).where('id', '=', id).execute()
      return { ...post, title, body }
    },
    async remove({ id }) {
      await db.deleteFrom('posts').where('id', '=', id).execute()
    },
  }
}

/** The largest body of a request that is about a post, in bytes. */
export const maxPostBytes = 65_536

/**
 * Reads what was sent of a post.
 *
 * @param input The body, parsed from JSON; undefined for what is none.
 * @throws CardeaError `unsupported_media_type`, `invalid_request`.
 */
export function readPost(contentType: string | undefined, input: unknown): PostInput {
  if (!/^application\/json\b/i.test(contentType ?? '')) {
    throw new CardeaError('unsupported_media_type', 'A post is sent as application/json.')
  }
  if (input === undefined) throw new CardeaError('invalid_request', 'The body is not JSON.')
  if (typeof input !== 'object' || input === null) throw invalid('', 'must be a JSON object')
  const { title, body } = input as Record<string, unknown>
  if (title !== undefined && !isText(title, 1, 200)) throw invalid('title', 'must be a text of 1 to 200 characters')
  if (body !== undefined && !isText(body, 0, 20_000)) throw invalid('body', 'must be a text of up to 20,000 characters')
  return { ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { body }) }
}

const isText = (value: unknown, min: number, max: number): value is string =>
  typeof value === 'string' &&
  value.length >= min &&
  value.length <= max &&
  !value.includes('\0') &&
  value.isWellFormed()

const invalid = (path: string, message: string): CardeaError =>
  new CardeaError('invalid_request', 'The post is not valid.', { issues: [{ path, code: 'invalid', message }] })
