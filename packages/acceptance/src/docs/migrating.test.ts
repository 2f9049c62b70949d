import { scryptSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { createTestFile } from '@cardea/kysely/testkit'
import { createMemoryStorage } from '@cardea/storage/memory'
import { type Cardea, createCardea, type ImportReport } from 'cardea'
import { google } from 'cardea/oauth'
import { Client as Postgres } from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { databaseKinds } from '../databases.js'
import { temporaryFolder } from '../demo-server.js'
import { codeOf, loadCode } from './page-code.js'

const password = 'correct horse battery'

/** As better-auth and Lucia 3 make it. */
const scrypted = (salt: string): string =>
  `${salt}:${scryptSync(password, salt, 64, { N: 16_384, r: 16, p: 1, maxmem: 2 ** 26 }).toString('hex')}`
const hash = scrypted('0123456789abcdef'.repeat(2))
const hashOfLucia2 = `s2:${scrypted('abcdefghij012345')}`

/** What somebody of the old system has to be here. */
interface Expected {
  readonly email: string
  readonly verified: boolean
  readonly signsIn: boolean
  readonly provider?: string
  readonly legacyId: string
}

interface Case {
  readonly page: string
  /** The tables of the old system on both databases, and who is in them. */
  readonly tables: string
  /** Which block of SQL exports, by database. */
  readonly exports: { readonly SQLite: number; readonly PostgreSQL?: number }
  /** Which block of SQL changes the app's own table. */
  readonly references: number
  readonly instance: number
  readonly functions: number
  readonly expected: readonly Expected[]
}

const ada: Expected = { email: 'ada@example.com', verified: true, signsIn: true, provider: 'google', legacyId: 'u1' }
const bob: Expected = { email: 'bob@example.com', verified: false, signsIn: false, legacyId: 'u2' }

const betterAuth: Case = {
  page: 'docs/migrating-from-better-auth.md',
  tables: `
    create table "user" ("id" text primary key, "name" text not null, "email" text not null unique, "emailVerified" boolean not null,
      "image" text, "createdAt" text not null, "updatedAt" text not null, "role" text, "banned" boolean,
      "banExpires" text);
    create table "account" ("id" text primary key, "accountId" text not null, "providerId" text not null, "userId" text not null
      references "user" ("id"), "accessToken" text, "password" text);
    insert into "user" values
      ('u1', 'Ada', 'ada@example.com', true, null, '2025-01-15T10:00:00.000Z', '2025-01-15T10:00:00.000Z', 'user,editor', true,
        '2025-02-15T10:00:00.000Z'), -- whose ban is over
      ('u2', 'Bob', 'bob@example.com', false, null, '2025-01-15T10:00:00.000Z', '2025-01-15T10:00:00.000Z', null, null, null);
    insert into "account" values ('a1', 'u1', 'credential', 'u1', null, '${hash}'), ('a2', '1815', 'google', 'u1', 'token', null);`,
  exports: { SQLite: 0, PostgreSQL: 1 },
  references: 2,
  instance: 0,
  functions: 1,
  expected: [ada, bob],
}

const authJs: Case = {
  page: 'docs/migrating-from-authjs.md',
  tables: `
    create table users ("id" text primary key, "name" text, "email" text, "emailVerified" text, "image" text, "password" text);
    create table accounts ("userId" text not null references users ("id"), "type" text not null, "provider" text not null,
      "providerAccountId" text not null, "access_token" text);
    insert into users values ('u1', 'Ada', 'ada@example.com', '2025-01-15T10:00:00.000Z', null, '${hash}'),
      ('u2', 'Bob', 'bob@example.com', null, null, null);
    insert into accounts values ('u1', 'oidc', 'google', '1815', 'token'), ('u1', 'oauth', 'twitter', '1', 'token');`,
  exports: { SQLite: 0, PostgreSQL: 1 },
  references: 2,
  instance: 0,
  functions: 1,
  expected: [ada, bob],
}

const lucia3: Case = {
  page: 'docs/migrating-from-lucia.md',
  tables: `
    create table "user" ("id" text primary key, "email" text not null unique, "email_verified" boolean not null,
      "password_hash" text, "github_id" integer);
    insert into "user" values ('u1', 'ada@example.com', true, 's2:${hash}', 1815),
      ('u2', 'bob@example.com', false, '${hashOfLucia2}', null);`,
  exports: { SQLite: 0, PostgreSQL: 1 },
  references: 3,
  instance: 0,
  functions: 1,
  expected: [{ ...ada, provider: 'github' }, bob],
}

const lucia2: Case = {
  ...lucia3,
  tables: `
    create table auth_user ("id" text primary key);
    create table user_key ("id" text primary key, "user_id" text not null references auth_user ("id"), "hashed_password" text);
    insert into auth_user values ('u1'), ('u2');
    insert into user_key values ('email:ada@example.com', 'u1', 's2:${hash}'), ('github:1815', 'u1', null),
      ('email:bob@example.com', 'u2', '${hashOfLucia2}');`,
  exports: { SQLite: 2 },
  expected: [
    { ...ada, provider: 'github', verified: false },
    { ...bob, verified: false },
  ],
}

const cases: readonly (Case & { readonly name: string })[] = [
  { name: 'better-auth', ...betterAuth },
  { name: 'Auth.js', ...authJs },
  { name: 'Lucia 3', ...lucia3 },
  { name: 'Lucia 2', ...lucia2 },
]

/** The one column of what a query finds, a line for each row. */
const linesOf = (rows: readonly object[]): string =>
  rows
    .map((row) => Object.values(row)[0] as unknown)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join('\n')

async function exportOnPostgres(tables: string, sql: string): Promise<string | undefined> {
  const kind = databaseKinds.find(({ name }) => name === 'PostgreSQL')
  if (kind === undefined) return undefined
  const database = await kind.create()
  const client = new Postgres(database.url)
  await client.connect()
  try {
    // Taken back afterwards: tables may stand in schemas of their own, which other tests see.
    await client.query('begin')
    await client.query(tables)
    return linesOf((await client.query<object>(sql)).rows)
  } finally {
    await client.query('rollback')
    await client.end()
    await database.drop()
  }
}

/** What the pages make and export; the collections differ. */
type Instance = Cardea & { close(): Promise<void> }

const fileOf = (lines: string): string => {
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'users.jsonl')
  writeFileSync(file, lines)
  return file
}

