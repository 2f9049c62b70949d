import { firstWhereQuick } from '@cardea/storage/testkit'
import { createCardea, createMailbox, defineCollection, text } from 'cardea'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findingsOf } from './findings.js'
import { type Executed, type ObservedDatabase, type ObservedKind, touchesTables } from './observed-database.js'
import { observedKinds } from './observed-kinds.js'

const filled = 2_000
const password = 'correct horse battery'

const shared = {
  type: 'auth',
  columns: { email: 'mail_address', nick: 'nick_name' },
  rules: { view: 'self', update: 'self' },
  fields: { nick: text({ optional: true, unique: true, max: 60 }) },
  auth: { otp: { enabled: true } },
} as const
const byNumber = defineCollection('numbered', { ...shared, table: 'shop_numbered', id: 'integer' })
const byUuid = defineCollection('unique_ones', { ...shared, table: 'shop_uuids', id: 'uuid' })
const byText = defineCollection('texts', { ...shared, table: 'shop_texts' })

/** Tables as an app has made them: each with a key, and an index over what its people sign in by. */
const columns: Readonly<
  Record<ObservedKind['name'], Readonly<Record<'shop_numbered' | 'shop_uuids' | 'shop_texts', string>>>
> = {
  SQLite: {
    shop_numbered: 'id integer primary key autoincrement',
    shop_uuids: 'id text primary key',
    shop_texts: 'id varchar(60) primary key',
  },
  PostgreSQL: {
    shop_numbered: 'id serial primary key',
    shop_uuids: 'id uuid primary key',
    shop_texts: 'id varchar(60) primary key',
  },
  MySQL: {
    shop_numbered: 'id int auto_increment primary key',
    shop_uuids: 'id char(36) primary key',
    shop_texts: 'id varchar(60) primary key',
  },
}

const idOf = {
  shop_numbered: (index: number) => String(index),
  shop_uuids: (index: number) => `0197f3f0-0000-7000-8000-${String(index).padStart(12, '0')}`,
  shop_texts: (index: number) => `Person-${index}`,
}

/** A statement that speaks of a table of the app or of Cardea, and not of what the database says of itself. */
const isOurs = (executed: Executed): boolean =>
  touchesTables({ ...executed, sql: executed.sql.replaceAll('shop_', 'auth_shop_') })

/** What is read whole or along a key, on purpose. */
const meant = [
  // A run over all of the table, a batch at a time, and the list of everybody.
  /^(?:sync|list|records) reads shop_\w+ whole: select .* from shop_\w+ as t0 order by t0\.id asc limit/,
  // Of all principals of a collection, along their key.
  // With as many ids as a batch has, so few rows are read whole.
  /^sync reads \w+ whole: [^\n]* in \([^\n]{100,}\)/,
  /^sync (?:reads cardea_principals whole|sorts a range): .* where t0\.collection = \S+ (?:and .*)?order by t0\.record_key/,
]

