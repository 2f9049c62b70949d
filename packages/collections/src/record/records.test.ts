import { type CardeaError, eq, isCardeaError } from '@cardea/core'
import { createUuidV7 } from '@cardea/core/crypto'
import { principals, type Storage, type StorageOperations, systemTables } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import type { AnyCollection } from '../definition/collection.js'
import { defineCollection } from '../definition/define-collection.js'
import { collectionRegistry } from '../definition/registry.js'
import { bool, date, email, json, number, relation, select, text, url } from '../field/builders.js'
import { type NewValues, type PatchValues, parseNew, parsePatch } from './parse.js'
import { createRecords } from './records.js'

const companies = defineCollection('companies', { type: 'base', fields: { title: text({ unique: true }) } })
const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    company: text({ max: 20_000 }),
    phone: text({ unique: true, optional: true }),
    contact: email({ optional: true }),
    site: url({ optional: true }),
    seats: number({ optional: true }),
    news: bool({ optional: true }),
    since: date({ optional: true }),
    plan: select(['free', 'paid'], { optional: true }),
    extra: json({ optional: true }),
    employer: relation('companies', { optional: true }),
    risk: number({ hidden: true, default: 7 }),
  },
})

const start = Date.UTC(2026, 10, 22)

async function open(...collections: readonly AnyCollection[]) {
  let now = start
  let counter = 0
  const createId = createUuidV7(
    () => now,
    (length) => new Uint8Array(length).fill(++counter),
  )
  const clock = () => now
  const storage = createMemoryStorage({ clock })
  const registry = collectionRegistry(collections)
  await storage.migrate([...systemTables, ...registry.tables()])
  const records = createRecords({ clock, tables: registry.table })
  return { storage, registry, records, createId, advance: (milliseconds: number) => (now += milliseconds) }
}

function checked(collection: AnyCollection, input: object, options = {}): NewValues {
  const result = parseNew(collection, input, options)
  if (!result.valid) throw new Error(JSON.stringify(result.issues))
  return result.values
}

function change(collection: AnyCollection, input: object): PatchValues {
  const result = parsePatch(collection, input)
  if (!result.valid) throw new Error(JSON.stringify(result.issues))
  return result.values
}

async function addPrincipal(storage: StorageOperations, id: string, collection: string): Promise<string> {
  await storage.insert(principals, { id, collection, record_key: id, status: 'active', created_at: start })
  return id
}

async function failure(work: Promise<unknown>): Promise<CardeaError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (isCardeaError(error)) return error
  throw new Error('did not fail as expected', { cause: error })
}

