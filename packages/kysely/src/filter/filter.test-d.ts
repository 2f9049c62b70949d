import { type Generated, type Kysely, sql } from 'kysely'
import { filterColumns } from './filter-columns.js'

interface Tables {
  posts: {
    id: Generated<string>
    author_id: string | null
    status: 'draft' | 'final'
    views: number
    published: boolean
    created_at: Date
  }
}

declare const db: Kysely<Tables>

filterColumns(db, 'posts', {
  id: 'uuid',
  author_id: 'text',
  status: 'text',
  views: 'integer',
  published: 'boolean',
  created_at: 'other',
})
filterColumns(db, 'posts as p', { views: 'double', owner: { column: 'author_id', type: 'text' } })
filterColumns(db, 'posts', { length: { column: sql<number>`length(body)`, type: 'integer' } })
declare const anything: Kysely<Record<string, Record<string, unknown>>>
filterColumns(anything, 'things', { whatever: 'text' })

// @ts-expect-error no such table
filterColumns(db, 'users', { id: 'text' })
// @ts-expect-error no such column
filterColumns(db, 'posts', { title: 'text' })
// @ts-expect-error rows hold numbers there
filterColumns(db, 'posts', { views: 'text' })
// @ts-expect-error rows hold dates there, which conditions do not compare
filterColumns(db, 'posts', { created_at: 'integer' })
// @ts-expect-error rows hold text there
filterColumns(db, 'posts', { owner: { column: 'author_id', type: 'integer' } })
// @ts-expect-error no such column
filterColumns(db, 'posts', { owner: { column: 'owner_id', type: 'text' } })
