import { describe, expect, it } from 'vitest'
import { answerList } from './answer-list.js'
import type { ListQuery } from './list-form.js'

interface Thing {
  readonly name: string
  readonly size: number | null
}

const list = {
  fields: { name: ({ name }: Thing) => name, size: ({ size }: Thing) => size },
  key: 'name',
  searched: ({ name }: Thing) => name,
  present: ({ name }: Thing) => ({ name }),
  path: '/api/v1/things',
}
const things: readonly Thing[] = [
  { name: 'd', size: 1 },
  { name: 'b', size: null },
  { name: 'a', size: 2 },
  { name: 'c', size: 1 },
]
const bodyOf = (query: ListQuery) => answerList(things, query, list).body
const named = (names: string) => names.split('').map((name) => ({ name }))
const refusal = (query: ListQuery): unknown => {
  try {
    return bodyOf(query)
  } catch (error) {
    return error
  }
}

describe('answerList', () => {
  it('answers a plain list in the order of its key, with a link to what does not fit', () => {
    expect(answerList(things, {}, list)).toEqual({ body: named('abcd'), headers: [] })
    const many = Array.from({ length: 1_001 }, (_, index) => ({ name: String(index).padStart(4, '0'), size: index }))
    const answer = answerList(many, {}, list)
    expect(answer.body).toHaveLength(1_000)
    expect(answer.headers).toEqual([['Link', '</api/v1/things?limit=1000&offset=1000>; rel="next"']])
  })

  it('sorts by several fields, null first, and the key where they are equal', () => {
    expect(bodyOf({ sort: 'size' })).toEqual(named('bcda'))
    expect(bodyOf({ sort: '-size' })).toEqual(named('acdb'))
    expect(bodyOf({ sort: 'size,-name' })).toEqual(named('bdca'))
  })

  it('knows instants by the names that they have in other lists, too', () => {
    const dated = { ...list, fields: { ...list.fields, created_at: ({ size }: Thing) => size } }
    const newest = (sort: string) => answerList(things, { sort }, dated).body
    expect(newest('-created')).toEqual(named('acdb'))
    expect(newest('-created')).toEqual(newest('-created_at'))
    expect(answerList(things, { 'filter[created][eq]': '2' }, dated).body).toEqual(named('a'))
    expect(refusal({ sort: 'created' })).toMatchObject({ code: 'unknown_field' })
  })

  it('cuts by limit and offset, and by page', () => {
    expect(bodyOf({ limit: '2' })).toEqual({ data: named('ab'), total: 4, limit: 2, offset: 0 })
    expect(bodyOf({ offset: '3' })).toEqual({ data: named('d'), total: 4, limit: 100, offset: 3 })
    expect(bodyOf({ offset: '9' })).toEqual({ data: [], total: 4, limit: 100, offset: 9 })
    expect(bodyOf({ page: '2', per_page: '3' })).toEqual({
      items: named('d'),
      page: 2,
      per_page: 3,
      total: 4,
      total_pages: 2,
    })
    expect(bodyOf({ per_page: '3' })).toMatchObject({ page: 1, items: named('abc') })
  })

  it.each(['name', '-name', 'size', '-size', 'size,-name'])('walks through all by cursor, sorted by %s', (sort) => {
    const seen: unknown[] = []
    let cursor: unknown = ''
    for (let round = 0; round < 10 && cursor !== null; round += 1) {
      const body = bodyOf({ cursor: String(cursor), limit: '1', sort }) as { data: unknown[]; next_cursor: unknown }
      seen.push(...body.data)
      cursor = body.next_cursor
    }
    expect(cursor).toBe(null)
    expect(seen).toEqual(bodyOf({ sort }))
  })

  it('goes on behind an element that is gone meanwhile', () => {
    const { next_cursor: cursor } = bodyOf({ cursor: '', limit: '2' }) as { next_cursor: string }
    const without = things.filter(({ name }) => name !== 'b')
    expect(answerList(without, { cursor, limit: '2' }, list).body).toEqual({ data: named('cd'), next_cursor: null })
  })

  it('filters and searches', () => {
    expect(bodyOf({ 'filter[size][eq]': '1' })).toEqual(named('cd'))
    expect(bodyOf({ 'filter[size][ne]': '1', search: 'A' })).toEqual(named('a'))
  })

  it.each([
    [{ sort: 'secret' }, 'sort', 'unknown_field'],
    [{ sort: '__proto__' }, 'sort', 'unknown_field'],
    [{ 'filter[secret][eq]': '1' }, 'filter[secret][eq]', 'unknown_field'],
    [{ limit: '0' }, 'limit', 'invalid_request'],
    [{ limit: '1001' }, 'limit', 'invalid_request'],
    [{ limit: '0x10' }, 'limit', 'invalid_request'],
    [{ limit: '' }, 'limit', 'invalid_request'],
    [{ offset: '-1' }, 'offset', 'invalid_request'],
    [{ page: '0' }, 'page', 'invalid_request'],
    [{ page: '1', limit: '1' }, 'limit', 'invalid_request'],
    [{ per_page: '1', offset: '1' }, 'offset', 'invalid_request'],
    [{ cursor: '', page: '1' }, 'page', 'invalid_request'],
    [{ cursor: 'x' }, 'cursor', 'invalid_request'],
    [{ cursor: Buffer.from('["a","b"]').toString('base64url') }, 'cursor', 'invalid_request'],
    [{ cursor: Buffer.from('[{"a":1}]').toString('base64url') }, 'cursor', 'invalid_request'],
    [{ cursor: 'x'.repeat(3_000) }, 'cursor', 'invalid_request'],
  ])('refuses %j', (query, path, code) => {
    expect(refusal(query)).toMatchObject({ code, issues: [{ path }] })
  })
})
