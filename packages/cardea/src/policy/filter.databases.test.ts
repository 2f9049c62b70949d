import { and, or } from '@cardea/core'
import { type FilterColumns, filterColumns, toExpression } from '@cardea/kysely/filter'
import { compilePolicy, type Subject, type SubjectInput } from '@cardea/permissions'
import { boolean, defineTable, integer, nullable, type Storage, text } from '@cardea/storage'
import { rounds } from '@cardea/storage/testkit'
import fc from 'fast-check'
import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { labels, type Post, posts, randomAsker, randomRoles } from './random-policies.fixture.js'

interface AppTables {
  readonly posts: Post
}

/** Collations of columns that find more equal than bytes do. */
const hostile: Readonly<Record<FilterColumns['dialect'], { readonly before: string; readonly text: string }>> = {
  sqlite: { before: '', text: 'text collate nocase' },
  postgres: {
    before: "create collation blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
    text: 'text collate blind',
  },
  mysql: { before: '', text: 'varchar(50) character set utf8mb4 collate utf8mb4_general_ci' },
}

/** A table of Cardea's own storage with the same rows. */
const storedPosts = defineTable('filter_posts', {
  columns: {
    id: text(36),
    owner: nullable(text()),
    status: nullable(text()),
    size: nullable(integer()),
    open: nullable(boolean()),
  },
  primaryKey: ['id'],
})

const settings = (test: number) => ({
  numRuns: rounds({ test, ci: test * 8, long: test * 200 }),
  ...(process.env['CARDEA_TEST_TIER'] === undefined ? { seed: 20_250_101 } : {}),
})

const fields = [undefined, 'owner', 'size'] as const

/** Every question to a subject: a permission on posts, of the whole row or of one field. */
const questions = ['posts:read', 'posts:update'].flatMap((label) => fields.map((field) => ({ label, field })))

describe.each(databases)('Subject.filter on $name', ({ open }) => {
  let database: TestDatabase
  let app: Kysely<AppTables>
  let storage: Storage
  let columns: FilterColumns

  beforeAll(async () => {
    database = await open()
    storage = database.nodes[0]
    // The fixture knows other tables than this one.
    app = database.app as unknown as Kysely<AppTables>
    columns = filterColumns(app, 'posts', {
      id: 'text',
      owner: 'text',
      status: 'text',
      size: 'integer',
      open: 'boolean',
    })
    const { before, text: type } = hostile[columns.dialect]
    if (before !== '') await sql.raw(before).execute(app)
    const id = columns.dialect === 'mysql' ? 'varchar(36)' : 'text'
    await sql
      .raw(`create table posts (id ${id} primary key, owner ${type}, status ${type}, size bigint, open boolean)`)
      .execute(app)
    const bound = posts.map((post) => ({
      ...post,
      // What SQLite binds; the type is what an app reads.
      open: (post.open === null || columns.dialect === 'postgres' ? post.open : Number(post.open)) as boolean | null,
    }))
    await app.insertInto('posts').values(bound).execute()
    await storage.migrate([storedPosts])
    await storage.insert(storedPosts, posts)
  })
  afterAll(async () => database?.close())

  const subjectOf = (roles: Parameters<typeof compilePolicy>[0]['roles'], asker: SubjectInput): Subject =>
    compilePolicy({ permissions: labels, roles }).subject(asker)

  const allowed = (subject: Subject, { label, field }: (typeof questions)[number]): readonly string[] =>
    posts.filter((post) => subject.can(label, post, field)).map(({ id }) => id)

  it('selects in a query of the app exactly the rows that the subject can', async () => {
    const seen = { none: 0, some: 0, all: 0 }
    await fc.assert(
      fc.asyncProperty(randomRoles({ strange: true }), randomAsker, async (roles, asker) => {
        const subject = subjectOf(roles, asker)
        const expressions = questions.map(({ label, field }, index) =>
          sql<number>`case when ${toExpression(subject.filter(label, field), columns)} then 1 else 0 end`.as(
            `q${index}`,
          ),
        )
        const rows = await app
          .selectFrom('posts')
          .select(['id', ...expressions])
          .orderBy('size')
          .execute()
        for (const [index, question] of questions.entries()) {
          const expected = allowed(subject, question)
          const found = rows.filter((row) => Number(Reflect.get(row, `q${index}`)) === 1).map(({ id }) => id)
          expect(found.toSorted(), JSON.stringify({ roles, asker, question })).toEqual([...expected].sort())
          seen[expected.length === 0 ? 'none' : expected.length === posts.length ? 'all' : 'some'] += 1
        }
      }),
      settings(25),
    )
    expect(seen.some).toBeGreaterThan(0)
    expect(seen.all).toBeGreaterThan(0)
  })

  it('selects as the condition of a query, of a change and of a deletion', async () => {
    const roles = [
      {
        id: 'r',
        label: 'r',
        bypass: false,
        parents: [],
        grants: [
          {
            permission: 'posts:*',
            effect: 'allow',
            condition: { op: 'eq', field: 'owner', value: { ref: 'principal.id' } },
            fields: null,
          },
          {
            permission: 'posts:*',
            effect: 'deny',
            condition: { op: 'eq', field: 'status', value: 'draft' },
            fields: null,
          },
        ],
      },
    ] as const
    const subject = subjectOf(roles, { id: 'me', assignments: [{ roleId: 'r', expiresAt: null }], now: 0 })
    const expected = allowed(subject, { label: 'posts:read', field: undefined })
    expect(expected.length).toBeGreaterThan(0)
    const where = toExpression(subject.filter('posts:read'), columns)
    const found = await app.selectFrom('posts').select('id').where(where).execute()
    expect(found.map(({ id }) => id).toSorted()).toEqual([...expected].sort())
    const failure = new Error('undone')
    const work = app.transaction().execute(async (transaction) => {
      const changed = await transaction.updateTable('posts').set({ size: 5 }).where(where).executeTakeFirst()
      expect(Number(changed.numUpdatedRows)).toBe(expected.length)
      const deleted = await transaction.deleteFrom('posts').where(where).executeTakeFirst()
      expect(Number(deleted.numDeletedRows)).toBe(expected.length)
      throw failure
    })
    await expect(work).rejects.toBe(failure)
  })

  it('selects in Cardea’s own storage exactly the rows that the subject can', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomRoles({ strange: false }),
        randomAsker.filter(({ assignments }) => assignments.every(({ resourceId }) => resourceId !== '7')),
        async (roles, asker) => {
          const subject = subjectOf(roles, asker)
          for (const question of questions) {
            const filter = subject.filter(question.label, question.field)
            const where = typeof filter === 'boolean' ? (filter ? and() : or()) : filter
            const found = await storage.find(storedPosts, { where, limit: 'all' })
            expect(found.map(({ id }) => id).toSorted(), JSON.stringify({ roles, asker, question })).toEqual(
              [...allowed(subject, question)].sort(),
            )
          }
        },
      ),
      settings(15),
    )
  })
})