beforeAll(() => {
  // What the pages read from their environment.
  vi.stubEnv('CARDEA_SECRET', 'a secret for tests: 7f3b9c1e5a2d80')
  vi.stubEnv('GOOGLE_SECRET', 'a secret of Google')
  vi.stubEnv('GITHUB_SECRET', 'a secret of GitHub')
})
afterAll(() => vi.unstubAllEnvs())

describe.each(cases)('the way from $name', ({ page, tables, exports, references, instance, functions, expected }) => {
  it('works as it is printed, on SQLite', async () => {
    const database = createTestFile()
    const db = new DatabaseSync(database.path)
    db.exec(tables)
    db.exec(`create table posts (id integer, author_id text); insert into posts values (1, 'u1'), (2, 'refused')`)
    const lines = linesOf(db.prepare(codeOf(page, 'sql')[exports.SQLite] ?? '').all())

    const { auth } = (await loadCode(page, instance, { './app.db': database.path })) as { readonly auth: Instance }
    const { bringOver, giveRoles } = (await loadCode(page, functions)) as {
      readonly bringOver: (auth: Cardea, file: string, dryRun?: boolean) => Promise<ImportReport>
      readonly giveRoles?: (auth: Cardea, file: string) => Promise<void>
    }
    await auth.migrate()
    await auth.ready()
    const file = fileOf(lines)
    expect(await bringOver(auth, file, true)).toMatchObject({ imported: 2, refused: 0, firstRefused: [] })
    expect(await bringOver(auth, file)).toMatchObject({ imported: 2, refused: 0 })
    expect(await bringOver(auth, file)).toMatchObject({ imported: 0, skipped: 2, refused: 0 })

    for (const { email, verified, signsIn, provider } of expected) {
      const user = await auth.users.findByEmail(email)
      expect(user).toMatchObject({ email, verified })
      const connections = await auth.users.oauth.connections(String(user?.id))
      expect(connections.map((link) => link.provider)).toEqual(provider === undefined ? [] : [provider])
      const signedIn = await auth.users.login({ email, password }).then(
        () => true,
        () => false,
      )
      expect([email, signedIn]).toEqual([email, signsIn])
    }
    const found = await auth.users.findByEmail(expected[0]?.email ?? '')
    if (giveRoles !== undefined) {
      await giveRoles(auth, file)
      const subject = await auth.permissions.subject(String(found?.id))
      expect(subject.roles.map(({ label }) => label).toSorted()).toEqual(['editor', 'user'])
    }
    // A second time changes nothing, and what belongs to whoever did not come along keeps the old id.
    for (const _ of [1, 2]) db.exec(codeOf(page, 'sql')[references] ?? '')
    const authors = db.prepare('select author_id from posts order by id').all()
    expect(authors).toEqual([{ author_id: found?.id }, { author_id: 'refused' }])
    await auth.close()
    db.close()
    database.remove()
  })

  it.runIf(exports.PostgreSQL !== undefined && databaseKinds.some(({ name }) => name === 'PostgreSQL'))(
    'exports the same on PostgreSQL',
    async () => {
      const db = new DatabaseSync(':memory:')
      db.exec(tables)
      const own = linesOf(db.prepare(codeOf(page, 'sql')[exports.SQLite] ?? '').all())
      const lines = await exportOnPostgres(tables, codeOf(page, 'sql')[exports.PostgreSQL ?? 0] ?? '')
      if (lines === undefined) return
      const read = (text: string) => text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
      const truth = (value: unknown) => (value === 1 ? true : value === 0 ? false : value)
      const [there, here] = [read(lines), read(own)]
      expect(there.length).toBe(here.length)
      for (const [index, row] of here.entries()) {
        for (const [name, value] of Object.entries(row)) expect(truth(there[index]?.[name])).toEqual(truth(value))
      }
    },
  )
})

