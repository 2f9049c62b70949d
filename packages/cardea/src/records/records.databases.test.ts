import { collectionTable } from '@cardea/collections'
import { eq } from '@cardea/core'
import { addIdentifier } from '@cardea/identity'
import { identifiers, principals } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ListPlace } from '../api/users.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import {
  byKey,
  codeOf,
  createRecordsApp,
  password,
  patiently,
  type RecordsApp,
  type Somebody,
  signIn,
  somebody,
  textOf,
} from './records.fixture.js'

const unknownId = '01a2014d-b475-7215-8438-031c3b71c287'
const many = rounds({ test: 2_300, ci: 5_000, long: 20_000 })

const memory = {
  name: 'memory',
  open: async () => {
    const storage = createMemoryStorage()
    const database: Pick<TestDatabase, 'nodes' | 'statements'> & { close(): Promise<void> } = {
      nodes: [storage, storage],
      statements: [],
      close: async () => undefined,
    }
    return database
  },
}

describe.each([memory, ...databases])('records on $name', ({ name, open }) => {
  let database: Awaited<ReturnType<typeof open>>
  let app: RecordsApp
  let posts: RecordsApp['auth']['records']['posts']
  let ann: Somebody
  let bob: Somebody
  let admin: Somebody
  /** May act as somebody else, and may not. */
  let support: Somebody
  let former: Somebody

  beforeAll(async () => {
    database = await open()
    app = createRecordsApp(database.nodes[0])
    await app.auth.migrate()
    await app.auth.ready()
    posts = app.auth.records.posts
    support = await somebody(app, ['impersonation:create'])
    former = await somebody(app, ['content:read'])
    ann = await somebody(app)
    bob = await somebody(app)
    admin = await somebody(app, ['customers:*', 'posts:*', 'diaries:*', 'topics:*'])
    // What is known of those who came before is older than the roles that were made since.
    ann = { ...ann, by: await signIn(app, ann.email) }
  })

  afterAll(async () => {
    await app?.settle()
    await app?.auth.close()
    await database?.close()
  })

  const statements = (): number => database.statements.filter(({ kind }) => kind === 'statement').length
  /** How many statements work takes of people whose roles are known; as many as expected in memory, where nobody counts. */
  const counted = async (expected: number, work: () => Promise<unknown>): Promise<number> => {
    for (const { by } of [ann, admin]) await posts.list({ limit: 1 }, { by })
    await app.settle()
    const before = statements()
    await work()
    return name === 'memory' ? expected : statements() - before
  }
  /** Each later than the one before, so that ids are in their order. */
  const posted = async (values: Parameters<typeof posts.create>[0]) => {
    app.clock.at += 1
    return (await posts.create(values)).record
  }

  describe('create, view, update and delete', () => {
    it('keep a record with values of all types, whose tag is the same whoever reads it', async () => {
      const values = {
        title: 'Äpfel & "Birnen"',
        score: 0.1 + 0.2,
        draft: true,
        state: 'open',
        due: '2026-02-03T04:05:06.789Z',
        meta: { b: [1, -0.5, { z: null, a: 'x' }], a: true },
        author: ann.id,
      } as const
      const { record, etag } = await posts.create(values)
      expect(record).toMatchObject(values)
      expect(record).not.toHaveProperty('notes')
      expect(etag).toMatch(/^"[\w-]{22}"$/)
      for (const asked of [{}, { by: null }, { by: ann.by }, { by: bob.by }]) {
        expect(await posts.view(record.id, asked)).toEqual({ record, etag })
      }
      const updated = await posts.update(record.id, { title: 'Other' })
      expect(updated.record).toMatchObject({ ...values, title: 'Other', created_at: record.created_at })
      expect(updated).toMatchObject(await posts.view(record.id))
      await posts.delete(record.id)
      expect(await codeOf(posts.view(record.id))).toBe('not_found')
      expect(await codeOf(posts.delete(record.id))).toBe('not_found')
      expect(await codeOf(posts.update(record.id, { title: 'x' }))).toBe('not_found')
    })

    it('take a fixed number of statements', async () => {
      const { id } = await posted({ title: 'a', author: ann.id })
      expect(await counted(1, () => posts.view(id, { by: null }))).toBe(1)
      expect(await counted(1, () => posts.create({ title: 'b' }, { by: ann.by }))).toBe(1)
      expect(await counted(4, () => posts.update(id, { title: 'c' }, { by: ann.by }))).toBe(4)
      expect(await counted(1, () => posts.delete(id, { by: ann.by }))).toBe(1)
    })

    it('refuse unknown fields, those of the server and hidden ones; the app itself may write what is hidden', async () => {
      const records = await app.auth.recordsOf('posts')
      const { id } = await posted({ title: 'hidden' })
      for (const field of ['id', 'created_at', 'updated_at', 'nothing', '__proto__', 'constructor', 'notes']) {
        const input = Object.fromEntries([
          ['title', 'x'],
          [field, 'y'],
        ])
        expect(await codeOf(records?.create(input, { by: admin.by }) ?? Promise.resolve())).toBe(
          `unknown_field ${field}`,
        )
        expect(await codeOf(records?.update(id, input, { by: admin.by }) ?? Promise.resolve())).toBe(
          `unknown_field ${field}`,
        )
      }
      const before = await posts.view(id)
      const after = await records?.update(id, { notes: 'the app alone' })
      expect(after?.etag).not.toBe(before.etag)
      expect(JSON.stringify(after)).not.toContain('the app alone')
      const [row] = await app.storage.find(tableOf(app, 'posts'), { where: eq('id', id), limit: 1 })
      expect(row).toMatchObject({ notes: 'the app alone' })
    })

    it('name a relation to nothing, and a unique value that is taken', async () => {
      await posted({ title: 'a', slug: `slug-${name}` })
      expect(await codeOf(posts.create({ title: 'b', slug: `slug-${name}` }))).toBe('conflict slug')
      expect(await codeOf(posts.create({ title: 'b', author: unknownId, about: unknownId }))).toBe(
        'invalid_request author about',
      )
      const { id } = await posted({ title: 'c' })
      expect(await codeOf(posts.update(id, { slug: `slug-${name}` }))).toBe('conflict slug')
      expect(await codeOf(posts.update(id, { about: unknownId }))).toBe('invalid_request about')
    })

    it.each(['', 'x', "' or 1=1 --", '01a2014d', `${unknownId} `, 'ü'])('find nothing at the id %j', async (id) => {
      expect(await codeOf(posts.view(id))).toBe('not_found')
      expect(await codeOf(posts.update(id, { title: 'x' }))).toBe('not_found')
      expect(await codeOf(posts.delete(id))).toBe('not_found')
    })
  })

  describe('rules', () => {
    it('let nobody in who is not asked for: 401 for strangers, and no more than that there is nothing for others', async () => {
      const { record } = await app.auth.records.diaries.create({ text: 'dear diary', owner: ann.id })
      const { diaries, topics } = app.auth.records
      const topic = await topics.create({ name: 'locked' })
      for (const [by, list, view, create, update, remove] of [
        [null, 'unauthenticated', 'unauthenticated', 'unauthenticated', 'unauthenticated', 'unauthenticated'],
        [bob.by, 'none', 'not_found', 'forbidden', 'not_found', 'not_found'],
      ] as const) {
        expect(await codeOf(diaries.list({}, { by }))).toBe(list)
        expect(await codeOf(diaries.view(record.id, { by }))).toBe(view)
        expect(await codeOf(diaries.create({ text: 'x', owner: ann.id }, { by }))).toBe(create)
        expect(await codeOf(diaries.update(record.id, { text: 'x' }, { by }))).toBe(update)
        expect(await codeOf(diaries.delete(record.id, { by }))).toBe(remove)
      }
      expect((await diaries.list({}, { by: bob.by })).items).toEqual([])
      expect(await diaries.count({}, { by: bob.by })).toBe(0)
      expect((await diaries.list({}, { by: ann.by })).items).toEqual([record])
      expect(await codeOf(topics.list({}, { by: ann.by }))).toBe('forbidden')
      expect(await codeOf(topics.list({}, { by: null }))).toBe('unauthenticated')
      expect(await codeOf(topics.view(topic.record.id, { by: ann.by }))).toBe('not_found')
      expect(await codeOf(topics.create({ name: 'x' }, { by: ann.by }))).toBe('forbidden')
      expect(await codeOf(topics.view(topic.record.id, { by: admin.by }))).toBe('none')
      expect((await diaries.view(record.id)).record.text).toBe('dear diary')
    })

    it('give way to roles of code that hold the permissions of the collection, less what they deny', async () => {
      const { topics } = app.auth.records
      const { record } = await topics.create({ name: 'new' })
      const holder = async (role: 'librarian' | 'novice') => {
        const email = `${role}@example.test`
        const { id } = await app.auth.users.create({ email, password })
        await app.auth.permissions.assign(id, role)
        return { id, by: await signIn(app, email, 'users') }
      }
      const [librarian, novice] = [await holder('librarian'), await holder('novice')]
      for (const [by, list, create, update, remove] of [
        [librarian.by, 'none', 'none', 'none', 'not_found'],
        // No statement asks the condition of a grant, so that what it is about is held for no record.
        [novice.by, 'forbidden', 'forbidden', 'not_found', 'not_found'],
      ] as const) {
        expect(await codeOf(topics.list({}, { by }))).toBe(list)
        expect(await codeOf(topics.create({ name: 'x' }, { by }))).toBe(create)
        expect(await codeOf(topics.update(record.id, { name: 'new' }, { by }))).toBe(update)
        expect(await codeOf(topics.delete(record.id, { by }))).toBe(remove)
      }
      expect((await app.auth.permissions.subject(novice.id)).can('topics:update', record)).toBe(true)
    })

    it('fill in the owner who makes a record, and refuse another one', async () => {
      const made = await posts.create({ title: 'mine' }, { by: ann.by })
      expect(made.record?.author).toBe(ann.id)
      expect(await codeOf(posts.create({ title: 'x', author: bob.id }, { by: ann.by }))).toBe('forbidden')
      expect(await codeOf(posts.create({ title: 'x', author: null }, { by: ann.by }))).toBe('forbidden')
      expect((await posts.create({ title: 'x', author: bob.id }, { by: admin.by })).record?.author).toBe(bob.id)
    })

    it('let nobody give a record away that it could not change afterwards', async () => {
      const { id } = await posted({ title: 'mine', author: ann.id })
      expect(await codeOf(posts.update(id, { author: bob.id }, { by: ann.by }))).toBe('forbidden')
      expect(await codeOf(posts.update(id, { author: null }, { by: ann.by }))).toBe('forbidden')
      expect((await posts.view(id)).record.author).toBe(ann.id)
      const records = await app.auth.recordsOf('posts')
      await records?.update(id, { reviewer: ann.id })
      expect((await posts.update(id, { author: bob.id }, { by: ann.by })).record?.author).toBe(bob.id)
    })

    it('count an API key as its owner only where it has no scopes', async () => {
      const { id } = await posted({ title: 'by a key', author: ann.id })
      const whole = await byKey(app, ann, null)
      const scoped = await byKey(app, admin, ['posts:read'])
      expect(await codeOf(posts.update(id, { title: 'whole' }, { by: whole }))).toBe('none')
      expect(await codeOf(posts.update(id, { title: 'scoped' }, { by: scoped }))).toBe('not_found')
      const own = await byKey(app, ann, ['content:read'])
      expect(await codeOf(posts.update(id, { title: 'scoped' }, { by: own }))).toBe('not_found')
      expect(await codeOf(app.auth.records.diaries.list({}, { by: await byKey(app, admin, ['diaries:read']) }))).toBe(
        'none',
      )
      expect(await codeOf(app.auth.records.topics.list({}, { by: scoped }))).toBe('forbidden')
    })

    it('are asked in the statement that changes: a record that has gone to another owner meanwhile stays', async () => {
      for (let round = 0; round < rounds({ test: 3, ci: 10, long: 100 }); round += 1) {
        const { id } = await posted({ title: 'race', author: ann.id })
        const [given, changed, removed] = await Promise.all([
          codeOf(posts.update(id, { author: bob.id })),
          codeOf(posts.update(id, { title: 'hers' }, { by: ann.by })),
          codeOf(posts.delete(id, { by: ann.by })),
        ])
        expect(['none', 'not_found']).toContain(changed)
        const left = await codeOf(posts.view(id))
        expect([given, removed, left]).toContainEqual(left === 'none' ? 'not_found' : 'none')
        if (left !== 'none') continue
        expect([removed, (await posts.view(id)).record.author]).toEqual(['not_found', bob.id])
      }
    })

    it('show whoever writes no more than it may see', async () => {
      const { reports } = app.auth.records
      const { id } = await reports.create({ text: 'of a stranger' }, { by: null })
      expect(await reports.create({ text: 'x' }, { by: null })).toMatchObject({ record: null, etag: null })
      expect(await reports.update(id, {}, { by: null })).toEqual({ id, record: null, etag: null })
      expect(await reports.update(id, { text: 'y' }, { by: ann.by })).toEqual({ id, record: null, etag: null })
      expect((await reports.view(id)).record.text).toBe('y')
    })

    it('refuse whoever acts as somebody else what changes anything, and let it look', async () => {
      const { id } = await posted({ title: 'acting', author: ann.id })
      if (ann.by.session === undefined) throw new Error('a session is wanted')
      const acting = { ...ann.by, session: { ...ann.by.session, actorId: admin.id } }
      expect(await codeOf(posts.update(id, { title: 'x' }, { by: acting }))).toBe('forbidden')
      expect(await codeOf(posts.delete(id, { by: acting }))).toBe('forbidden')
      expect(await codeOf(posts.create({ title: 'x' }, { by: acting }))).toBe('forbidden')
      expect(await codeOf(posts.deleteMany({ all: true }, { by: acting }))).toBe('forbidden')
      expect(await codeOf(posts.view(id, { by: acting }))).toBe('none')
    })

    it('take nobody for whom it acts as any more who may not act as it', async () => {
      const { diaries } = app.auth.records
      const { id } = (await diaries.create({ text: 'hers', owner: ann.id })).record
      if (ann.by.session === undefined) throw new Error('a session is wanted')
      const { session } = ann.by
      const as = ({ id: actorId }: Somebody) => ({ ...ann.by, session: { ...session, actorId } }) as Somebody['by']
      expect((await diaries.view(id, { by: as(support) })).record.text).toBe('hers')
      // Whoever has lost the permission since.
      expect(await codeOf(diaries.view(id, { by: as(former) }))).toBe('not_found')
      expect(await diaries.list({}, { by: as(former) })).toEqual({ items: [], next: null })
    })
  })

  describe('list', () => {
    it('filters, sorts, searches and pages', async () => {
      const tag = `list ${name}`
      for (const [index, score] of [3, null, 1, 2, 3].entries()) {
        await posted({ title: `${tag} ${index}`, score, state: index % 2 === 0 ? 'open' : 'closed' })
      }
      const titles = async (query: Parameters<typeof posts.list>[0]) =>
        (await posts.list({ search: tag, ...query }, { by: null })).items
          .map((each) => String(each.title).slice(-1))
          .join('')
      expect(await titles({})).toBe('01234')
      expect(await titles({ sort: ['-score', 'title'] })).toBe('04321')
      expect(await titles({ filter: { score: { gte: 2 }, state: { eq: 'open' } } })).toBe('04')
      expect(await titles({ limit: 2, offset: 1 })).toBe('12')
      expect(await posts.count({ search: tag, filter: { score: { null: true } } }, { by: null })).toBe(1)
      let seen = ''
      let after: ListPlace | undefined
      do {
        const page = await posts.list({ search: tag, sort: ['score'], limit: 2, after }, { by: null })
        seen += page.items.map((each) => each.title.slice(-1)).join('')
        after = page.next ?? undefined
      } while (after !== undefined)
      expect(seen).toBe('12304')
    })

    it('shows the members that are asked for, and no hidden one is reached in any way', async () => {
      const records = await app.auth.recordsOf('posts')
      if (records === undefined) throw new Error('there are posts')
      const { items } = await posts.list({ fields: ['title', 'id'], limit: 1 }, { by: null })
      expect(Object.keys(items[0] ?? {})).toEqual(['id', 'title'])
      for (const asked of [{}, { by: null }, { by: admin.by }]) {
        for (const field of ['notes', 'reviewer', 'nothing', '__proto__', 'constructor', 'id; drop table x']) {
          expect(await codeOf(records.list({ filter: { [field]: { eq: 'x' } } }, asked))).toMatch(
            /^unknown_field|invalid_request/,
          )
          expect(await codeOf(records.list({ sort: [field] }, asked))).toBe('unknown_field sort')
          expect(await codeOf(records.list({ fields: ['id', field] }, asked))).toBe('unknown_field fields')
          expect(await codeOf(records.list({ expand: [field] }, asked))).toBe('unknown_field expand')
          expect(await codeOf(records.view(unknownId, { ...asked, fields: [field] }))).toBe('unknown_field fields')
          expect(await codeOf(textOf(records.export({ format: 'csv', fields: [field] }, asked)))).toBe(
            'unknown_field fields',
          )
        }
      }
      await records.create({ title: 'findable', notes: 'needle in a haystack' })
      expect((await records.list({ search: 'needle in a haystack' }, { by: null })).items).toEqual([])
    })

    it('refuses too much of anything', async () => {
      const records = await app.auth.recordsOf('posts')
      if (records === undefined) throw new Error('there are posts')
      const manyFilters = Object.fromEntries(['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in'].map((each) => [each, '1']))
      const filter = Object.fromEntries(['title', 'score', 'slug'].map((field) => [field, manyFilters]))
      expect(await codeOf(records.list({ filter }))).toBe('invalid_request filter')
      expect(await codeOf(records.list({ limit: 1_001 }))).toBe('invalid_request limit')
      expect(await codeOf(records.list({ search: 'x'.repeat(201) }))).toBe('invalid_request search')
      expect(await codeOf(records.list({ sort: ['id', 'title', 'slug', 'score', 'draft', 'due'] }))).toBe(
        'invalid_request sort',
      )
      expect(await codeOf(records.list({ expand: ['a', 'b', 'c', 'd', 'e', 'f'] }))).toBe('invalid_request expand')
      expect(await codeOf(records.list({ after: ['x', 'y'] }))).toBe('invalid_request after')
    })

    it('finds an address of a principal in whatever case it is written', async () => {
      const { customers } = app.auth.records
      const filter = { email: { eq: ann.email.toUpperCase() } }
      expect((await customers.list({ filter }, { by: bob.by })).items.map(({ id }) => id)).toEqual([ann.id])
      expect(await codeOf(customers.list({ filter }, { by: null }))).toBe('unauthenticated')
    })
  })

  describe('expand', () => {
    it('shows what may be seen, leaves the rest as ids, and takes one statement for each relation', async () => {
      const tag = `expand ${name}`
      const topic = await app.auth.records.topics.create({ name: 'A topic' })
      for (const { id } of [ann, bob, ann]) {
        await posted({ title: tag, author: id, about: topic.record.id })
      }
      await posted({ title: tag })
      const list = async (by: Somebody['by'] | null) =>
        (await posts.list({ search: tag, expand: ['author', 'about'], fields: ['author', 'about'] }, { by })).items
      const seen = await list(ann.by)
      const own = { id: ann.id, email: ann.email, nick: null, company: null, boss: null, verified: false }
      expect(seen).toEqual([
        { author: expect.objectContaining(own), about: topic.record.id },
        { author: bob.id, about: topic.record.id },
        { author: expect.objectContaining(own), about: topic.record.id },
        { author: null, about: null },
      ])
      expect(JSON.stringify(seen)).not.toContain('rating')
      expect(await list(null)).toMatchObject([
        { author: ann.id },
        { author: bob.id },
        { author: ann.id },
        { author: null },
      ])
      expect((await list(admin.by))[1]).toMatchObject({ author: { id: bob.id }, about: topic.record })
      // Once for the list, and once for each relation of which anything may be seen.
      expect(await counted(2, () => list(ann.by))).toBe(2)
      expect(await counted(3, () => list(admin.by))).toBe(3)
      expect(await counted(1, () => list(null))).toBe(1)
    })

    it('works for one record, one level deep', async () => {
      const post = await posted({ title: 'deep', author: ann.id })
      const { record } = await app.auth.records.diaries.create({ text: 'x', owner: ann.id, post: post.id })
      const { diaries } = app.auth.records
      const found = await diaries.view(record.id, { by: ann.by, expand: ['post'] })
      expect(found.record.post).toEqual(post)
      expect(await codeOf(diaries.view(record.id, { by: ann.by, expand: ['post'], fields: ['text'] }))).toBe(
        'invalid_request expand',
      )
    })
  })

  describe('optimistic concurrency', () => {
    it('gives every change another tag, within the same millisecond as well', async () => {
      const { id } = await posted({ title: 'tags' })
      const records = await app.auth.recordsOf('posts')
      const tags = new Set<string>()
      for (const patch of [
        { title: 'a' },
        { title: 'b' },
        { title: 'a' },
        { notes: 'x' },
        { notes: 'y' },
        { title: 'a' },
      ]) {
        tags.add((await records?.update(id, patch))?.etag ?? '')
      }
      expect(tags.size).toBe(6)
    })

    it.each(['*', ['"x"', 'ETAG']])('goes on with If-Match %j', async (given) => {
      const { record, etag } = await posts.create({ title: 'match' })
      const ifMatch = typeof given === 'string' ? given : given.map((each) => (each === 'ETAG' ? etag : each))
      expect(await codeOf(posts.update(record.id, { title: 'x' }, { ifMatch }))).toBe('none')
    })

    it('refuses a change and a deletion of what has changed since, and leaves it as it is', async () => {
      for (const asked of [{}, { by: ann.by }]) {
        const { record, etag } = await posts.create({ title: 'old', author: ann.id })
        await posts.update(record.id, { title: 'new' })
        expect(await codeOf(posts.update(record.id, { title: 'x' }, { ...asked, ifMatch: etag }))).toBe(
          'precondition_failed',
        )
        expect(await codeOf(posts.delete(record.id, { ...asked, ifMatch: etag }))).toBe('precondition_failed')
        const now = await posts.view(record.id)
        expect(now.record.title).toBe('new')
        expect(await codeOf(posts.delete(record.id, { ...asked, ifMatch: `W/${now.etag}` }))).toBe(
          'precondition_failed',
        )
        expect(await codeOf(posts.delete(record.id, { ...asked, ifMatch: now.etag }))).toBe('none')
      }
      expect(await codeOf(posts.update(unknownId, { title: 'x' }, { ifMatch: '*' }))).toBe('not_found')
    })

    it('tells nothing of what a record holds to whoever may change it and not see it', async () => {
      const { reports, diaries } = app.auth.records
      const { id } = await reports.create({ text: 'secret' }, { by: null })
      // All that is shown could be known but one value, such as where that is yes or no.
      const { etag } = await reports.view(id)
      for (const by of [null, ann.by]) {
        expect(await codeOf(reports.update(id, {}, { by, ifMatch: [etag] }))).toBe('precondition_failed')
        expect(await codeOf(reports.delete(id, { by, ifMatch: etag }))).toBe('precondition_failed')
        expect(await codeOf(reports.update(id, {}, { by, ifMatch: '*' }))).toBe('none')
      }
      expect(await codeOf(reports.update(id, {}, { ifMatch: etag }))).toBe('none')
      expect(await codeOf(reports.delete(id, { by: null, ifMatch: '*' }))).toBe('none')
      const page = await diaries.create({ text: 'mine', owner: ann.id }, { by: ann.by })
      expect(await codeOf(diaries.update(page.id, {}, { by: ann.by, ifMatch: page.etag ?? '' }))).toBe('none')
    })

    it('lets exactly one of 50 win that start from the same version', async () => {
      const { record, etag } = await posts.create({ title: 'old' })
      const codes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          patiently(() => posts.update(record.id, { score: index }, { ifMatch: etag })),
        ),
      )
      expect(codes.filter((code) => code === 'none')).toHaveLength(1)
      expect(codes.filter((code) => code === 'precondition_failed')).toHaveLength(49)
      expect((await posts.view(record.id)).record.score).toBe(codes.indexOf('none'))
    })

    it('lets one of many changes and deletions of a principal win', async () => {
      const { customers } = app.auth.records
      const { id } = await somebody(app)
      const { etag } = await customers.view(id)
      const codes = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          index % 3 === 0
            ? patiently(() => customers.delete(id, { ifMatch: etag }))
            : patiently(() => customers.update(id, { company: `c${index}`, nick: `n${index}` }, { ifMatch: etag })),
        ),
      )
      expect(codes.filter((code) => code === 'none')).toHaveLength(1)
      expect(codes.every((code) => ['none', 'precondition_failed', 'not_found'].includes(code))).toBe(true)
    })
  })

  describe('of principals', () => {
    const identifiersOf = async (id: string) =>
      (await app.storage.find(identifiers, { where: eq('principal_id', id), limit: 9 })).map(({ key }) => key).sort()
    const isThere = async (id: string) => (await app.storage.count(principals, eq('id', id))) === 1

    it('makes one that can sign in, with or without a password, by the rule', async () => {
      const { customers } = app.auth.records
      app.events.length = 0
      const email = `made-${name.length}-${Math.floor(app.clock.at)}@example.test`
      const made = await customers.create({ email, password, nick: `Made ${name}` }, { by: ann.by })
      expect(made.record).toMatchObject({ email, verified: false, boss: ann.id })
      expect(app.events).toMatchObject([
        { type: 'user.registered', collection: 'customers', principalId: made.id, actorId: ann.id },
      ])
      await signIn(app, email)
      const bare = await customers.create({ email: `bare-${email}` }, { by: ann.by })
      expect(await isThere(bare.id)).toBe(true)
      expect(await codeOf(app.auth.collections.customers.login({ email: `bare-${email}`, password }))).toBe(
        'invalid_credentials',
      )
      expect(await codeOf(customers.create({ email, password }, { by: ann.by }))).toBe('email_taken')
      expect(await codeOf(customers.create({ email: 'x@example.test', boss: bob.id }, { by: ann.by }))).toBe(
        'forbidden',
      )
      expect(await codeOf(customers.create({ email: 'x@example.test' }, { by: null }))).toBe('unauthenticated')
      expect(await codeOf(customers.create({ email: 'x@example.test', password: 'short' }, { by: ann.by }))).toMatch(
        /^weak_password/,
      )
      expect(await codeOf(customers.create({ email: 'x@example.test', boss: unknownId }))).toBe('invalid_request boss')
    })

    it.each(['email', 'verified', 'password', 'role', 'roles', 'status', 'id', 'rating', 'epoch', 'record_key'])(
      'takes no %s with a change',
      async (field) => {
        const records = await app.auth.recordsOf('customers')
        for (const asked of [{ by: ann.by }, { by: admin.by }, {}]) {
          if (!('by' in asked) && field === 'rating') continue
          const work = records?.update(ann.id, { company: 'x', [field]: 'y' }, asked) ?? Promise.resolve()
          expect(await codeOf(work)).toBe(`unknown_field ${field}`)
          if (field === 'email' || field === 'password') continue
          const made = records?.create({ email: 'y@example.test', [field]: 'y' }, asked) ?? Promise.resolve()
          expect(await codeOf(made)).toBe(`unknown_field ${field}`)
        }
      },
    )

    it('keeps what one signs in by with its twin, in one transaction', async () => {
      const { customers } = app.auth.records
      const one = await somebody(app)
      app.events.length = 0
      await customers.update(one.id, { nick: `nick of ${name}`, company: 'A' }, { by: one.by })
      expect(await identifiersOf(one.id)).toEqual([`nick of ${name}`, one.email].sort())
      expect(app.events.map(({ type, actorId }) => [type, actorId])).toEqual([
        ['user.updated', null],
        ['identifier.changed', null],
      ])
      const other = await somebody(app)
      expect(
        await codeOf(customers.update(other.id, { nick: `nick of ${name}`, company: 'B' }, { by: other.by })),
      ).toMatch(/taken|conflict/)
      expect((await customers.view(other.id)).record).toMatchObject({ nick: null, company: null })
      await customers.update(one.id, { nick: null }, { by: one.by })
      expect(await identifiersOf(one.id)).toEqual([one.email])
      await addIdentifier(app.storage, { collection: 'customers', kind: 'nick', key: 'stray', principalId: one.id })
      expect(await codeOf(customers.update(other.id, { nick: 'stray' }, { by: other.by }))).toMatch(/taken|conflict/)
      expect((await customers.view(other.id)).record.nick).toBeNull()
    })

    it('lets what others sign in by be changed by those alone who have all their rights, and never by a key of its own', async () => {
      const { customers } = app.auth.records
      const one = await somebody(app)
      await customers.update(one.id, { boss: ann.id })
      await app.auth.permissions.roles
        .create({ label: `boss-${name}` })
        .then(({ label }) => app.auth.permissions.assign(one.id, label))
      await app.auth.permissions.grants.add(`boss-${name}`, 'content:read')
      expect(await codeOf(customers.update(one.id, { company: 'by the boss' }, { by: ann.by }))).toBe('none')
      expect(await codeOf(customers.update(one.id, { nick: 'x' }, { by: ann.by }))).toBe('forbidden')
      expect(await codeOf(customers.delete(one.id, { by: ann.by }))).toBe('forbidden')
      const key = await byKey(app, one, null)
      expect(await codeOf(customers.update(one.id, { company: 'by a key' }, { by: key }))).toBe('none')
      expect(await codeOf(customers.update(one.id, { nick: 'by a key' }, { by: key }))).toBe('forbidden')
      expect(await codeOf(customers.update(one.id, { nick: `own ${name}` }, { by: one.by }))).toBe('none')
      // What is sent back as it is changes nothing, and needs no right.
      expect(await codeOf(customers.update(one.id, { nick: `own ${name}` }, { by: ann.by }))).toBe('none')
    })

    it('deletes the principal with its sessions, by the rule', async () => {
      const { customers } = app.auth.records
      const one = await somebody(app)
      app.events.length = 0
      expect(await codeOf(customers.delete(one.id, { by: bob.by }))).toBe('not_found')
      expect(await codeOf(customers.delete(one.id, { by: null }))).toBe('unauthenticated')
      app.clock.at += 11 * 60_000
      expect(await codeOf(customers.delete(one.id, { by: one.by }))).toBe('reauthentication_required')
      expect(await codeOf(customers.delete(one.id, { by: await byKey(app, one, null) }))).toBe('forbidden')
      expect(await codeOf(customers.delete(one.id, { by: await signIn(app, one.email) }))).toBe('none')
      expect([await isThere(one.id), await identifiersOf(one.id)]).toEqual([false, []])
      expect(app.events.filter(({ type }) => type === 'principal.deleted')).toMatchObject([{ principalId: one.id }])
      const two = await somebody(app)
      await customers.update(two.id, { boss: ann.id })
      expect(await codeOf(customers.delete(two.id, { by: ann.by }))).toBe('none')
      expect(await isThere(two.id)).toBe(false)
    })

    it('serves `users` in the same way, whose last admin stays', async () => {
      const { users } = app.auth.records
      const root = await somebody(app, [])
      await app.auth.permissions.assign(root.id, 'admin')
      const by = await signIn(app, root.email, 'users')
      expect(await codeOf(users.list({}, { by: ann.by }))).toBe('forbidden')
      const made = await users.create({ email: `user-${name.length}@example.test`, name: 'U' }, { by })
      expect(made.record).toMatchObject({ name: 'U', username: null })
      expect(made.record).not.toHaveProperty('role')
      expect((await app.auth.permissions.rolesOf(made.id)).map(({ label }) => label)).toEqual(['member'])
      expect(await codeOf(users.delete(root.id, { by }))).toBe('last_admin')
      expect(await users.deleteMany({ filter: { id: { in: [root.id, made.id] } } }, { by })).toEqual({
        deleted: 1,
        kept: 1,
        more: false,
      })
      await app.auth.permissions.unassign(root.id, 'admin').catch(() => undefined)
    })
  })

  describe('deleteMany', () => {
    it('deletes what whoever asks may list and delete, by few statements', async () => {
      const tag = `bulk ${name}`
      for (const { id } of [ann, ann, bob]) await posted({ title: tag, author: id })
      expect(await codeOf(posts.deleteMany({}))).toBe('invalid_request all')
      expect(await codeOf(posts.deleteMany({ search: '', filter: { title: {} } }))).toBe('invalid_request all')
      expect(await codeOf(posts.deleteMany({ all: true, search: 'x' }))).toBe('invalid_request all')
      expect(await codeOf(posts.deleteMany({ search: tag }, { by: null }))).toBe('unauthenticated')
      app.events.length = 0
      expect(await posts.deleteMany({ search: tag }, { by: ann.by })).toEqual({ deleted: 2, kept: 0, more: false })
      expect(app.events).toMatchObject([
        { type: 'records.deleted', collection: 'posts', records: 2, actorId: ann.id, principalId: null },
      ])
      expect((await posts.list({ search: tag })).items.map(({ author }) => author)).toEqual([bob.id])
      // Reports can be deleted by anybody, and listed by nobody.
      await app.auth.records.reports.create({ text: 'a secret of somebody' })
      expect(await codeOf(app.auth.records.reports.deleteMany({ search: 'a secret' }, { by: ann.by }))).toBe(
        'forbidden',
      )
      await posts.deleteMany({ search: tag })
    })

    it(`takes ${many} records in parts, and exports them`, { timeout: 300_000 }, async () => {
      const table = tableOf(app, 'topics')
      await app.auth.records.topics.deleteMany({ all: true })
      for (let from = 0; from < many; from += 500) {
        const rows = Array.from({ length: Math.min(500, many - from) }, (_, index) => {
          const hex = (from + index).toString(16).padStart(12, '0')
          return { id: `01a2014d-b475-7215-8438-${hex}`, name: `topic ${from + index}`, created_at: 1, updated_at: 1 }
        })
        await app.storage.insert(table, rows)
      }
      const { topics } = app.auth.records
      const lines = (await textOf(topics.export({ format: 'jsonl' }, { by: admin.by }))).trimEnd().split('\n')
      expect(lines).toHaveLength(many)
      expect(new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id)).size).toBe(many)
      const key = await byKey(app, admin, null)
      const slow = topics.export({ format: 'jsonl' }, { by: key })[Symbol.asyncIterator]()
      expect((await slow.next()).done).toBe(false)
      expect(await app.auth.apiKeys.revoke(key.apiKey?.id ?? '')).toBe(true)
      expect(await codeOf(slow.next())).toBe('token_invalid')
      const first = await counted(11, () => topics.deleteMany({ all: true }, { by: admin.by }))
      expect(first).toBeLessThan(15)
      let left = many - 1_000
      for (;;) {
        const { deleted, more } = await topics.deleteMany({ all: true }, { by: admin.by })
        expect(deleted).toBe(Math.min(1_000, left))
        left -= deleted
        expect(more).toBe(left > 0)
        if (!more) break
      }
      expect(await topics.count()).toBe(0)
    })
  })

  it('is part of a transaction of the app, and of what it rolls back', async () => {
    if (name === 'memory') return
    const { app: kysely } = database as TestDatabase
    const work = kysely.transaction().execute(async (transaction) => {
      const within = app.auth.with(transaction)
      const { record } = await within.records.posts.create({ title: 'within', author: ann.id })
      expect((await within.records.posts.update(record.id, { title: 'y' }, { by: ann.by })).record?.title).toBe('y')
      const records = await within.recordsOf('posts')
      expect((await records?.view(record.id))?.record['title']).toBe('y')
      throw new Error(record.id)
    })
    const id = await work.catch((error: Error) => error.message)
    expect(id).toMatch(/^[\w-]{36}$/)
    expect(await codeOf(posts.view(String(id)))).toBe('not_found')
  })
})

const tableOf = (app: RecordsApp, name: 'posts' | 'topics') => {
  const { collection } = app.auth.records[name]
  return collectionTable(collection)
}
