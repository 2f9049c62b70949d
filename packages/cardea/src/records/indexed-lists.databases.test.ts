import { collectionTable, date, defineCollection, number, relation, select, text } from '@cardea/collections'
import { firstWhereQuick } from '@cardea/storage/testkit'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { createTestLogger, secret } from '../testing.fixture.js'

const makers = defineCollection('makers', { type: 'base', fields: { name: text() } })
const fieldsOf = (index: boolean) => ({
  title: text(),
  sku: text({ unique: true, optional: true, max: 40 }),
  score: number({ index, optional: true }),
  state: select(['draft', 'listed'], { index }),
  due: date({ index, optional: true }),
  maker: relation('makers', { index, optional: true }),
})
const things = defineCollection('things', { type: 'base', fields: fieldsOf(true) })
/** The same as an earlier version of the app had it. */
const former = defineCollection('things', { type: 'base', fields: fieldsOf(false) })

const related = (of: string) => (of === 'makers' ? makers : undefined)

const idOf = (index: number): string => `01a2014d-b475-7215-8438-${String(index).padStart(12, '0')}`
const start = Date.UTC(2026, 0, 1)
const count = 2_000
/** Many have the same, and some have no value. Small tables are sorted, so each takes some room. */
const rows = Array.from({ length: count }, (_, index) => ({
  id: idOf(index),
  title: 'x'.repeat(1_500),
  sku: `s${(index * 7_919) % count}`,
  score: index % 10 === 0 ? null : index % 20,
  state: index % 3 === 0 ? 'listed' : 'draft',
  due: index % 4 === 0 ? null : start + (index % 10),
  maker: index % 5 === 0 ? null : idOf(index % 5),
  created_at: start + Math.floor(index / 100),
  updated_at: start,
}))

describe.each(firstWhereQuick(databases))('a list by a field with an index, on $name', ({ open, name }) => {
  let database: TestDatabase
  const createApp = (collection: typeof things) =>
    createCardea({
      storage: database.nodes[0],
      secret,
      environment: 'test',
      collections: [makers, collection],
      audit: false,
      logger: createTestLogger(),
    })
  let app: ReturnType<typeof createApp>
  type Query = NonNullable<Parameters<typeof app.records.things.list>[0]>

  beforeAll(async () => {
    database = await open()
    app = createApp(things)
    // As an earlier version made it, with records in it.
    const earlier = createApp(former)
    await earlier.migrate()
    const made = Array.from({ length: 5 }, (_, index) => ({ id: idOf(index), name: 'm', created_at: 1, updated_at: 1 }))
    await database.nodes[0].insert(collectionTable(makers), made)
    for (let from = 0; from < count; from += 500) {
      await database.nodes[0].insert(collectionTable(former, { related }), rows.slice(from, from + 500))
    }
  })

  afterAll(() => database?.close())

  /** The plans of the statements that reading a list takes. */
  async function plansOf(query: Query, values: Readonly<Record<string, unknown>> = {}): Promise<readonly string[]> {
    const before = database.statements.length
    const { items } = await app.records.things.list({ limit: 50, ...query })
    expect(items).toHaveLength(50)
    const asked = database.statements
      .slice(before)
      .filter(({ kind }) => kind === 'statement')
      .map((event) => event.sql)
    return await Promise.all(asked.map((statement) => planOf(withValues(statement, values))))
  }

  async function planOf(statement: string): Promise<string> {
    const words = name.startsWith('SQLite') ? 'explain query plan' : 'explain'
    const { rows: lines } = await sql.raw(`${words} ${statement}`).execute(database.app)
    const plan = lines.map((line) => Object.values(line as object).join(' ')).join('\n')
    return `${statement}\n${plan}`
  }

  it('is missing in a table of an earlier version, and made by migrating', async () => {
    const tables = [collectionTable(makers), collectionTable(things, { related })]
    const problems = await database.nodes[0].verify(tables)
    expect(new Set(problems.map(({ problem, severity }) => `${problem} ${severity}`))).toEqual(
      new Set(['missing_index warning']),
    )
    // It is served as it is.
    await app.ready()
    const { steps } = await app.migrate()
    const indexes = ['score', 'state', 'due', 'maker'].map((field) => `add index auth_things._${field}`)
    expect(steps.map(({ summary }) => summary)).toEqual(indexes)
    expect((await app.migrate()).steps).toEqual([])
    expect(await database.nodes[0].verify(tables)).toEqual([])
    // As servers do by themselves after a while.
    const words = { PostgreSQL: 'analyze', MySQL: 'analyze table' }[name]
    if (words !== undefined) await sql.raw(`${words} auth_things`).execute(database.app)
  })

  it.each(['score', 'due', 'created_at', 'state', 'maker', 'sku', 'id'] as const)(
    'has a page in its order, by %s: nothing is sorted, and no table read',
    async (field) => {
      const column = (value: unknown) => (field === 'due' || field === 'created_at' ? Date.parse(String(value)) : value)
      for (const sort of [[field], [`-${field}`]] as const) {
        const { next } = await app.records.things.list({ sort, limit: 900 })
        const [value, id = value] = next ?? []
        const plans = [
          ...(await plansOf({ sort })),
          ...(await plansOf({ sort, after: next ?? [] }, { [field]: column(value), id })),
        ]
        for (const plan of plans) expect(plan).not.toMatch(readsAll)
        if (field !== 'sku' && value !== null) for (const plan of plans) expect(plan).not.toMatch(/\bref\b/)
      }
    },
  )

  it('has a page of those with one value in the order of ids', async () => {
    const makerId = idOf(1)
    const id = idOf(1_100)
    for (const [filter, values] of [
      [{ state: { eq: 'listed' } }, { state: 'listed' }],
      [{ maker: { eq: makerId } }, { maker: makerId }],
    ] as const) {
      for (const plan of await plansOf({ filter }, values)) expect(plan).not.toMatch(readsAll)
      for (const plan of await plansOf({ filter, after: [id] }, { ...values, id })) {
        expect(plan).not.toMatch(readsAll)
        // MySQL's words for passing over all those before the place.
        expect(plan).not.toMatch(/\bref\b/)
      }
    }
  })
})

/** The words of the databases for reading a whole table, and for sorting. */
const readsAll = /Seq Scan|Sort|\bSCAN \w+$|TEMP B-TREE|\bALL\b|filesort/m

/** What is bound, within the statement. */
const withValues = (statement: string, values: Readonly<Record<string, unknown>>): string =>
  statement.replaceAll(
    /["`](\w+)["`]( collate \S+)? (=|<=?|>=?) (\$\d+|\?\d*)/g,
    (_whole, column: string, collation: string | undefined, operator: string) => {
      const value = values[column]
      const literal = typeof value === 'string' ? `'${value}'` : String(value)
      return `${column}${collation ?? ''} ${operator} ${literal}`
    },
  )
