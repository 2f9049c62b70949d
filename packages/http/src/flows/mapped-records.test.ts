import { createTestCardea } from '@cardea/testing'
import { anyOf, bool, date, defineCollection, owner, relation, text } from 'cardea'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Got, received, requestOf, type Sent } from '../app.fixture.js'
import { createHandler } from '../index.js'
import { answerCheck, asDescribed } from '../openapi/conformance.fixture.js'

const members = defineCollection('members', {
  type: 'auth',
  table: 'Members',
  id: 'integer',
  columns: { id: 'no', email: 'mail' },
  fields: { bio: text({ optional: true }), rating: text({ optional: true, hidden: true }) },
  rules: { list: 'authenticated', view: 'self', update: 'self', delete: 'self' },
})
const notes = defineCollection('notes', {
  type: 'base',
  table: 'Notes',
  id: 'integer',
  columns: { id: 'no', author: 'written_by' },
  fields: {
    title: text(),
    done: bool({ default: false }),
    due: date({ optional: true }),
    author: relation('members', { id: 'integer', optional: true }),
    page: relation('pages', { id: 'text', optional: true }),
  },
  rules: {
    list: 'public',
    view: 'public',
    create: owner('author'),
    update: anyOf(owner('author'), 'notes:update'),
    delete: owner('author'),
  },
})
const pages = defineCollection('pages', {
  type: 'base',
  table: 'pages',
  columns: { id: 'slug' },
  fields: { title: text() },
  rules: { list: 'public', view: 'public', update: 'public' },
})
const tags = defineCollection('tags', {
  type: 'base',
  table: 'tags',
  id: 'uuid',
  columns: {},
  fields: { label: text() },
  rules: { list: 'public', view: 'public' },
})

async function createShop() {
  const test = await createTestCardea({ collections: [members, notes, pages, tags], mail: false })
  const handler = createHandler(test.auth, { rateLimits: 'off' })
  const check = await answerCheck(test.auth, { rateLimits: 'off' }, [members, notes, pages, tags])
  const send = async (method: string, path: string, sent: Sent = {}): Promise<Got> => {
    const request = requestOf(method, `/api/v1/collections/${path}`, sent)
    return asDescribed(
      check,
      method,
      `/api/v1/collections/${path}`,
      await received(await handler(request, { ip: '192.0.2.1' })),
    )
  }
  const somebody = async () => {
    const { accessToken, user } = await test.signInAs(undefined, { collection: 'members' })
    return { id: String(user['id']), principalId: String(user['principal_id']), bearer: accessToken }
  }
  return { ...test, send, somebody }
}

const outcome = ({ status, code }: Got): string => (code === undefined ? String(status) : `${status} ${code}`)

