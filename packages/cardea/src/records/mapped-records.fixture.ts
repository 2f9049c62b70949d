import {
  anyOf,
  bool,
  collectionRegistry,
  date,
  defineCollection,
  number,
  owner,
  relation,
  text,
} from '@cardea/collections'
import type { Storage, Table } from '@cardea/storage'
import type { CardeaEvent } from '../api/events.js'
import { createCardea } from '../create-cardea.js'
import { cheapHashing, createTestLogger, secret } from '../testing.fixture.js'

const start = Date.UTC(2026, 0, 15, 10)

/** Numbered by the database, without a column for the last change. */
const members = defineCollection('members', {
  type: 'auth',
  table: 'Members',
  id: 'integer',
  columns: { id: 'no', email: 'mail', verified: 'is_verified', created_at: 'made_at', nick: 'nickName' },
  fields: {
    nick: text({ optional: true, unique: true, max: 40 }),
    bio: text({ optional: true, max: 100 }),
    rating: text({ optional: true, hidden: true }),
    boss: relation('members', { id: 'integer', optional: true }),
  },
  auth: { identifiers: ['nick'] },
  rules: {
    list: 'authenticated',
    view: anyOf('self', owner('boss')),
    create: owner('boss'),
    update: anyOf('self', owner('boss')),
    delete: anyOf('self', owner('boss')),
  },
})

/** With UUIDs, in a table that says nothing of addresses and instants. */
const partners = defineCollection('partners', {
  type: 'auth',
  table: 'partners',
  id: 'uuid',
  columns: {},
  fields: { name: text({ optional: true }) },
  rules: { list: 'authenticated', view: 'authenticated', update: 'self', delete: 'self' },
})

/** With ids of the app's own making. */
const staff = defineCollection('staff', {
  type: 'auth',
  table: 'staff',
  columns: { updated_at: { column: 'changed', type: 'milliseconds' } },
  fields: { name: text({ optional: true }) },
  rules: { list: 'self', view: 'self', update: 'self', delete: 'self' },
})

const notes = defineCollection('notes', {
  type: 'base',
  table: 'Notes',
  id: 'integer',
  columns: {
    id: 'no',
    author: 'written_by',
    stars: { column: 'stars', type: 'integer' },
    due: { column: 'due', type: 'datetime' },
    seen: 'seen_at',
    updated_at: { column: 'changed_at', type: 'datetime' },
  },
  fields: {
    title: text({ max: 200 }),
    stars: number({ optional: true }),
    done: bool({ default: false }),
    due: date({ optional: true }),
    seen: date({ optional: true }),
    remark: text({ optional: true, hidden: true }),
    author: relation('members', { id: 'integer', optional: true }),
    tag: relation('tags', { id: 'uuid', optional: true }),
  },
  rules: {
    list: 'public',
    view: 'public',
    create: owner('author'),
    update: owner('author'),
    delete: owner('author'),
  },
})

const tags = defineCollection('tags', {
  type: 'base',
  table: 'tags',
  id: 'uuid',
  columns: {},
  fields: { label: text() },
  rules: { list: 'public', view: 'public' },
})

const pages = defineCollection('pages', {
  type: 'base',
  table: 'pages',
  columns: { id: 'slug' },
  fields: { title: text(), editor: relation('staff', { id: 'text', optional: true }) },
  rules: { list: 'public', view: 'public', update: owner('editor') },
})

/** In a table of Cardea's. */
const likes = defineCollection('likes', {
  type: 'base',
  fields: {
    by: relation('members', { id: 'integer' }),
    note: relation('notes', { id: 'integer', optional: true }),
    page: relation('pages', { id: 'text', optional: true }),
  },
  rules: { list: 'public', view: 'public', create: owner('by'), update: owner('by'), delete: owner('by') },
})

export const mappedCollections = [members, partners, staff, notes, tags, pages, likes] as const

const registry = collectionRegistry(mappedCollections)

