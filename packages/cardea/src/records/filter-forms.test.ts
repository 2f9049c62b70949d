import { defineCollection, number } from '@cardea/collections'
import { createMemoryStorage } from '@cardea/storage/memory'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AnyRecordsApi } from '../api/records.js'
import { createCardea } from '../create-cardea.js'
import { createTestLogger, secret } from '../testing.fixture.js'

let things: AnyRecordsApi

beforeAll(async () => {
  const auth = createCardea({
    storage: createMemoryStorage(),
    secret,
    environment: 'test',
    logger: createTestLogger(),
    collections: [defineCollection('things', { type: 'base', fields: { n: number() } })],
  })
  await auth.migrate()
  things = (await auth.recordsOf('things')) ?? expect.fail('it is defined')
  for (const n of [1, 2]) await things.create({ n })
})

// As code without types may write it.
const list = (filter: unknown) => things.list({ filter: filter as Readonly<Record<string, object>> })

describe('a filter in code', () => {
  it.each(['x', 1, null, true, [1, 2], new Date(0), new Map([['eq', 1]]), {}])(
    'is told to name an operator, where it is %j',
    async (compared) => {
      await expect(list({ n: compared })).rejects.toMatchObject({
        code: 'invalid_request',
        issues: [
          { path: 'filter[n]', code: 'required', message: expect.stringMatching(/\{ n: \{ eq: … \} \}; .* eq, ne,/) },
        ],
      })
    },
  )

  it.each(['x', null, [], new Map([['n', { eq: 1 }]])])('is refused where it is %j', async (filter) => {
    await expect(list(filter)).rejects.toMatchObject({ code: 'invalid_request', issues: [{ path: 'filter' }] })
  })

  it('may leave out fields and operators by undefined', async () => {
    expect((await list({ n: undefined })).items).toHaveLength(2)
    expect((await list({ n: { eq: undefined, gt: 1 } })).items).toMatchObject([{ n: 2 }])
  })
})
