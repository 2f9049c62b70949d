import { DatabaseSync } from 'node:sqlite'
import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import { createTestDatabase, createTestFile, createTestKysely, type TestServer } from '@cardea/kysely/testkit'
import { builtInUsers, createCardea, type Storage, select, text } from 'cardea'
import { sql } from 'kysely'
import { baseUrl, password, secret, userEmail } from '../peers/settings.ts'

/** The users of an app, which have a unique field, and one with an index that many have the same of. */
export interface PageDatabase {
  readonly auth: ReturnType<typeof open>
  readonly close: () => Promise<void>
}

/** A kind of database that large tables can be made in. */
export interface PageKind {
  readonly name: string
  /** @returns Undefined where there is no server. */
  readonly create: (rows: number) => Promise<PageDatabase | undefined>
}

/** How a database writes what the tables are filled with. */
interface Words {
  readonly quote: (name: string) => string
  /** A number with zeros before it, after a text. */
  readonly padded: (before: string, number: string, digits: number) => string
}

/** A database that statements can be sent to. */
interface Target {
  readonly storage: Storage
  readonly words: Words
  readonly run: (statement: string) => Promise<unknown>
  readonly columnsOf: (table: string) => Promise<readonly string[]>
  readonly analyze: (table: string) => string
  readonly close: () => Promise<void>
}

/** What takes long is measured, too, rather than given up. */
const statementTimeoutMilliseconds = 60_000

const users = builtInUsers({ badge: text({ unique: true }), plan: select(['free', 'paid'], { index: true }) })

const open = (storage: Storage) =>
  createCardea({
    storage,
    collections: [users],
    secret,
    baseUrl,
    environment: 'production',
    passwords: { memoryKibibytes: 8, iterations: 1 },
    logger: { info: () => undefined, warn: () => undefined, error: (message) => console.error(message) },
  })

/** Has no divisor in common with a power of ten, so that badges are in another order than ids. */
const stride = 7_919

/** Half of all badges come before it. */
export const badgeInTheMiddle = (rows: number): string => `b${String(Math.floor(rows / 2)).padStart(7, '0')}`

const fileKind: PageKind = {
  name: 'SQLite',
  create: async (rows) => {
    const file = createTestFile()
    const database = new DatabaseSync(file.path, { timeout: 5_000 })
    return await fill(rows, {
      storage: sqlite(file.path),
      words: {
        quote: (name) => `"${name}"`,
        padded: (before, number, digits) => `'${before}' || printf('%0${digits}d', ${number})`,
      },
      run: async (statement) => database.exec(statement),
      columnsOf: async (table) =>
        database
          .prepare('select name from pragma_table_info(?)')
          .all(table)
          .map(({ name }) => String(name)),
      analyze: (table) => `analyze ${table}`,
      close: async () => {
        database.close()
        file.remove()
      },
    })
  },
}

function serverKind(
  name: string,
  server: TestServer,
  parts: { readonly storage: (url: string) => Storage; readonly words: Words; readonly schema: string },
): PageKind {
  return {
    name,
    create: async (rows) => {
      const database = await createTestDatabase(server)
      if ('skipped' in database) return undefined
      const kysely = createTestKysely<Record<string, never>>(server, database.url)
      return await fill(rows, {
        storage: parts.storage(database.url),
        words: parts.words,
        run: (statement) => sql.raw(statement).execute(kysely),
        columnsOf: async (table) => {
          const { rows: columns } = await sql<{
            name: string
          }>`select column_name as name from information_schema.columns
            where table_schema = ${sql.raw(parts.schema)} and table_name = ${table}`.execute(kysely)
          return columns.map((column) => column.name)
        },
        analyze: (table) => (server === 'mysql' ? `analyze table ${table}` : `analyze ${table}`),
        close: async () => {
          await kysely.destroy()
          await database.drop()
        },
      })
    },
  }
}

/** The kinds that are supported; of those without a server here, none is made. */
export const pageKinds: readonly PageKind[] = [
  fileKind,
  serverKind('PostgreSQL', 'postgres', {
    storage: (url) => postgres(url, { statementTimeoutMilliseconds }),
    words: {
      quote: (name) => `"${name}"`,
      padded: (before, number, digits) => `'${before}' || lpad(cast(${number} as text), ${digits}, '0')`,
    },
    schema: 'current_schema()',
  }),
  serverKind('MySQL', 'mysql', {
    storage: (url) => mysql(url, { statementTimeoutMilliseconds }),
    words: {
      quote: (name) => `\`${name}\``,
      padded: (before, number, digits) => `concat('${before}', lpad(${number}, ${digits}, '0'))`,
    },
    schema: 'database()',
  }),
]

/** The first user comes in by the front door; the others are copies of its rows. */
async function fill(rows: number, target: Target): Promise<PageDatabase> {
  const { storage, words, run } = target
  const auth = open(storage)
  await auth.migrate()
  await auth.ready()
  await auth.users.register({ email: userEmail(0), password, badge: `b${'0'.repeat(7)}`, plan: 'free' })
  await run('create table bench_numbers (n bigint not null primary key)')
  await run('insert into bench_numbers values (1)')
  for (let known = 1; known < rows - 1; known *= 2) {
    await run(`insert into bench_numbers select n + ${known} from bench_numbers where n + ${known} < ${rows}`)
  }
  const id = words.padded('00000000-0000-7000-8000-', 'n', 12)
  const copies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    cardea_principals: { id, record_key: id },
    auth_users: {
      id,
      email: words.padded('user', 'n', 8),
      badge: words.padded('b', `(n * ${stride}) % ${rows}`, 7),
      plan: `case when n % 4 = 0 then 'paid' else 'free' end`,
      created_at: `p.${words.quote('created_at')} + n`,
    },
    cardea_role_assignments: { id, principal_id: id },
  }
  for (const [table, changes] of Object.entries(copies)) {
    const columns = await target.columnsOf(table)
    const values = columns.map((column) => changes[column] ?? `p.${words.quote(column)}`)
    // What the pattern is, is found before there are others.
    await run(`create table bench_pattern as select * from ${table}`)
    await run(
      `insert into ${table} (${columns.map(words.quote).join(', ')}) select ${values.join(', ')} from bench_numbers cross join bench_pattern p`,
    )
    await run('drop table bench_pattern')
    await run(target.analyze(table))
  }
  return {
    auth,
    close: async () => {
      await auth.close()
      await storage.close()
      await target.close()
    },
  }
}
