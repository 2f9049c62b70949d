import { bool, defineCollection, type Fields, number, relation, text } from '@cardea/collections'
import { describe, expect, it } from 'vitest'
import type { Cardea } from '../api/cardea.js'
import { createCardea } from '../create-cardea.js'
import { databases } from '../databases.fixture.js'
import { createTestLogger, secret } from '../testing.fixture.js'

const addTo = async (auth: Pick<Cardea, 'recordsOf'>, article: object) =>
  await (await auth.recordsOf('articles'))?.create(article)

describe.each(databases)('a required field that code adds, on $name', ({ open }) => {
  const setUp = async () => {
    const database = await open()
    const [storage] = database.nodes
    const logger = createTestLogger()
    const withFields = (fields: Fields) =>
      createCardea({
        storage,
        secret,
        environment: 'test',
        logger,
        collections: [defineCollection('articles', { type: 'base', fields })],
      })
    const before = withFields({ title: text() })
    await before.migrate()
    for (const title of ['A', 'B']) await addTo(before, { title })
    const warnings = () => logger.lines.filter((line) => line.startsWith('warn'))
    const found = async (auth: Pick<Cardea, 'doctor'>) =>
      (await auth.doctor()).checks.filter(({ name }) => name === 'required fields')
    return { close: async () => await database.close(), withFields, before, warnings, found }
  }

  it('is told of by migrate() and doctor(), where records have no value in it', async () => {
    const { close, withFields, before, warnings, found } = await setUp()
    try {
      expect(await found(before)).toEqual([])
      const after = withFields({ title: text(), price: number() })
      const missingValues = [{ collection: 'articles', field: 'price', rows: 2 }]
      expect(await after.migrate({ dryRun: true })).toMatchObject({ missingValues })
      expect(await after.migrate()).toMatchObject({ missingValues })
      expect(warnings().at(-1)).toMatch(/2 records of articles have no value in price, .*default.*optional.*write/)
      expect(await found(after)).toMatchObject([
        { status: 'warning', message: expect.stringContaining('2 records of articles'), advice: expect.any(String) },
      ])
      const told = warnings().length
      expect(await after.migrate()).not.toHaveProperty('missingValues')
      expect(warnings()).toHaveLength(told)
    } finally {
      await close()
    }
  })

  it('is nothing to tell of with a default, where it is optional, or where null is among its values', async () => {
    const { close, withFields, warnings, found } = await setUp()
    try {
      const after = withFields({
        title: text(),
        shown: bool({ default: false }),
        subtitle: text({ optional: true }),
        original: relation('articles'),
      })
      expect(await after.migrate()).not.toHaveProperty('missingValues')
      expect(await found(after)).toEqual([])
      expect(warnings()).toEqual([])
    } finally {
      await close()
    }
  })

  it('is told of by doctor() where it was optional before', async () => {
    const { close, withFields, found } = await setUp()
    try {
      const optional = withFields({ title: text(), price: number({ optional: true }) })
      await optional.migrate()
      await addTo(optional, { title: 'C', price: 3 })
      expect(await found(withFields({ title: text(), price: number() }))).toMatchObject([
        { message: expect.stringContaining('2 records of articles have no value in price') },
      ])
    } finally {
      await close()
    }
  })
})