/** The table of a collection, to write rows as the app does. */
export function tableOf(name: (typeof mappedCollections)[number]['name']): Table {
  const collection = registry.get(name)
  if (collection === undefined) throw new Error(`there is no collection ${name}`)
  return registry.table(collection)
}

/** What the app had before. On PostgreSQL, nobody may write a number that the database gives. */
export const mappedTables: Readonly<Record<Exclude<Storage['dialect'], 'memory'>, readonly string[]>> = {
  sqlite: [
    `create table "Members" (no integer primary key autoincrement, mail varchar(255) not null, is_verified boolean not null default 0,
      "nickName" varchar(40) unique, bio text check (length(bio) <= 20), rating text, boss integer references "Members" (no), made_at timestamp default current_timestamp)`,
    'create index members_mail on "Members" (mail)',
    'create table partners (id text primary key, email varchar(200) not null, name text)',
    'create table staff (id varchar(60) primary key, email text not null unique, name text, changed bigint)',
    'create table tags (id text primary key, label text not null)',
    `create table "Notes" (no integer primary key, title text not null, stars int, done boolean not null, due datetime, seen_at timestamp,
      remark text, written_by integer references "Members" (no), tag text references tags (id), changed_at datetime)`,
    'create table pages (slug varchar(100) primary key, title text not null, editor varchar(60))',
  ],
  postgres: [
    `create table "Members" (no integer generated always as identity primary key, mail varchar(255) not null, is_verified boolean not null default false,
      "nickName" varchar(40) unique, bio varchar(20), rating text, boss integer references "Members" (no), made_at timestamptz(0) default now())`,
    'create index members_mail on "Members" (mail)',
    'create table partners (id uuid primary key, email varchar(200) not null, name text)',
    'create table staff (id varchar(60) primary key, email text not null unique, name text, changed bigint)',
    'create table tags (id uuid primary key, label text not null)',
    `create table "Notes" (no integer generated always as identity primary key, title text not null, stars integer, done boolean not null, due timestamp, seen_at timestamptz,
      remark text, written_by integer references "Members" (no), tag uuid references tags (id), changed_at timestamp(0))`,
    'create table pages (slug varchar(100) primary key, title text not null, editor varchar(60))',
  ],
  mysql: [
    `create table \`Members\` (no int auto_increment primary key, mail varchar(255) not null, is_verified tinyint(1) not null default 0,
      nickName varchar(40) unique, bio varchar(20), rating text, boss int, made_at timestamp null default current_timestamp, key (mail), foreign key (boss) references \`Members\` (no))
      character set utf8mb4 collate utf8mb4_general_ci`,
    'create table partners (id char(36) primary key, email varchar(200) not null, name text) character set latin1',
    'create table staff (id varchar(60) primary key, email varchar(250) not null unique, name text, changed bigint) character set utf8mb4 collate utf8mb4_general_ci',
    'create table tags (id char(36) primary key, label text not null)',
    `create table \`Notes\` (no bigint auto_increment primary key, title varchar(200) not null, stars int, done tinyint(1) not null, due datetime(3), seen_at timestamp(3) null,
      remark text, written_by int, tag char(36), changed_at datetime, foreign key (written_by) references \`Members\` (no), foreign key (tag) references tags (id))`,
    'create table pages (slug varchar(100) primary key, title text not null, editor varchar(60)) character set utf8mb4 collate utf8mb4_general_ci',
  ],
}

/** An app whose records are in tables that it had before. */
export function createMappedApp(storage: Storage) {
  const clock = { at: start }
  const events: CardeaEvent[] = []
  const pending: Promise<unknown>[] = []
  const auth = createCardea({
    storage,
    secret,
    environment: 'test',
    collections: mappedCollections,
    passwords: cheapHashing,
    audit: false,
    logger: createTestLogger(),
    clock: () => clock.at,
    onEvent: (event) => events.push(event),
    background: (work) => pending.push(work),
  })
  const settle = async (): Promise<void> => {
    while (pending.length > 0) await Promise.all(pending.splice(0))
  }
  return { auth, clock, events, settle, storage }
}

export type MappedRecordsApp = ReturnType<typeof createMappedApp>
