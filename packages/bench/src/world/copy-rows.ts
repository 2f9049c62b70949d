import type { BulkSession, Words } from './sql-target.ts'

/** What differs between the copies of a row: expressions of `n`, by column. */
export interface Copies {
  readonly table: string
  /** Copies are numbered from here up. */
  readonly first: number
  /** And to here, without it. */
  readonly end: number
  readonly columns: Readonly<Record<string, string>>
}

/** Makes the numbers that copies are counted by. */
export async function createNumbers({ run }: BulkSession, end: number): Promise<void> {
  await run('create table bench_numbers (n bigint not null primary key)')
  await run('insert into bench_numbers values (0)')
  for (let known = 1; known < end; known *= 2) {
    await run(`insert into bench_numbers select n + ${known} from bench_numbers where n + ${known} < ${end}`)
  }
}

/** Copies the only row of a table. */
export async function copyRows(session: BulkSession, words: Words, copies: Copies): Promise<void> {
  const { columns: changes, end, first, table } = copies
  const { run } = session
  const columns = await session.columnsOf(table)
  const unknown = Object.keys(changes).find((name) => !columns.includes(name))
  if (unknown !== undefined) throw new Error(`${table} has no column ${unknown}`)
  const values = columns.map((column) => changes[column] ?? `p.${words.quote(column)}`)
  const into = words.quote(table)
  // What the pattern is, is found before there are others.
  await run(`create table bench_pattern as select * from ${into}`)
  await session.unchecked(table, async () => {
    await run(
      `insert into ${into} (${columns.map(words.quote).join(', ')}) select ${values.join(', ')} from bench_numbers cross join bench_pattern p where n >= ${first} and n < ${end}`,
    )
  })
  await run('drop table bench_pattern')
  await session.analyze(table)
}