describe('the table of Lucia that is kept', () => {
  it('gets its principals and passwords as it is printed', async () => {
    const database = createTestFile()
    const db = new DatabaseSync(database.path)
    db.exec(lucia3.tables)
    const { auth, adoptAll } = (await loadCode(lucia3.page, 2, { './app.db': database.path })) as {
      readonly auth: Instance
      readonly adoptAll: (auth: unknown, rows: Iterable<unknown>) => Promise<unknown>
    }
    await auth.migrate()
    const rows = db.prepare('select id, password_hash from user').all()
    const report = await adoptAll(auth, rows)
    expect(report).toMatchObject({
      adopted: 1,
      refused: 1,
      firstRefused: [{ id: 'u2', issues: [{ code: 'unsupported_hash' }] }],
    })
    const signedIn = await auth.collection('members')?.login({ email: ada.email, password })
    expect(signedIn?.user).toMatchObject({ id: 'u1', verified: true })
    await auth.close()
    db.close()
    database.remove()
  })
})

const supabase = `
  create schema auth;
  create table auth.users ("id" text primary key, "email" text, "encrypted_password" text, "email_confirmed_at" timestamptz,
    "created_at" timestamptz, "raw_user_meta_data" jsonb);
  create table auth.identities ("user_id" text, "provider" text, "provider_id" text, "identity_data" jsonb);
  insert into auth.users values
    ('u1', 'ada@example.com', '$2a$04$aaaaaaaaaaaaaaaaaaaaaeq3XFG2xvZ7Cqh6z2mIkXJcGSvjG6mRS', now(), '2025-01-15', '{}'),
    ('u2', 'bob@example.com', null, null, '2025-01-15', '{}');
  insert into auth.identities values ('u1', 'google', '1815', '{"sub":"1815"}'), ('u1', 'email', 'u1', '{"sub":"u1"}');`

describe('the queries of the page about imports', () => {
  const [both = ''] = codeOf('docs/importing-users.md', 'sql')
  const [ofBetterAuth = '', ofSupabase = ''] = both.split('-- Supabase')

  it.each([
    ['better-auth', betterAuth.tables, ofBetterAuth],
    ['supabase', supabase, ofSupabase],
  ] as const)('give what the import takes as %s', async (format, tables, sql) => {
    const lines = await exportOnPostgres(tables, sql)
    if (lines === undefined) return
    const auth = createCardea({
      storage: createMemoryStorage(),
      environment: 'test',
      oauth: { providers: [google({ clientId: 'id', clientSecret: 'a secret' })] },
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    })
    await auth.migrate()
    await auth.ready()
    const report = await auth.users.import(Readable.from([Buffer.from(lines)]), { format })
    expect(report).toMatchObject({ imported: 2, refused: 0, firstRefused: [] })
    const user = await auth.users.findByEmail(ada.email)
    expect(user).toMatchObject({ verified: true })
    expect(await auth.users.oauth.connections(user?.id ?? '')).toMatchObject([{ provider: 'google' }])
    await auth.close()
  })
})