describe('records of tables that the app has made', () => {
  let shop: Awaited<ReturnType<typeof createShop>>
  let ann: Awaited<ReturnType<typeof shop.somebody>>
  let bob: typeof ann

  beforeAll(async () => {
    shop = await createShop()
    ann = await shop.somebody()
    bob = await shop.somebody()
  })

  it('are made, read, changed and deleted by the ids of the table', async () => {
    const made = await shop.send('POST', 'notes/records', {
      bearer: ann.bearer,
      body: { title: 'A note', due: '2026-02-03T04:05:06.000Z' },
    })
    const { id } = made.body as { readonly id: string }
    expect(outcome(made)).toBe('201')
    expect(id).toMatch(/^\d+$/)
    expect(made.headers.get('location')).toBe(`/api/v1/collections/notes/records/${id}`)
    expect(made.body).toMatchObject({ author: ann.id, done: false, due: '2026-02-03T04:05:06.000Z', created_at: null })
    const at = `notes/records/${id}`
    const tag = made.headers.get('etag') ?? ''
    const seen = await shop.send('GET', at)
    expect([seen.body, seen.headers.get('etag')]).toEqual([made.body, tag])
    expect(outcome(await shop.send('GET', at, { headers: { 'if-none-match': tag } }))).toBe('304')
    const change = { bearer: ann.bearer, body: { done: true }, headers: { 'if-match': tag } }
    expect(outcome(await shop.send('PATCH', at, { ...change, bearer: bob.bearer }))).toBe('404 not_found')
    expect((await shop.send('PATCH', at, change)).body).toMatchObject({ id, done: true })
    expect(outcome(await shop.send('PATCH', at, change))).toBe('412 precondition_failed')
    expect((await shop.send('GET', 'notes/records?expand=author', { bearer: ann.bearer })).list).toMatchObject([
      { id, author: { id: ann.id, principal_id: ann.principalId } },
    ])
    expect((await shop.send('GET', 'notes/records?expand=author', { bearer: bob.bearer })).list).toMatchObject([
      { id, author: ann.id },
    ])
    expect(outcome(await shop.send('DELETE', at, { bearer: ann.bearer }))).toBe('204')
    expect(outcome(await shop.send('GET', at))).toBe('404 not_found')
  })

  it('are at one path each: every other spelling is no record, and no failure', async () => {
    const { record } = await shop.auth.records.notes.create({ title: 'x', author: ann.id })
    const { id } = record
    const spellings = [
      `0${id}`,
      `%2B${id}`,
      `+${id}`,
      `${id}.0`,
      `${id}%20`,
      '-1',
      'abc',
      '9'.repeat(19),
      '9'.repeat(40),
    ]
    for (const other of spellings) {
      for (const path of [`notes/records/${other}`, `notes/records?q=${other}`]) {
        expect(outcome(await shop.send('GET', path)), path).toBe('404 not_found')
        const sent = { bearer: ann.bearer, body: { title: 'y' } }
        expect(outcome(await shop.send('PATCH', path, sent)), path).toBe('404 not_found')
        expect(outcome(await shop.send('DELETE', path, { bearer: ann.bearer })), path).toBe('404 not_found')
      }
      expect((await shop.send('GET', `notes/records?filter[id][eq]=${other}`)).text).toBe('[]')
    }
    for (const other of ['1', 'x', '0197F3F0-0000-7000-8000-00000000ABCD']) {
      expect(outcome(await shop.send('GET', `tags/records/${other}`))).toBe('404 not_found')
    }
    expect((await shop.send('GET', `notes/records?q=${id}`)).body).toMatchObject({ id })
  })

  it('of texts that no path can hold are found by q', async () => {
    const { page } = await shop.auth.records.notes.create({ title: 'x', page: 'ü/ä ?' }).then(({ record }) => record)
    expect(page).toBe('ü/ä ?')
    const path = `pages/records?q=${encodeURIComponent(page ?? '')}`
    expect(outcome(await shop.send('GET', path))).toBe('404 not_found')
    const { record } = await shop.auth.records.pages.create({ title: 'Made here' })
    expect((await shop.send('GET', `pages/records/${record.id}`)).body).toMatchObject({ title: 'Made here' })
    expect((await shop.send('PATCH', `pages/records?q=${record.id}`, { body: { title: 'z' } })).body).toMatchObject({
      title: 'z',
    })
  })

  it('of principals are one’s own by the row, not by the principal', async () => {
    const own = await shop.send('GET', `members/records/${ann.id}`, { bearer: ann.bearer })
    expect(own.body).toMatchObject({ id: ann.id, principal_id: ann.principalId })
    expect(own.body).not.toHaveProperty('rating')
    expect(outcome(await shop.send('GET', `members/records/${ann.id}`, { bearer: bob.bearer }))).toBe('404 not_found')
    expect(outcome(await shop.send('GET', `members/records/${ann.principalId}`, { bearer: ann.bearer }))).toBe(
      '404 not_found',
    )
    const change = await shop.send('PATCH', `members/records/${ann.id}`, { bearer: ann.bearer, body: { bio: 'Hello' } })
    expect(change.body).toMatchObject({ bio: 'Hello' })
    for (const query of [
      'sort=created_at',
      'filter[verified][eq]=true',
      'filter[id][contains]=1',
      'filter[rating][eq]=x',
    ]) {
      expect(outcome(await shop.send('GET', `members/records?${query}`, { bearer: ann.bearer }))).toBe(
        '422 unknown_field',
      )
    }
    const lost = await shop.somebody()
    expect(outcome(await shop.send('DELETE', `members/records/${lost.id}`, { bearer: lost.bearer }))).toBe('204')
    expect(outcome(await shop.send('GET', `members/records/${lost.id}`, { bearer: lost.bearer }))).toMatch(/^40[14] /)
  })

  it('of principals are read cursor by cursor', async () => {
    const seen: unknown[] = []
    let cursor = ''
    do {
      const path = `members/records?limit=1&cursor=${cursor}`
      const { body } = await shop.send('GET', path, { bearer: ann.bearer })
      const page = body as { readonly data: readonly { readonly id: string }[]; readonly next_cursor: string | null }
      seen.push(...page.data.map(({ id }) => id))
      cursor = page.next_cursor ?? ''
    } while (cursor !== '')
    expect(seen.toSorted()).toEqual([ann.id, bob.id].toSorted())
  })
})
