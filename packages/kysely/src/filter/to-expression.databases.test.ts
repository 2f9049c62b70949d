import { and, type Condition, compileCondition, contains, eq, gt, isNull, lt, ne, not, oneOf, or } from '@cardea/core'
import fc from 'fast-check'
import { type Expression, type SqlBool, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AppDatabase, appDatabases, type OpenApp, type Thing } from './app-tables.fixture.js'
import { type FilterColumns, filterColumns } from './filter-columns.js'
import { batches, conditionsOver, doubles, integers, latinTexts, texts, uuids } from './random-conditions.fixture.js'
import { toExpression } from './to-expression.js'

const smalls = [0, 1, 2, 10, 300] as const
const pools = {
  plain: texts,
  hostile: texts,
  padded: texts,
  latin: latinTexts,
  owner: uuids,
  amount: integers,
  small: smalls,
  ratio: doubles,
  flag: [true, false],
  made_at: [0, '1970-01-01'],
} as const
const random = conditionsOver(pools)

const nothing: Omit<Thing, 'id'> = {
  plain: null,
  hostile: null,
  padded: null,
  latin: null,
  owner: null,
  amount: null,
  small: null,
  ratio: null,
  flag: null,
  made_at: null,
}

/** Every text once, beside values of the other columns in turn, and rows with nulls. */
const commonRows: readonly Thing[] = [
  ...texts.map(
    (text, index): Thing => ({
      id: `r${index}`,
      plain: text,
      hostile: index % 7 === 3 ? null : text,
      padded: texts[(index * 5) % texts.length] ?? null,
      latin: latinTexts[index % latinTexts.length] ?? null,
      owner: index % 4 === 3 ? null : (uuids[index % 3] ?? null),
      amount: index % 5 === 4 ? null : (integers[index % integers.length] ?? null),
      small: smalls[index % smalls.length] ?? null,
      ratio: index % 6 === 5 ? null : (doubles[index % doubles.length] ?? null),
      flag: index % 3 === 2 ? null : index % 3 === 1,
      made_at: index % 2 === 0 ? null : new Date(0),
    }),
  ),
  ...['n1', 'n2'].map((id): Thing => ({ ...nothing, id })),
]

/** With what this database can hold beside. */
const rowsOf = ({ ownTexts, ownDoubles }: AppDatabase): readonly Thing[] => [
  ...commonRows,
  ...ownTexts.map((text, index): Thing => ({ ...nothing, id: `t${index}`, plain: text, hostile: text, padded: text })),
  ...ownDoubles.map((ratio, index): Thing => ({ ...nothing, id: `d${index}`, ratio })),
]

