import { describe, expect, it } from 'vitest'
import { answerPage } from './answer-page.js'
import { answerStoredList } from './answer-stored-list.js'

const all = ['a', 'b', 'c', 'd', 'e']

/** What a query is answered with by both, and how often all were counted. */
async function answers(query: Readonly<Record<string, string>>) {
  let counted = 0
  const count = async () => {
    counted += 1
    return all.length
  }
  const common = { count, present: (name: string) => ({ name }), path: '/names' }
  const paged = await answerPage(query, {
    ...common,
    read: async ({ limit, offset }) => ({
      items: all.slice(offset, offset + limit),
      next: offset + limit < all.length ? [] : null,
    }),
  })
  const countedByPage = counted
  const stored = await answerStoredList(query, {
    ...common,
    read: async ({ limit, offset }) => all.slice(offset, offset + limit),
    place: () => [],
    isPlace: () => true,
  })
  expect(stored.body).toEqual(paged.body)
  expect(counted).toBe(2 * countedByPage)
  return { body: paged.body, counted: countedByPage }
}

describe('answerPage and answerStoredList', () => {
  it.each([
    [{ limit: '2' }, 2, 1],
    [{ limit: '2', offset: '2' }, 2, 1],
    [{ limit: '2', offset: '4' }, 1, 0],
    [{ limit: '5' }, 5, 0],
    [{ limit: '9', offset: '5' }, 0, 1],
    [{ page: '1', per_page: '3' }, 3, 1],
    [{ page: '2', per_page: '3' }, 2, 0],
    [{ page: '3', per_page: '3' }, 0, 1],
  ])('say of %j how many there are, and count where the part does not say so', async (query, size, times) => {
    const { body, counted } = await answers(query)
    expect(body).toMatchObject({ total: 5 })
    const { data, items } = body as { readonly data?: object[]; readonly items?: object[] }
    expect([data ?? items, counted]).toEqual([expect.objectContaining({ length: size }), times])
  })
})
