import { interleave, roundsOf } from '../measure/interleave.ts'
import type { Scale } from '../measure/scale.ts'
import type { Row, Verdict } from '../report/part.ts'
import { judge, relation, toRow } from '../report/rows.ts'
import { summarize } from '../statistics/summary.ts'
import { badgeInTheMiddle, createPageDatabase, type PageDatabase } from '../world/page-database.ts'
import { type SqlKind, sqlKinds } from '../world/sql-target.ts'
import type { Part } from './context.ts'
import { mustBe } from './right.ts'

const limit = 50

/** What is asked of a list of users, by the name that it has in the report. */
type Questions = Readonly<Record<string, () => Promise<number>>>

/** A page of many users and of few. */
export const listPages: Part = {
  name: 'pages',
  run: async ({ scale }) => {
    const rows: Row[] = []
    const verdicts: Verdict[] = []
    const missing: string[] = []
    for (const kind of sqlKinds) {
      const found = await measure(kind, scale)
      if (found === undefined) missing.push(kind.name)
      else {
        rows.push(...found.rows)
        verdicts.push(...found.verdicts)
      }
    }
    return {
      name: 'pages',
      title: `A page of ${limit} out of ${scale.manyRows.toLocaleString('en')} users, beside ${scale.fewRows.toLocaleString('en')}`,
      rows,
      verdicts,
      notes: [
        'by a field that is unique, or has an index; read with the principals and roles of the page, as an administration shows them',
        'how many there are in all is counted where somebody asks for it, which no index makes quick',
        ...(missing.length === 0 ? [] : [`no server of ${missing.join(' and ')} answered`]),
      ],
    }
  },
}

async function measure(
  kind: SqlKind,
  scale: Scale,
): Promise<{ readonly rows: readonly Row[]; readonly verdicts: readonly Verdict[] } | undefined> {
  const few = await createPageDatabase(kind, scale.fewRows)
  if (few === undefined) return undefined
  const many = await createPageDatabase(kind, scale.manyRows)
  if (many === undefined) return undefined
  try {
    const questions = await Promise.all([questionsOf(few, scale.fewRows), questionsOf(many, scale.manyRows)])
    const nameOf = (question: string, size: string): string => `${kind.name}, ${question}, ${size}`
    const contenders = (['few', 'many'] as const).flatMap((size, index) =>
      Object.entries(questions[index] ?? {}).map(([question, ask]) => ({
        name: nameOf(question, size),
        turn: () => pageTime(ask, scale.turnMilliseconds),
      })),
    )
    const measured = await interleave(contenders, { rounds: scale.rounds, warmUp: true })
    const names = Object.keys(questions[0] ?? {})
    return {
      rows: [
        ...names.flatMap((question) => [
          toRow(measured, nameOf(question, 'few'), 'µs', undefined),
          toRow(measured, nameOf(question, 'many'), 'µs', nameOf(question, 'few')),
        ]),
        await countRow(kind.name, many),
      ],
      verdicts: names.map((question) => {
        mustBe(roundsOf(measured, nameOf(question, 'many')).length === scale.rounds, 'a number for each round')
        const ratio = relation(measured, nameOf(question, 'many'), nameOf(question, 'few'))
        return judge(`${kind.name}: ${question}, many ≤ 1.5 × few`, ratio, { atMost: 1.5 }, scale.judged)
      }),
    }
  } finally {
    await few.close()
    await many.close()
  }
}

/** Asks one after the other for a while, at least once: a page that takes a second must not take minutes. Microseconds each. */
async function pageTime(ask: () => Promise<number>, milliseconds: number): Promise<number> {
  const start = performance.now()
  for (let made = 1; ; made += 1) {
    mustBe((await ask()) === limit, `a page of ${limit}`)
    const elapsed = performance.now() - start
    if (elapsed >= milliseconds) return (elapsed / made) * 1_000
  }
}

async function questionsOf({ auth }: PageDatabase, rows: number): Promise<Questions> {
  const { users } = auth
  const sizeOf = async (page: Promise<{ readonly items: readonly unknown[] }>): Promise<number> =>
    (await page).items.length
  const half = { badge: { gte: badgeInTheMiddle(rows) } }
  const middle = await users.list({ limit: 1, sort: ['badge'], filter: half })
  const backwards = await users.list({ limit: 1, sort: ['-badge'], filter: { badge: { lte: half.badge.gte } } })
  // Half of those that pay.
  const [paying] = (await users.list({ limit: 1, filter: { plan: { eq: 'paid' } }, offset: rows >> 3 })).items
  const among = ['paid', String(paying?.id)]
  return {
    'sorted by id': () => sizeOf(users.list({ limit })),
    'sorted by a field': () => sizeOf(users.list({ limit, sort: ['badge'] })),
    'sorted backwards': () => sizeOf(users.list({ limit, sort: ['-badge'] })),
    'filtered and sorted': () => sizeOf(users.list({ limit, sort: ['badge'], filter: half })),
    'after a place': () => sizeOf(users.list({ limit, sort: ['badge'], after: middle.next ?? [] })),
    'after a place, backwards': () => sizeOf(users.list({ limit, sort: ['-badge'], after: backwards.next ?? [] })),
    'the newest': () => sizeOf(users.list({ limit, sort: ['-created_at'] })),
    'filtered by what many have': () => sizeOf(users.list({ limit, filter: { plan: { eq: 'paid' } } })),
    'sorted by what many have': () => sizeOf(users.list({ limit, sort: ['-plan'] })),
    'after a place among many': () => sizeOf(users.list({ limit, sort: ['-plan'], after: among })),
  }
}

async function countRow(name: string, { auth }: PageDatabase): Promise<Row> {
  const start = performance.now()
  await auth.users.count()
  return { name: `${name}, counting all`, unit: 'µs', value: summarize([(performance.now() - start) * 1_000]) }
}