describe.each(appDatabases)('toExpression on $name', (database: AppDatabase) => {
  const rows = rowsOf(database)
  let app: OpenApp | undefined
  let columns: FilterColumns

  beforeAll(async () => {
    app = await database.open()
    if (app === undefined) return
    columns = filterColumns(app.db, 'things', {
      plain: 'text',
      hostile: 'text',
      padded: 'text',
      latin: 'text',
      owner: 'uuid',
      amount: 'integer',
      small: 'integer',
      ratio: 'double',
      flag: 'boolean',
      made_at: 'other',
    })
    await app.db
      .insertInto('things')
      // SQLite binds neither booleans nor dates; the types are those that an app reads.
      .values(
        rows.map((row) => ({
          ...row,
          flag: database.flag(row.flag) as boolean | null,
          made_at: (database.name === 'sqlite' ? (row.made_at?.toISOString() ?? null) : row.made_at) as Date | null,
        })),
      )
      .execute()
  })
  afterAll(async () => await app?.close())

  /** What a condition says of each row in process. */
  const inProcess = (condition: Condition): readonly (boolean | null)[] => {
    const judge = compileCondition(condition)
    return rows.map((row) =>
      judge(
        // Fields of the pools are members of the row.
        (field) => row[field as keyof Thing],
        () => undefined,
      ),
    )
  }

  /** What each expression says of each row: true, false, or null for unknown. */
  async function inDatabase(expressions: readonly Expression<SqlBool>[]): Promise<readonly (readonly unknown[])[]> {
    const found = await app?.db
      .selectFrom('things')
      .select(['id', ...expressions.map((expression, index) => sql<unknown>`${expression}`.as(`c${index}`))])
      .execute()
    const byId = new Map<string, Readonly<Record<string, unknown>>>(found?.map((row) => [row.id, row]))
    return expressions.map((_, index) =>
      rows.map(({ id }) => {
        const answer = byId.get(id)?.[`c${index}`]
        return typeof answer === 'number' ? answer === 1 : answer
      }),
    )
  }

  async function compare(conditions: readonly Condition[]): Promise<void> {
    const answers = await inDatabase(conditions.map((condition) => toExpression(condition, columns)))
    for (const [index, condition] of conditions.entries()) {
      expect(answers[index], JSON.stringify(condition)).toEqual(inProcess(condition))
    }
  }

  /** The ids that a query of the app finds. */
  async function found(condition: boolean | Condition): Promise<readonly string[]> {
    const list = await app?.db.selectFrom('things').select('id').where(toExpression(condition, columns)).execute()
    return (list ?? []).map((row) => row.id).toSorted()
  }

  it('answers every random condition as it is answered in process, unknown included', async (context) => {
    if (app === undefined) return context.skip()
    await fc.assert(fc.asyncProperty(fc.array(random, { minLength: 25, maxLength: 25 }), compare), batches)
  })

  it('compares every text with every other by its bytes', async (context) => {
    if (app === undefined) return context.skip()
    await compare(
      texts.flatMap((text) =>
        (['hostile', 'padded'] as const).flatMap((field) => [eq(field, text), lt(field, text), contains(field, text)]),
      ),
    )
  })

  it('selects in a query what it answers true', async (context) => {
    if (app === undefined) return context.skip()
    const conditions = [
      eq('hostile', 'A'),
      not(eq('hostile', 'A')),
      or(isNull('flag'), eq('flag', false)),
      and(gt('amount', 0), ne('latin', 'a')),
      oneOf('owner', [uuids[0], 'nobody', null]),
    ]
    for (const condition of conditions) {
      const expected = rows.filter((_, index) => inProcess(condition)[index] === true).map((row) => row.id)
      expect(expected.length).toBeGreaterThan(0)
      expect(await found(condition)).toEqual(expected.toSorted())
    }
    expect(await found(true)).toHaveLength(rows.length)
    expect(await found(false)).toEqual([])
  })

  it('takes long lists, many parts and the deepest conditions', async (context) => {
    if (app === undefined) return context.skip()
    const many = Array.from({ length: 5_000 }, (_, index) => `v${index}`)
    let deep: Condition = eq('plain', 'a')
    for (let depth = 1; depth < 63; depth += 1)
      deep = depth % 2 === 0 ? and(deep, ne('hostile', 'b')) : or(deep, not(isNull('flag')))
    await compare([
      oneOf('hostile', [...many, 'a']),
      not(oneOf('hostile', many)),
      oneOf('amount', [...many.keys(), null]),
    ])
    await compare([or(...many.slice(0, 1_500).map((value) => eq('plain', value)), eq('plain', 'a')), deep])
  })

  it('finds rows through an index of the column, whatever its collation is', async (context) => {
    if (app === undefined) return context.skip()
    const where = toExpression(eq('hostile', 'ab'), columns)
    const explained = { sqlite: sql`explain query plan`, postgres: sql`explain`, mysql: sql`explain` }[database.name]
    const plan = await app.db.connection().execute(async (connection) => {
      if (database.name === 'postgres') await sql`set enable_seqscan = off`.execute(connection)
      return await sql`${explained} select id from things where ${where}`.execute(connection)
    })
    expect(JSON.stringify(plan.rows)).toMatch(/hostile/)
    expect(JSON.stringify(plan.rows)).not.toMatch(/SCAN things|Seq Scan|"type":"ALL"/)
  })
})
