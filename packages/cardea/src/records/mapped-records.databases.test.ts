import { and, eq } from '@cardea/core'
import { identifiers, principals, type Storage } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authentication } from '../api/sign-in.js'
import type { ListPlace } from '../api/users.js'
import { databases } from '../databases.fixture.js'
import { createMappedApp, type MappedRecordsApp, mappedTables, tableOf } from './mapped-records.fixture.js'
import { codeOf, password, textOf } from './records.fixture.js'

interface Opened {
  readonly storage: Storage
  readonly close: () => Promise<void>
}

const memory = {
  name: 'memory',
  open: async (): Promise<Opened> => ({ storage: createMemoryStorage(), close: async () => undefined }),
}
const others = databases.map(({ name, open }) => ({
  name,
  open: async (): Promise<Opened> => {
    const database = await open()
    const [storage] = database.nodes
    const statements = storage.dialect === 'memory' ? [] : mappedTables[storage.dialect]
    for (const statement of statements) await sql.raw(statement).execute(database.app)
    return { storage, close: () => database.close() }
  },
}))

interface Somebody {
  readonly id: string
  readonly principalId: string
  readonly by: Authentication
}

describe.each([memory, ...others])('records of tables that the app has made, on $name', ({ name, open }) => {
  let opened: Opened
  let app: MappedRecordsApp
  let auth: MappedRecordsApp['auth']
  let ann: Somebody
  let bob: Somebody
  let partner: Somebody
  let clerk: Somebody

  /** Writes a row as the app does. @returns Its id. */
  const insert = async (
    collection: 'members' | 'tags' | 'pages',
    row: Readonly<Record<string, unknown>>,
  ): Promise<string> => {
    let id = String(row['id'])
    const setId = (value: string): void => {
      id = value
    }
    await app.storage.insert(tableOf(collection), row, collection === 'members' ? { onAssigned: setId } : {})
    return id
  }

  const signIn = async (collection: 'members' | 'partners' | 'staff', email: string): Promise<Somebody> => {
    const { accessToken = '', user } = await auth.collections[collection].login({ email, password })
    const result = await auth.verify({ bearerToken: accessToken }, { collections: [collection] })
    if (!result.authenticated) throw new Error(result.code)
    return { id: user.id, principalId: user.principal_id, by: result.authentication }
  }

  beforeAll(async () => {
    opened = await open()
    app = createMappedApp(opened.storage)
    auth = app.auth
    await auth.migrate()
    await auth.ready()
    await auth.collections.members.create({ email: 'first@example.test', password })
    await auth.collections.members.create({ email: 'ann@example.test', password })
    await auth.collections.members.create({ email: 'bob@example.test', password })
    await auth.collections.partners.create({ email: 'partner@example.test', password })
    await auth.collections.staff.create({ email: 'clerk@example.test', password })
    ann = await signIn('members', 'ann@example.test')
    bob = await signIn('members', 'bob@example.test')
    partner = await signIn('partners', 'partner@example.test')
    clerk = await signIn('staff', 'clerk@example.test')
  })

  afterAll(async () => {
    await app?.settle()
    await auth?.close()
    await opened?.close()
  })

  const principalOf = async (collection: string, recordKey: string) =>
    await app.storage.findOne(principals, { where: and(eq('collection', collection), eq('record_key', recordKey)) })
  const identifiersOf = async (principalId: string) =>
    (await app.storage.find(identifiers, { where: eq('principal_id', principalId), limit: 'all' }))
      .map(({ kind, key }) => `${kind} ${key}`)
      .toSorted()

  describe('ids', () => {
    it('are those of the table, and name a record in one spelling', async () => {
      expect(ann.id).toMatch(/^[1-9]\d*$/)
      const { notes } = auth.records
      const { record } = await notes.create({ title: 'One' })
      expect(record.id).toMatch(/^[1-9]\d*$/)
      const wrong = [
        `0${record.id}`,
        `+${record.id}`,
        `${record.id}.0`,
        `${record.id}e0`,
        ` ${record.id}`,
        `${record.id} `,
        `0x${record.id}`,
        '',
        '-0',
        'abc',
        '9223372036854775807',
        '9223372036854775808',
        '99999999999999999999999',
        '01a2014d-b475-7215-8438-031c3b71c287',
        'é',
        '\u0000',
        '\ud800',
      ]
      for (const id of wrong) {
        expect(await codeOf(notes.view(id)), id).toBe('not_found')
        expect(await codeOf(notes.update(id, { title: 'x' })), id).toBe('not_found')
        expect(await codeOf(notes.delete(id)), id).toBe('not_found')
        expect(await codeOf(auth.records.members.view(id)), id).toBe('not_found')
        expect(await codeOf(auth.records.members.update(id, { bio: 'x' })), id).toBe('not_found')
        expect(await codeOf(auth.records.members.delete(id)), id).toBe('not_found')
      }
      expect((await notes.view(record.id)).record.title).toBe('One')
    })

    it('are UUIDs in lower case, or texts byte by byte, where the table has such', async () => {
      const id = '0197f3f0-0000-7000-8000-00000000abcd'
      await insert('tags', { id, label: 'A' })
      const { tags, pages } = auth.records
      expect((await tags.view(id)).record).toEqual({ id, label: 'A', created_at: null, updated_at: null })
      for (const other of [id.toUpperCase(), id.replaceAll('-', ''), `{${id}}`, `${id} `, '1', 'a']) {
        expect(await codeOf(tags.view(other)), other).toBe('not_found')
        expect(await codeOf(tags.update(other, { label: 'x' })), other).toBe('not_found')
        expect(await codeOf(tags.delete(other)), other).toBe('not_found')
      }
      const made = await tags.create({ label: 'B' })
      expect((await tags.view(made.record.id)).etag).toBe(made.etag)
      for (const slug of ['About-us', 'ü/ä?', '..', '01', 'a b']) {
        await insert('pages', { id: slug, title: slug })
        expect((await pages.view(slug)).record).toMatchObject({ id: slug, title: slug })
      }
      for (const other of ['about-us', 'About-us ', 'About-üs', '1', '', 'x'.repeat(300), '\u0000']) {
        expect(await codeOf(pages.view(other)), other).toBe('not_found')
      }
    })

    it('are filtered and walked through as what they are', async () => {
      const { notes } = auth.records
      const made: string[] = []
      for (let index = 0; index < 12; index += 1) {
        made.push((await notes.create({ title: `walk ${index % 3}` })).record.id)
      }
      // In memory, where numbers are texts, they come in the order of texts.
      if (name === 'memory') made.sort()
      const first = made[0] ?? ''
      const filter = { title: { contains: 'walk' } }
      const ids = async (query: Parameters<typeof notes.list>[0]) => (await notes.list(query)).items.map(({ id }) => id)
      expect(await ids({ filter })).toEqual(made)
      expect(await ids({ filter: { id: { eq: first } } })).toEqual([first])
      expect(await ids({ filter: { id: { eq: `0${first}` } } })).toEqual([])
      expect(await ids({ filter: { id: { in: [first, 'x', `+${first}`] } } })).toEqual([first])
      expect(await ids({ filter: { ...filter, id: { gt: first } } })).toEqual(made.slice(1))
      expect(await ids({ filter: { ...filter, id: { ne: 'x' } } })).toEqual(made)
      expect(await codeOf(notes.list({ filter: { id: { gt: 'x' } } }))).toBe('invalid_request filter[id][gt]')
      expect(await codeOf(notes.list({ filter: { id: { contains: '1' } } }))).toBe('unknown_field filter[id][contains]')
      expect(await codeOf(notes.list({ filter: { author: { contains: '1' } } }))).toBe(
        'unknown_field filter[author][contains]',
      )
      expect(await codeOf(notes.list({ filter: { tag: { lt: 'x' } } }))).toBe('invalid_request filter[tag][lt]')
      for (const sort of [['id'], ['-id'], ['title'], ['-updated_at', 'title'], ['-stars']] as const) {
        const expected = await ids({ filter, sort })
        const walked: string[] = []
        for (let after: ListPlace | undefined; ; ) {
          const page = await notes.list({ filter, sort, limit: 5, after })
          walked.push(...page.items.map(({ id }) => id))
          if (page.next === null) break
          after = JSON.parse(JSON.stringify(page.next)) as ListPlace
        }
        expect(walked).toEqual(expected)
        expect(walked.toSorted()).toEqual(made.toSorted())
      }
      for (const place of [['x'], [`0${first}`], [1], [null]]) {
        expect(await codeOf(notes.list({ after: place as unknown as ListPlace }))).toBe('invalid_request after')
      }
    })
  })

  describe('base collections', () => {
    it('show native instants, numbers and booleans as all records do, with a tag that holds', async () => {
      const { notes } = auth.records
      const values = {
        title: 'Typed',
        stars: 5,
        done: true,
        due: '2026-02-03T04:05:06.789Z',
        seen: '2026-02-03T04:05:06.007Z',
      }
      app.clock.at += 1_234
      const { record, etag } = await notes.create(values, {})
      expect(record).toEqual({
        ...values,
        id: expect.any(String),
        author: null,
        tag: null,
        created_at: null,
        updated_at: expect.stringMatching(/^2026-01-15T10:00:\d\d\.\d{3}Z$/),
      })
      if (record === null) throw new Error('not seen')
      expect(await notes.view(record.id)).toEqual({ record, etag })
      expect((await notes.list({ filter: { due: { eq: values.due }, done: { eq: true } } })).items).toEqual([record])
      expect(await notes.count({ filter: { seen: { gte: values.seen }, stars: { gt: 4 } } })).toBe(1)
      expect(await codeOf(notes.list({ sort: ['created_at'] }))).toBe('unknown_field sort')
      expect(await codeOf(notes.list({ filter: { created_at: { null: true } } }))).toBe(
        'unknown_field filter[created_at][null]',
      )
      expect(await codeOf(notes.update(record.id, { title: 'x' }, { ifMatch: '"other"' }))).toBe('precondition_failed')
      const changed = await notes.update(record.id, { title: 'New', done: false }, { ifMatch: etag ?? '' })
      expect(changed.etag).not.toBe(etag)
      expect(changed).toEqual({ id: record.id, ...(await notes.view(record.id)) })
      expect(await codeOf(notes.delete(record.id, { ifMatch: etag ?? '' }))).toBe('precondition_failed')
      await notes.delete(record.id, { ifMatch: changed.etag ?? '' })
      expect(await codeOf(notes.view(record.id))).toBe('not_found')
    })

    it('let one of several change a version', async () => {
      const { notes } = auth.records
      const { record, etag } = await notes.create({ title: 'Race', author: ann.id })
      const codes = await Promise.all(
        [1, 2, 3, 4].map((stars) => codeOf(notes.update(record.id, { stars }, { by: ann.by, ifMatch: etag }))),
      )
      expect(codes.toSorted()).toEqual(['none', ...Array<string>(3).fill('precondition_failed')])
    })

    it('belong to whom their column says, and to nobody else', async () => {
      const { notes, likes, pages } = auth.records
      const made = await notes.create({ title: 'Mine' }, { by: ann.by })
      expect(made.record?.author).toBe(ann.id)
      expect(await codeOf(notes.create({ title: 'x', author: bob.id }, { by: ann.by }))).toBe('forbidden')
      expect(await codeOf(notes.create({ title: 'x', author: `0${ann.id}` }, { by: ann.by }))).toBe(
        'invalid_request author',
      )
      expect(await codeOf(notes.create({ title: 'x' }, { by: partner.by }))).toBe('forbidden')
      expect(await codeOf(notes.update(made.id, { title: 'x' }, { by: bob.by }))).toBe('not_found')
      expect(await codeOf(notes.update(made.id, { author: bob.id }, { by: ann.by }))).toBe('forbidden')
      expect((await notes.update(made.id, { stars: 1 }, { by: ann.by })).record).toMatchObject({ stars: 1 })
      const liked = await likes.create({ note: made.id } as never, { by: bob.by })
      expect(liked.record).toMatchObject({ by: bob.id, note: made.id })
      expect(await codeOf(likes.delete(liked.id, { by: ann.by }))).toBe('not_found')
      const { items } = await likes.list({ filter: { by: { eq: bob.id } }, expand: ['note', 'by'] }, { by: ann.by })
      expect(items).toEqual([{ ...liked.record, note: (await notes.view(made.id)).record, by: bob.id }])
      const [own] = (await likes.list({ expand: ['by'] }, { by: bob.by })).items
      expect(own?.by).toEqual((await auth.records.members.view(bob.id)).record)
      await likes.delete(liked.id, { by: bob.by })
      await insert('pages', { id: 'edited', title: 'x', editor: clerk.id })
      expect((await pages.update('edited', { title: 'y' }, { by: clerk.by })).record?.title).toBe('y')
      expect(await codeOf(pages.update('edited', { title: 'z' }, { by: ann.by }))).toBe('not_found')
      expect(await codeOf(notes.delete(made.id, { by: bob.by }))).toBe('not_found')
      await notes.delete(made.id, { by: ann.by })
    })

    it('refuse what their columns do not take as input, and name it', async () => {
      const { notes } = auth.records
      if (name === 'memory') return
      expect(await codeOf(notes.create({ title: 'x', author: '987654' }))).toBe('invalid_request author')
      expect(await codeOf(notes.create({ title: 'x', stars: 1.5 }))).toBe('invalid_request stars')
      if (opened.storage.dialect === 'sqlite') return
      expect(await codeOf(notes.create({ title: 'x', stars: 3_000_000_000 }))).toMatch(/^invalid_request/)
      expect(await codeOf(notes.create({ title: 'x', author: '99999999999' }))).toMatch(/^invalid_request/)
    })

    it('are deleted many at once, and exported', async () => {
      const { notes } = auth.records
      const ids: string[] = []
      for (const title of ['bulk a', 'bulk b', 'bulk c'])
        ids.push((await notes.create({ title, author: ann.id })).record.id)
      const other = await notes.create({ title: 'bulk d', author: bob.id })
      const lines = (await textOf(notes.export({ format: 'jsonl', search: 'bulk' }))).trim().split('\n')
      expect(lines.map((line) => (JSON.parse(line) as { readonly id: string }).id)).toEqual([...ids, other.record.id])
      expect(lines[0]).not.toContain('remark')
      const csv = await textOf(notes.export({ format: 'csv', search: 'bulk', fields: ['id', 'done', 'created_at'] }))
      expect(csv.split('\r\n')[1]).toBe(`${ids[0]},false,`)
      expect(await notes.deleteMany({ search: 'bulk' }, { by: ann.by })).toEqual({ deleted: 3, kept: 0, more: false })
      expect(await notes.count({ search: 'bulk' })).toBe(1)
      await notes.delete(other.record.id)
    })
  })

  describe('auth collections', () => {
    it('make principals with the ids that the database gives', async () => {
      const { members, partners } = auth.records
      const made = await members.create({ email: 'Made@example.test', password, nick: 'made' }, { by: ann.by })
      expect(made.record).toEqual({
        id: made.id,
        principal_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        email: 'made@example.test',
        verified: false,
        nick: 'made',
        bio: null,
        boss: ann.id,
        created_at: expect.stringMatching(/^2026-01-15T10:/),
        updated_at: null,
      })
      expect(made.id).toMatch(/^\d+$/)
      expect(await members.view(made.id, { by: ann.by })).toEqual({ record: made.record, etag: made.etag })
      expect((await auth.collections.members.login({ nick: 'made', password })).user.id).toBe(made.id)
      expect(await codeOf(members.create({ email: 'made@example.test' }))).toBe('email_taken')
      const other = await partners.create({ email: 'verified@example.test' })
      expect(other.record).toMatchObject({ verified: false, created_at: null, principal_id: other.record.id })
      await auth.collections.partners.change(other.record.principal_id, { verified: true })
      expect((await partners.view(other.record.id)).record.verified).toBe(true)
      expect((await partners.list({ filter: { id: { eq: other.record.id } } })).items[0]?.verified).toBe(true)
      expect(await codeOf(partners.list({ filter: { verified: { eq: true } } }))).toBe(
        'unknown_field filter[verified][eq]',
      )
      expect((await members.list({ filter: { verified: { eq: false }, nick: { eq: 'made' } } })).items).toEqual([
        made.record,
      ])
    })

    it('take whoever asks for its own row, whatever the id of its principal is', async () => {
      const { members, staff } = auth.records
      expect((await members.view(ann.id, { by: ann.by })).record).toMatchObject({ principal_id: ann.principalId })
      expect(await codeOf(members.view(ann.id, { by: bob.by }))).toBe('not_found')
      expect(await codeOf(members.view(ann.principalId, { by: ann.by }))).toBe('not_found')
      expect(await codeOf(members.view(ann.id, { by: clerk.by }))).toBe('not_found')
      const { record, etag } = await members.view(ann.id, { by: ann.by })
      const changed = await members.update(ann.id, { bio: 'Hello' }, { by: ann.by, ifMatch: etag })
      expect(changed.record).toEqual({ ...record, bio: 'Hello' })
      expect(changed.etag).not.toBe(etag)
      expect(await codeOf(members.update(ann.id, { bio: 'Late' }, { by: ann.by, ifMatch: etag }))).toBe(
        'precondition_failed',
      )
      for (const field of ['email', 'verified', 'principal_id', 'id', 'rating', 'created_at']) {
        const records = await auth.recordsOf('members')
        expect(await codeOf(records?.update(ann.id, { [field]: 'x' }, { by: ann.by }) ?? Promise.resolve())).toBe(
          `unknown_field ${field}`,
        )
      }
      expect((await staff.list({}, { by: clerk.by })).items.map(({ id }) => id)).toEqual([clerk.id])
      expect((await staff.list({}, { by: ann.by })).items).toEqual([])
    })

    it('keep what one signs in by in step, also where the app has changed its table meanwhile', async () => {
      const { members } = auth.records
      await members.update(bob.id, { nick: 'Bobby' }, { by: bob.by })
      expect(await identifiersOf(bob.principalId)).toEqual(['email bob@example.test', 'nick Bobby'])
      expect(await codeOf(members.update(ann.id, { nick: 'Bobby' }, { by: ann.by }))).toMatch(/^conflict/)
      await app.storage.update(tableOf('members'), { where: eq('id', bob.id), set: { nick: 'Robert' } })
      await members.update(bob.id, { nick: 'Rob' }, { by: bob.by })
      expect(await identifiersOf(bob.principalId)).toEqual(['email bob@example.test', 'nick Rob'])
      await members.update(bob.id, { nick: null }, { by: bob.by })
      expect(await identifiersOf(bob.principalId)).toEqual(['email bob@example.test'])
    })

    it('show, change and delete rows that have no principal yet', async () => {
      const { members } = auth.records
      const row = {
        email: 'old@example.test',
        verified: true,
        nick: 'old',
        boss: ann.id,
        created_at: Date.UTC(2020, 1, 3),
      }
      const id = await insert('members', row)
      const { record, etag } = await members.view(id, { by: ann.by })
      expect(record).toMatchObject({ id, principal_id: null, verified: true, created_at: '2020-02-03T00:00:00.000Z' })
      expect((await members.list({ filter: { email: { eq: 'OLD@example.test' } } })).items).toEqual([record])
      expect((await members.list({ filter: { id: { eq: id } } }, { by: bob.by })).items).toEqual([record])
      expect(await codeOf(members.update(id, { bio: 'x' }, { by: bob.by }))).toBe('not_found')
      app.events.length = 0
      const changed = await members.update(id, { bio: 'Old', nick: 'older' }, { by: ann.by, ifMatch: etag })
      expect(changed.record).toEqual({ ...record, bio: 'Old', nick: 'older' })
      expect(app.events).toMatchObject([
        { type: 'record.updated', record: id, fields: ['nick', 'bio'], principalId: null },
      ])
      expect(await app.storage.count(identifiers, eq('key', 'older'))).toBe(0)
      expect(await codeOf(members.delete(id, { by: bob.by }))).toBe('not_found')
      expect(await codeOf(members.delete(id, { by: ann.by, ifMatch: etag }))).toBe('precondition_failed')
      app.events.length = 0
      await members.delete(id, { by: ann.by, ifMatch: changed.etag ?? '' })
      expect(app.events).toMatchObject([{ type: 'record.deleted', record: id, principalId: null }])
      expect(await codeOf(members.view(id))).toBe('not_found')
      expect(await codeOf(members.delete(id))).toBe('not_found')
    })

    it('delete a row with its principal, and know none whose row the app has deleted', async () => {
      const { members } = auth.records
      const made = await members.create({ email: 'gone@example.test', password, boss: ann.id })
      const gone = await signIn('members', 'gone@example.test')
      await members.delete(made.record.id, { by: gone.by })
      expect(await principalOf('members', made.record.id)).toBeUndefined()
      expect(await codeOf(members.view(made.record.id))).toBe('not_found')
      const lost = await members.create({ email: 'lost@example.test', password })
      await app.storage.delete(tableOf('members'), eq('id', lost.record.id))
      expect(await codeOf(members.delete(lost.record.id))).toBe('not_found')
      expect(await codeOf(members.update(lost.record.id, { bio: 'x' }))).toBe('not_found')
      expect(await codeOf(members.view(lost.record.id))).toBe('not_found')
    })

    it('are deleted many at once, those with a principal and those without, and exported', async () => {
      const { members } = auth.records
      for (const index of [1, 2]) {
        await members.create({ email: `many${index}@example.test`, password, bio: 'many', boss: ann.id })
        await insert('members', { email: `row${index}@example.test`, bio: 'many', boss: ann.id })
      }
      const lines = (await textOf(members.export({ format: 'jsonl', search: 'many' }))).trim().split('\n')
      const shown = lines.map((line) => JSON.parse(line) as { readonly principal_id: string | null })
      expect(shown.map(({ principal_id: id }) => id === null)).toEqual([false, true, false, true])
      const csv = await textOf(members.export({ format: 'csv', search: 'row1@' }))
      expect(csv.split('\r\n')[0]).toBe('id,principal_id,email,verified,nick,bio,boss,created_at,updated_at')
      expect(await members.deleteMany({ filter: { bio: { eq: 'many' } } }, { by: bob.by })).toMatchObject({
        deleted: 0,
      })
      expect(await members.deleteMany({ filter: { bio: { eq: 'many' } } }, { by: ann.by })).toEqual({
        deleted: 4,
        kept: 0,
        more: false,
      })
      expect(await members.count({ filter: { bio: { eq: 'many' } } })).toBe(0)
    })

    it('refuse a value that the column does not take, and name it where the database does', async () => {
      if (name === 'memory') return
      const long = 'x'.repeat(30)
      expect(await codeOf(auth.records.members.update(ann.id, { bio: long }, { by: ann.by }))).toMatch(
        /^invalid_request/,
      )
    })
  })
})
