import { date, defineCollection, number, relation, text } from '@cardea/collections'
import { eq } from '@cardea/core'
import { type Storage, sessions } from '@cardea/storage'
import { sql } from 'kysely'
import type { CardeaEvent } from '../api/events.js'
import { createCardea } from '../create-cardea.js'
import type { databases, TestDatabase } from '../databases.fixture.js'
import { createMailbox } from '../mail/mailbox.js'
import type { CardeaOptions } from '../options/options.js'
import { cheapHashing, createTestLogger, secret } from '../testing.fixture.js'

export const start = Date.UTC(2026, 0, 15, 10)
export const password = 'correct horse battery'

/** An app's customers, counted by the database. */
const customers = defineCollection('customers', {
  type: 'auth',
  table: 'shop_Customers',
  id: 'integer',
  columns: {
    id: 'customer_id',
    email: 'mail',
    verified: 'is_verified',
    created_at: 'made_at',
    updated_at: { column: 'changed_at', type: 'datetime' },
    company: 'companyName',
    credits: { column: 'credits', type: 'integer' },
  },
  fields: {
    company: text({ optional: true, max: 100 }),
    credits: number({ optional: true }),
    phone: text({ optional: true, unique: true, max: 40 }),
  },
  auth: { identifiers: ['phone'], otp: { enabled: true } },
})

/** Vendors with UUIDs, whose table says nothing of addresses and instants. */
const vendors = defineCollection('vendors', {
  type: 'auth',
  table: 'vendors',
  id: 'uuid',
  columns: { email: 'contact' },
  auth: { otp: { enabled: true } },
})

/** Staff with ids of the app's own making. */
const staff = defineCollection('staff', {
  type: 'auth',
  table: 'staff',
  columns: {},
  fields: { since: date({ optional: true }) },
  auth: { otp: { enabled: true } },
})

const articles = defineCollection('articles', {
  type: 'base',
  table: 'Articles',
  id: 'integer',
  columns: { id: 'no', author: 'written_by' },
  fields: { title: text(), author: relation('customers', { id: 'integer', optional: true }) },
})

const comments = defineCollection('comments', {
  type: 'base',
  fields: { by: relation('customers', { id: 'integer' }) },
})

const collections = [customers, vendors, staff, articles, comments] as const

type Dialect = Exclude<Storage['dialect'], 'memory'>

const tables: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: [
    `create table "shop_Customers" (customer_id integer primary key, mail varchar(255) not null, is_verified boolean not null default 0,
      "companyName" text, credits int, phone varchar(40) unique, made_at timestamp default current_timestamp, changed_at datetime)`,
    'create index shop_mail on "shop_Customers" (mail)',
    'create table vendors (id text primary key, contact varchar(200) collate nocase)',
    'create index vendors_contact on vendors (contact)',
    'create table staff (id varchar(60) primary key, email text not null unique, since text)',
    'create table "Articles" (no integer primary key autoincrement, title text not null, written_by integer references "shop_Customers" (customer_id))',
    'create index articles_by on "Articles" (written_by)',
  ],
  postgres: [
    `create table "shop_Customers" (customer_id serial primary key, mail varchar(255) not null, is_verified boolean not null default false,
      "companyName" text, credits integer, phone varchar(40) unique, made_at timestamptz default now(), changed_at timestamp)`,
    'create index shop_mail on "shop_Customers" (mail)',
    'create table vendors (id uuid primary key default gen_random_uuid(), contact varchar(200))',
    'create index vendors_contact on vendors (contact)',
    'create table staff (id varchar(60) primary key, email text not null unique, since timestamptz)',
    'create table "Articles" (no bigserial primary key, title text not null, written_by integer references "shop_Customers" (customer_id))',
    'create index articles_by on "Articles" (written_by)',
  ],
  mysql: [
    `create table \`shop_Customers\` (customer_id int auto_increment primary key, mail varchar(255) not null, is_verified tinyint(1) not null default 0,
      companyName varchar(100), credits int, phone varchar(40) unique, made_at timestamp(3) null default current_timestamp(3), changed_at datetime(3), key (mail))
      character set utf8mb4 collate utf8mb4_general_ci`,
    'create table vendors (id char(36) primary key, contact varchar(200), key (contact)) character set latin1',
    'create table staff (id varchar(60) primary key, email varchar(250) not null unique, since timestamp(3) null) character set utf8mb4 collate utf8mb4_general_ci',
    'create table `Articles` (no bigint auto_increment primary key, title varchar(100) not null, written_by int, foreign key (written_by) references `shop_Customers` (customer_id))',
  ],
}

type Node = ReturnType<typeof openNode>

function openNode(storage: Storage, more: Pick<CardeaOptions<readonly [], never>, 'oauth'>) {
  const clock = { at: start }
  const events: CardeaEvent[] = []
  const logger = createTestLogger()
  const mailbox = createMailbox()
  const pending: Promise<unknown>[] = []
  const auth = createCardea({
    storage,
    secret,
    environment: 'test',
    baseUrl: 'https://shop.test',
    collections,
    passwords: cheapHashing,
    audit: false,
    logger,
    mail: { transport: mailbox.send, from: 'Shop <shop@example.com>' },
    clock: () => clock.at,
    onEvent: (event) => events.push(event),
    background: (work) => pending.push(work),
    ...more,
  })
  const settle = async (): Promise<void> => {
    while (pending.length > 0) await Promise.all(pending.splice(0))
  }
  return { auth, clock, events, logger, mailbox, settle, storage }
}

/** An app that had its tables before: its own connection, and two nodes. */
export interface MappedApp {
  readonly database: TestDatabase
  readonly nodes: readonly [Node, Node]
  /** Runs a statement of the app's, and gives its rows. */
  readonly run: (statement: string) => Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Quotes a name as the database does. */
  readonly quoted: (name: string) => string
  readonly sessionsOf: (principalId: string) => Promise<number>
  readonly close: () => Promise<void>
}

export async function openMapped(
  open: (typeof databases)[number]['open'],
  more: Pick<CardeaOptions<readonly [], never>, 'oauth'> = {},
): Promise<MappedApp> {
  const database = await open()
  const { dialect } = database.nodes[0]
  const run = async (statement: string) =>
    (await sql.raw<Readonly<Record<string, unknown>>>(statement).execute(database.app)).rows
  for (const statement of dialect === 'memory' ? [] : tables[dialect]) await run(statement)
  const nodes = [openNode(database.nodes[0], more), openNode(database.nodes[1], more)] as const
  await nodes[0].auth.migrate()
  await Promise.all(nodes.map(({ auth }) => auth.ready()))
  return {
    database,
    nodes,
    run,
    quoted: (name) => (dialect === 'mysql' ? `\`${name}\`` : `"${name}"`),
    sessionsOf: (principalId) => database.nodes[0].count(sessions, eq('principal_id', principalId)),
    close: async () => {
      await Promise.all(nodes.map(({ settle }) => settle()))
      await Promise.all(nodes.map(({ auth }) => auth.close()))
      await database.close()
    },
  }
}

/** The code of an error; `none` where there is none. */
export const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'none',
    (error: { readonly code?: string }) => error.code ?? String(error),
  )

/** The code of a mail's text. */
export const codeIn = (mail: { readonly text?: string | undefined } | undefined): string =>
  /\b\d{6}\b/.exec(mail?.text ?? '')?.[0] ?? ''