describe('createRecords', () => {
  it('gives back every type of field as it went in', async () => {
    const { storage, records, createId } = await open(companies, customers)
    const employer = createId()
    await records.insert(storage, companies, { id: employer, values: checked(companies, { title: 'Acme' }) })
    const id = await addPrincipal(storage, createId(), 'customers')
    const input = {
      company: `\u{1f6aa} ${'\u00e9'.repeat(19_000)} "quoted" \\ ' ; --`,
      phone: '+1234567890',
      contact: 'Sales@Acme.example',
      site: 'https://acme.example/?a=%20b#c',
      seats: 0.1,
      news: false,
      since: '2026-11-22T03:04:05.678+02:00',
      plan: 'paid',
      extra: { tags: ['a', null, 1.5, true], deep: { a: { b: [] } }, constructor: 'Acme' },
      employer,
    }
    const row = await storage.transaction((transaction) =>
      records.insert(transaction, customers, {
        id,
        email: 'Ada@Example.com',
        verified: true,
        values: checked(customers, input),
      }),
    )
    const expected = {
      id,
      email: 'Ada@Example.com',
      verified: true,
      ...input,
      since: '2026-11-22T01:04:05.678Z',
      created_at: '2026-11-22T00:00:00.000Z',
      updated_at: '2026-11-22T00:00:00.000Z',
    }
    const found = await records.find(storage, customers, id)
    expect(found && records.present(customers, found)).toStrictEqual(expected)
    expect(records.present(customers, row)).toStrictEqual(expected)
    expect(Object.keys(records.present(customers, row))).toStrictEqual(Object.keys(expected))
    expect(found?.['risk']).toBe(7)
  })

  it('gives back null for every optional field that is left out', async () => {
    const { storage, records, createId } = await open(companies, customers)
    const id = await addPrincipal(storage, createId(), 'customers')
    const values = checked(customers, { company: '' })
    await records.insert(storage, customers, { id, email: 'a@example.com', verified: false, values })
    const found = await records.find(storage, customers, id)
    expect(found && records.present(customers, found)).toStrictEqual({
      id,
      email: 'a@example.com',
      verified: false,
      company: '',
      phone: null,
      contact: null,
      site: null,
      seats: null,
      news: null,
      since: null,
      plan: null,
      extra: null,
      employer: null,
      created_at: '2026-11-22T00:00:00.000Z',
      updated_at: '2026-11-22T00:00:00.000Z',
    })
  })

  it('shows neither hidden fields nor columns that it does not know of', async () => {
    const { records } = await open(companies, customers)
    const row = {
      id: 'x',
      email: 'e',
      verified: 1,
      company: 'c',
      risk: 9,
      password_hash: 'h',
      created_at: 0,
      updated_at: 0,
    }
    const shown = records.present(customers, row)
    expect(shown).not.toHaveProperty('risk')
    expect(JSON.stringify(shown)).not.toContain('password_hash')
    const base = records.present(companies, { ...row, title: 't' })
    expect(base).toStrictEqual({
      id: 'x',
      title: 't',
      created_at: '1970-01-01T00:00:00.000Z',
      updated_at: '1970-01-01T00:00:00.000Z',
    })
  })

  it('finds nothing under an id that nobody has, and no text is an error', async () => {
    const { storage, records } = await open(companies)
    for (const id of ['', 'x', '\u0000', '\ud800', "' or 1=1 --", 'a'.repeat(100_000)]) {
      expect(await records.find(storage, companies, id)).toBeUndefined()
      expect(await records.update(storage, companies, id, change(companies, { title: 't' }))).toBe(false)
    }
  })

  it('reads by one statement', async () => {
    const statements: unknown[] = []
    const storage = createMemoryStorage({ clock: () => start, log: (event) => statements.push(event) })
    const registry = collectionRegistry([companies])
    await storage.migrate(registry.tables())
    statements.length = 0
    await createRecords({ clock: () => start, tables: registry.table }).find(storage, companies, 'x')
    expect(statements).toHaveLength(1)
  })

  it('hands storage the same query object every time, one for each table', async () => {
    const { storage, records } = await open(companies, customers)
    const queries: unknown[] = []
    const spy: Storage = {
      ...storage,
      findOne: (table, query, params) => {
        queries.push(query)
        return storage.findOne(table, query, params)
      },
    }
    await records.find(spy, companies, 'a')
    await records.find(spy, companies, 'b')
    await records.find(spy, customers, 'a')
    expect(queries[0]).toBe(queries[1])
    expect(queries[2]).not.toBe(queries[0])
  })

  it('changes what is named and moves updated_at', async () => {
    const { storage, records, createId, advance } = await open(companies, customers)
    const id = await addPrincipal(storage, createId(), 'customers')
    const values = checked(customers, { company: 'Acme', phone: '+1', seats: 5 })
    await records.insert(storage, customers, { id, email: 'a@example.com', verified: true, values })
    advance(1_000)
    expect(await records.update(storage, customers, id, change(customers, { phone: null, seats: 6 }))).toBe(true)
    const found = await records.find(storage, customers, id)
    expect(found && records.present(customers, found)).toMatchObject({
      email: 'a@example.com',
      verified: true,
      company: 'Acme',
      phone: null,
      seats: 6,
      created_at: '2026-11-22T00:00:00.000Z',
      updated_at: '2026-11-22T00:00:01.000Z',
    })
  })

  it('changes address and verification only when asked to by name', async () => {
    const { storage, records, createId, advance } = await open(companies, customers)
    const id = await addPrincipal(storage, createId(), 'customers')
    const values = checked(customers, { company: 'Acme' })
    await records.insert(storage, customers, { id, email: 'a@example.com', verified: false, values })
    advance(1_000)
    expect(await records.updateAccount(storage, customers, id, { verified: true })).toBe(true)
    expect(await records.find(storage, customers, id)).toMatchObject({ email: 'a@example.com', verified: true })
    expect(await records.updateAccount(storage, customers, id, { email: 'b@example.com', verified: false })).toBe(true)
    expect(await records.find(storage, customers, id)).toMatchObject({
      email: 'b@example.com',
      verified: false,
      updated_at: start + 1_000,
    })
    expect(await records.updateAccount(storage, customers, createId(), { verified: true })).toBe(false)
  })

  it.each(['verified', 'email', 'id', 'created_at', 'updated_at', 'status', '__proto__', 'constructor', 'nothing'])(
    'writes nothing when a cast brings %s along',
    async (name) => {
      const { storage, records, createId } = await open(companies, customers)
      const id = await addPrincipal(storage, createId(), 'customers')
      const values = checked(customers, { company: 'Acme' })
      await records.insert(storage, customers, { id, email: 'a@example.com', verified: false, values })
      const before = await records.find(storage, customers, id)
      // As JSON brings it, so that `__proto__` is an own member.
      const body = JSON.parse(`{"company":"Evil","${name}":true}`) as PatchValues
      expect((await failure(records.update(storage, customers, id, body))).code).toBe('internal_error')
      const second = await addPrincipal(storage, createId(), 'customers')
      const record = { id: second, email: 'b@example.com', verified: false, values: body as unknown as NewValues }
      expect((await failure(records.insert(storage, customers, record))).code).toBe('internal_error')
      expect(await records.find(storage, customers, id)).toStrictEqual(before)
      expect(await records.find(storage, customers, second)).toBeUndefined()
    },
  )

  it('names the field whose value another record has', async () => {
    const { storage, records, createId } = await open(companies, customers)
    const add = async (phone: string | null) => {
      const id = await addPrincipal(storage, createId(), 'customers')
      const values = checked(customers, { company: 'Acme', phone })
      return records.insert(storage, customers, { id, email: 'a@example.com', verified: false, values })
    }
    await add('+1')
    await add(null)
    await add(null)
    const error = await failure(add('+1'))
    expect([error.code, error.constraint]).toStrictEqual([
      'unique_violation',
      { table: 'auth_customers', key: 'phone' },
    ])
  })

  it('lets one of two win that take the same value at once', async () => {
    const { storage, records, createId } = await open(companies)
    const add = () =>
      storage.transaction((transaction) =>
        records.insert(transaction, companies, { id: createId(), values: checked(companies, { title: 'Acme' }) }),
      )
    const results = await Promise.allSettled([add(), add(), add()])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('refuses a relation to a record that does not exist and forgets one that goes', async () => {
    const { storage, registry, records, createId } = await open(companies, customers)
    const employer = createId()
    await records.insert(storage, companies, { id: employer, values: checked(companies, { title: 'Acme' }) })
    const id = await addPrincipal(storage, createId(), 'customers')
    const record = (company: string) => ({
      id,
      email: 'a@example.com',
      verified: false,
      values: checked(customers, { company: 'Acme', employer: company }),
    })
    expect((await failure(records.insert(storage, customers, record(createId())))).code).toBe('foreign_key_violation')
    await records.insert(storage, customers, record(employer))
    await storage.delete(registry.table(companies), eq('id', employer))
    expect((await records.find(storage, customers, id))?.['employer']).toBeNull()
  })

  it('needs a principal for a record of an auth collection, and goes with it', async () => {
    const { storage, records, createId } = await open(companies, customers)
    const values = checked(customers, { company: 'Acme' })
    const record = { id: createId(), email: 'a@example.com', verified: false, values }
    expect((await failure(records.insert(storage, customers, record))).code).toBe('foreign_key_violation')
    await addPrincipal(storage, record.id, 'customers')
    await records.insert(storage, customers, record)
    await storage.delete(principals, eq('id', record.id))
    expect(await records.find(storage, customers, record.id)).toBeUndefined()
  })

  it('leaves a principal that cannot sign in when somebody deletes the row', async () => {
    const { storage, registry, records, createId } = await open(companies, customers)
    const id = await addPrincipal(storage, createId(), 'customers')
    const values = checked(customers, { company: 'Acme' })
    await records.insert(storage, customers, { id, email: 'a@example.com', verified: false, values })
    await storage.delete(registry.table(customers), eq('id', id))
    expect(await storage.findOne(principals, { where: eq('id', id) })).toMatchObject({ status: 'disabled', epoch: 1 })
  })

  it('goes on with its rows when a collection gets new fields and larger sizes', async () => {
    const clock = () => start
    const storage = createMemoryStorage({ clock })
    const before = defineCollection('things', { type: 'base', fields: { title: text({ max: 10 }) } })
    const old = collectionRegistry([before])
    await storage.migrate(old.tables())
    const first = createRecords({ clock, tables: old.table })
    await first.insert(storage, before, { id: 'a', values: checked(before, { title: 'short' }) })

    const after = defineCollection('things', {
      type: 'base',
      fields: {
        title: text({ max: 5_000, optional: true }),
        code: text({ unique: true, optional: true }),
        seats: number({ default: 5 }),
        since: date({ default: '2026-01-01' }),
        owner: relation('things', { optional: true }),
        must: text(),
        note: json({ hidden: true, optional: true }),
      },
    })
    const wide = collectionRegistry([after])
    const report = await storage.migrate(wide.tables())
    expect(report.steps.length).toBeGreaterThan(0)
    const second = createRecords({ clock, tables: wide.table })
    const kept = await second.find(storage, after, 'a')
    expect(kept && second.present(after, kept)).toStrictEqual({
      id: 'a',
      title: 'short',
      code: null,
      seats: 5,
      since: '2026-01-01T00:00:00.000Z',
      owner: null,
      must: null,
      created_at: '2026-11-22T00:00:00.000Z',
      updated_at: '2026-11-22T00:00:00.000Z',
    })
    const values = checked(after, { title: 't'.repeat(5_000), code: 'x', must: 'y' })
    await second.insert(storage, after, { id: 'b', values })
    expect(await second.find(storage, after, 'b')).toMatchObject({ title: 't'.repeat(5_000), code: 'x', seats: 5 })
    expect(await second.update(storage, after, 'a', change(after, { must: 'now', owner: null }))).toBe(true)
    expect((await failure(second.update(storage, after, 'a', change(after, { code: 'x' })))).code).toBe(
      'unique_violation',
    )

    // The node of a rolling deployment that still knows the old definition goes on too.
    await first.insert(storage, before, { id: 'c', values: checked(before, { title: 'old' }) })
    const seen = await second.find(storage, after, 'c')
    expect(seen && second.present(after, seen)).toMatchObject({ title: 'old', seats: 5, code: null })
    expect((await storage.migrate(wide.tables())).steps).toStrictEqual([])
  })
})