describe.each(firstWhereQuick(observedKinds))('a mapped table on $name', (kind) => {
  let database: ObservedDatabase
  const counts = new Map<string, number>()
  const findings = new Set<string>()

  beforeAll(async () => {
    database = await kind.open()
    const quote = kind.name === 'MySQL' ? '`' : '"'
    const rest = kind.name === 'MySQL' ? ' character set utf8mb4 collate utf8mb4_general_ci' : ''
    for (const [table, id] of Object.entries(columns[kind.name])) {
      await database.run(
        `create table ${table} (${id}, mail_address varchar(200) not null unique, nick_name varchar(60) unique)${rest}`,
      )
    }
    const mailbox = createMailbox()
    const background: Promise<unknown>[] = []
    const auth = createCardea({
      storage: database.storage,
      clock: () => Date.UTC(2026, 0, 15, 10),
      collections: [byNumber, byUuid, byText],
      secret: 'a secret of the tests, long enough for them',
      environment: 'test',
      audit: false,
      passwords: { memoryKibibytes: 64, iterations: 1 },
      mail: { transport: mailbox.send, from: 'no-reply@app.test' },
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      background: (work) => background.push(work),
    })
    await auth.migrate()
    await auth.ready()
    const drain = async (): Promise<void> => {
      while (background.length > 0) await Promise.all(background.splice(0))
    }
    const key = `${quote}key${quote}`
    const insert = async (into: string, rows: readonly string[]): Promise<void> => {
      for (let start = 0; start < rows.length; start += 500) {
        await database.run(`insert into ${into} values ${rows.slice(start, start + 500).join(', ')}`)
      }
    }
    for (const [name, table] of [
      ['numbered', 'shop_numbered'],
      ['unique_ones', 'shop_uuids'],
      ['texts', 'shop_texts'],
    ] as const) {
      const numbers = Array.from({ length: filled }, (_, index) => index + 1)
      const id = idOf[table]
      await insert(
        `${table} (id, mail_address)`,
        numbers.map((number) => `('${id(number)}', 'p${number}@filled.test')`),
      )
      // Most of a table that is in use is adopted.
      const adopted = numbers.slice(100)
      await insert(
        'cardea_principals (id, collection, record_key, status, created_at)',
        adopted.map((number) => `('${name}${number}', '${name}', '${id(number)}', 'active', 0)`),
      )
      await insert(
        `cardea_identifiers (collection, kind, ${key}, principal_id)`,
        adopted.map((number) => `('${name}', 'email', 'p${number}@filled.test', '${name}${number}')`),
      )
    }
    if (kind.name === 'PostgreSQL') await database.run(`select setval('shop_numbered_id_seq', ${filled})`)
    await database.analyze()
    for (const [name, id] of [
      ['numbered', idOf.shop_numbered],
      ['unique_ones', idOf.shop_uuids],
      ['texts', idOf.shop_texts],
    ] as const) {
      const users = auth.collections[name]
      const observe = async (flow: string, work: () => Promise<unknown>): Promise<void> => {
        await drain()
        const before = database.executed.length
        await work()
        await drain()
        const executed = database.executed.slice(before)
        counts.set(`${flow} of ${name}`, executed.length)
        const texts = new Set<string>()
        // Tables that only a few have written into are read whole, and no wonder.
        for (const statement of executed.filter(isOurs)) {
          if (texts.has(statement.sql)) continue
          texts.add(statement.sql)
          for (const plan of await database.explain(statement)) {
            for (const finding of findingsOf(statement, plan)) {
              const whole = `${flow} ${finding}`
              const isLarge = /^[^:]* reads (?:shop_\w+|cardea_(?:principals|identifiers)) whole|sorts a range/.test(
                whole,
              )
              if (isLarge && !meant.some((each) => each.test(whole))) findings.add(whole)
            }
          }
        }
      }
      await observe('adopt', () => users.adopt([1, 2, 3].map((index) => ({ id: id(index) }))))
      await observe('adopt again', () => users.adopt([1, 2, 3].map((index) => ({ id: id(index) }))))
      const made = await users.create({ email: 'new@filled.test', password, nick: 'New' })
      const signedIn = await users.login({ email: 'new@filled.test', password })
      const credential = { bearerToken: signedIn.accessToken ?? '' }
      const verified = await auth.verify(credential, { collections: [name] })
      if (!verified.authenticated) throw new Error(verified.code)
      await observe('verify', () => auth.verify(credential, { collections: [name] }))
      await observe('me', () => users.me(verified.authentication))
      await observe('login', () => users.login({ email: 'new@filled.test', password }))
      await observe('find by record', () => users.findByRecordId(id(200)))
      await observe('list', () => users.list({ sort: ['id'], limit: 3 }))
      await observe('list by id', () => users.list({ filter: { id: { in: [id(201), id(202)] } } }))
      await observe('list by address', () => users.list({ filter: { email: { eq: 'p203@filled.test' } } }))
      await observe('update', () => users.update(String(made.principal_id), { nick: 'Newer' }))
      const records = await auth.recordsOf(name)
      if (records === undefined) throw new Error(name)
      const by = verified.authentication
      await auth.permissions.subject(by)
      await observe('view of a record', () => records.view(made.id, { by }))
      await observe('records', () => records.list({ sort: ['id'], limit: 3 }))
      await observe('records by address', () => records.list({ filter: { email: { eq: 'p60@filled.test' } } }))
      await observe('change of a record', () => records.update(made.id, { nick: 'Newest' }, { by }))
      await observe('change of a row without a principal', () => records.update(id(61), { nick: `row ${name}` }))
      await observe('deletion of a row without a principal', () => records.delete(id(61)))
      await observe('a code for a row without a principal', () => users.requestOtp('p50@filled.test'))
      await observe('register', () => users.create({ email: 'newer@filled.test', password }))
      await observe('delete', () => users.delete(String(made.principal_id)))
      await observe('sync', () => users.sync({ batchSize: 50 }))
    }
    await auth.close()
  }, 240_000)

  afterAll(() => database?.close())

  it('is looked up by its indexes, whatever its ids are', () => {
    expect([...findings]).toEqual([])
  })

  it('adds a statement to what reads a record, and none to what asks who it is', () => {
    for (const name of ['numbered', 'unique_ones', 'texts']) {
      expect(counts.get(`verify of ${name}`)).toBe(1)
      expect(counts.get(`me of ${name}`)).toBe(2)
      expect(counts.get(`login of ${name}`)).toBe(6)
      // Who asks, the row, and whose it is.
      expect(counts.get(`view of a record of ${name}`)).toBe(3)
      expect(counts.get(`records of ${name}`)).toBe(2)
      expect(counts.get(`records by address of ${name}`)).toBe(4)
    }
    // What becomes of a number that somebody had before, and on MySQL which number it is.
    const more = (counts.get('register of numbered') ?? 0) - (counts.get('register of texts') ?? 0)
    expect(more).toBe(kind.name === 'MySQL' ? 2 : 1)
  })
})
